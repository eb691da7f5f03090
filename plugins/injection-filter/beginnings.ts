/** The first two letters of some words, a place for each pair: most words that are none of them are told by these alone. */
export type Beginnings = Uint8Array;

export function beginningsOf(words: readonly string[]): Beginnings {
  const pairs = new Uint8Array(32 * 32);
  for (const word of words) pairs[pairOf(word.charCodeAt(0), word.charCodeAt(1))] = 1;
  return pairs;
}

/** Whether a word that begins with these two codes may be one of them. */
export function mayBegin(pairs: Beginnings, first: number, second: number): boolean {
  return pairs[pairOf(first, second)] === 1;
}

/** By the last five bits, in which letters differ and their cases do not. */
function pairOf(first: number, second: number): number {
  return (first & 31) * 32 + (second & 31);
}
