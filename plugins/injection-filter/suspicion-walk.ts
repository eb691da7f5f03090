/** What a text may hold; a detector runs only when its bit is set. A document has values of its own, as GraphQL's literals are. */
export const Suspect = { sql: 1, xss: 2, shell: 4, encoded: 8, document: 16 } as const;

/** Marks seen anywhere in a text. Bits. */
export const Seen = {
  comparison: 1,
  comment: 2,
  separator: 4,
  dollar: 8,
  equals: 16,
  close: 32,
  braces: 64,
  plus: 128,
  earlyComment: 256,
  /** A comment mark right behind what it may end: `1--`. */
  attachedComment: 512,
  blank: 1024,
  digit: 2048,
  /** Anything that Base64 has not. */
  notBase64: 4096,
  /** One that is no apostrophe. */
  quote: 8192,
  doubleQuote: 16384,
  brace: 32768,
  /** A parenthesis or bracket, or a backtick that calls. */
  open: 65536,
  arithmetic: 131072,
} as const;

/** No character: what stands behind the last one. */
export const none = 256;

/** What the walk over a text, given as UTF-8 bytes, knows so far. Offsets are of bytes. */
export interface Walk {
  bytes: Uint8Array;
  from: number;
  to: number;
  found: number;
  /** All word bits seen. */
  words: number;
  /** The last word's bits. */
  last: number;
  /** The last character that is no blank and no part of a word, and where. */
  mark: number;
  markAt: number;
  /** Where the last word ended. */
  wordEnd: number;
  /** Bits of `Seen`. */
  marks: number;
  /** Characters in all; -1 until somebody asks. */
  length: number;
  /** How often it was looked ahead for the end of an expansion. */
  expansions: number;
}

/** The byte at an offset, or `none` outside the text. */
export function byteAt({ bytes, from, to }: Walk, at: number): number {
  return at >= from && at < to ? (bytes[at] ?? none) : none;
}

/** Whether the text has at most so many UTF-16 units: counted only when its bytes do not tell. */
export function isUpTo(walk: Walk, most: number): boolean {
  const bytes = walk.to - walk.from;
  if (bytes <= most || bytes > most * 3) return bytes <= most;
  if (walk.length < 0) walk.length = unitsIn(walk.bytes, walk.from, walk.to);
  return walk.length <= most;
}

/** Whether fewer than so many UTF-16 units stand before an offset. */
export function isWithin({ bytes, from }: Walk, at: number, most: number): boolean {
  if (at - from < most || at - from >= most * 3) return at - from < most;
  return unitsIn(bytes, from, at) < most;
}

/** UTF-16 units of UTF-8 bytes: one a character, two when it has four bytes. */
function unitsIn(bytes: Uint8Array, from: number, to: number): number {
  let units = 0;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] ?? 0;
    units += (byte & 0xc0) === 0x80 ? 0 : byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

export function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

export function isWordPart(code: number): boolean {
  return isLetter(code) || isDigit(code) || code === 95;
}

/** ASCII quotes, and typographic ones by their code point. */
export function isQuote(code: number): boolean {
  return (
    code === 39 ||
    code === 34 ||
    code === 96 ||
    code === 0x2018 ||
    code === 0x2019 ||
    code === 0x201c ||
    code === 0x201d
  );
}

export function isHex(code: number): boolean {
  return isDigit(code) || ((code | 32) >= 97 && (code | 32) <= 102);
}
