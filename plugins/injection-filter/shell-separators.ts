/** A mark after which a shell looks for a command, and where it stands. */
export interface Separator {
  readonly at: number;
  /** `;`, `&&`, `$(`, a line break … */
  readonly what: string;
}

/** The next separator of a text and its codes from an offset on: a loop over characters, since most texts that get here hold hundreds. */
export function nextSeparator(text: string, codes: Uint16Array, from: number): Separator | null {
  for (let at = from; at < text.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code > 124 || marks[code] !== 1) continue;
    const what = separatorAt(text, at, code);
    if (what !== null) return { at, what };
  }
  return null;
}

const marks = new Uint8Array(125);
for (const each of '$<>|&;\\\n\r`') marks[each.charCodeAt(0)] = 1;

/** The separator at an offset; null when the mark there is none. Constants, since cutting out two characters costs as much as all the rest. */
function separatorAt(text: string, at: number, code: number): string | null {
  const next = text.charCodeAt(at + 1);
  switch (code) {
    case 36:
      return substitutionAt(text, at, next);
    case 60:
      return next === 40 ? '<(' : null;
    case 62:
      return next === 40 ? '>(' : null;
    case 92:
      return lineBreakAt(text, at, next);
    case 124:
      return next === code ? '||' : '|';
    case 38:
      return next === code ? '&&' : '&';
    case 59:
      return ';';
    case 96:
      return '`';
    default:
      return code === 10 ? '\n' : '\r';
  }
}

/** `$(`, and `${` with a blank or a backtick behind, which no name begins with. */
function substitutionAt(text: string, at: number, next: number): string | null {
  const isCall = next === 40;
  if (!isCall && !(next === 123 && /[\s`]/.test(text[at + 2] ?? ''))) return null;
  if (text.charCodeAt(at + 2) === 96) return isCall ? '$(`' : '${`';
  return isCall ? '$(' : '${';
}

/** `\n` or `\r` written as two characters. */
function lineBreakAt(text: string, at: number, next: number): string | null {
  if ((next !== 110 && next !== 114) || !/[\s/\w]/.test(text[at + 2] ?? '')) return null;
  return next === 110 ? '\\n' : '\\r';
}
