/** A mark after which a shell looks for a command, and where it stands. */
export interface Separator {
  readonly at: number;
  /** `;`, `&&`, `$(`, a line break … */
  readonly what: string;
}

/** The next separator from an offset on: a loop over characters, since most texts that get here hold hundreds. */
export function nextSeparator(text: string, from: number): Separator | null {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code > 124 || marks[code] !== 1) continue;
    const length = lengthAt(text, at, code);
    if (length > 0) return { at, what: text.slice(at, at + length) };
  }
  return null;
}

const marks = new Uint8Array(125);
for (const each of '$<>|&;\\\n\r`') marks[each.charCodeAt(0)] = 1;

/** How long the separator at an offset is; 0 when the mark there is none. */
function lengthAt(text: string, at: number, code: number): number {
  const next = text.charCodeAt(at + 1);
  switch (code) {
    case 36: // $( ${
      return isSubstitution(text, at, next) ? (text[at + 2] === '`' ? 3 : 2) : 0;
    case 60:
    case 62: // <( >(
      return next === 40 ? 2 : 0;
    case 92: // \n \r, as two characters
      return (next === 110 || next === 114) && /[\s/\w]/.test(text[at + 2] ?? '') ? 2 : 0;
    case 124:
    case 38: // || &&
      return next === code ? 2 : 1;
    default:
      return 1;
  }
}

/** `$(`, and `${` with a blank or a backtick behind, which no name begins with. */
function isSubstitution(text: string, at: number, next: number): boolean {
  return next === 40 || (next === 123 && /[\s`]/.test(text[at + 2] ?? ''));
}
