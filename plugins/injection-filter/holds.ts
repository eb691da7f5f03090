/** Whether a text holds a piece, given in lower case, in any case. */
export type Holds = (piece: string) => boolean;

/** From this length on it is found out first which characters a text has: some character of most pieces is none of them. */
const longText = 4096;

/** Works nothing out before somebody asks. */
export function holding(text: string): Holds {
  let lower: string | null = null;
  let characters: Uint8Array | null = null;
  return (piece) => {
    lower ??= text.toLowerCase();
    if (text.length >= longText) {
      characters ??= charactersIn(lower);
      if (!hasAll(characters, piece)) return false;
    }
    return lower.includes(piece);
  };
}

/** One for each character of ASCII that a text has. */
function charactersIn(text: string): Uint8Array {
  const characters = new Uint8Array(128);
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 128) characters[code] = 1;
  }
  return characters;
}

function hasAll(characters: Uint8Array, piece: string): boolean {
  for (let at = 0; at < piece.length; at += 1) if (characters[piece.charCodeAt(at)] !== 1) return false;
  return true;
}
