import { byteAt, isQuote, Seen, Suspect, type Walk } from './suspicion-walk.ts';

/** The first byte of a character beyond ASCII: quotes and blanks are marks, other forms of ASCII an encoding. */
export function atWide(walk: Walk, at: number, lead: number): void {
  const second = byteAt(walk, at + 1);
  const third = byteAt(walk, at + 2);
  if (isOdd(lead, second, third)) walk.found |= Suspect.encoded;
  const code = markOf(lead, second, third);
  if (code === 0) return;
  if (isQuote(code)) walk.marks |= Seen.quote;
  walk.mark = code;
  walk.markAt = at;
}

/** Typographic quotes and two blanks, by their code point; 0 for anything else. */
function markOf(lead: number, second: number, third: number): number {
  if (lead === 0xc2) return second === 0xa0 ? 0xa0 : 0;
  if (lead === 0xe3) return second === 0x80 && third === 0x80 ? 0x3000 : 0;
  if (lead !== 0xe2 || second !== 0x80) return 0;
  return third === 0x98 || third === 0x99 || third === 0x9c || third === 0x9d ? 0x2000 | (third & 0x3f) : 0;
}

/** Full-width and other compatibility forms, invisible characters. */
function isOdd(lead: number, second: number, third: number): boolean {
  switch (lead) {
    case 0xc2: // U+00AD
      return second === 0xad;
    case 0xca: // U+02BC
      return second === 0xbc;
    case 0xe2:
      return isOddPunctuation(second, third);
    case 0xef: // U+FE50 to U+FF5E, U+FEFF
      return (second >= 0xb9 && second <= 0xbc) || (second === 0xbd && third <= 0x9e);
    case 0xf0: // U+1D400 to U+1D7FF
      return second === 0x9d;
    default:
      return false;
  }
}

/** U+200B to U+200F, U+202A to U+202E, U+2032, U+2035, U+2060 to U+2064, U+24B6 to U+24E9. */
function isOddPunctuation(second: number, third: number): boolean {
  if (second === 0x80)
    return (
      (third >= 0x8b && third <= 0x8f) || (third >= 0xaa && third <= 0xae) || third === 0xb2 || third === 0xb5
    );
  if (second === 0x81) return third >= 0xa0 && third <= 0xa4;
  return (second === 0x92 && third >= 0xb6) || (second === 0x93 && third <= 0xa9);
}
