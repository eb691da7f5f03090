import { changedRanges, widened, type Range } from './changes.ts';
import { decodings, type Decoded } from './decode.ts';
import { strippings, type Stripping } from './stripping.ts';

/** A value as some later step may read it, or a piece of that. */
export interface Reading {
  readonly text: string;
  /** How the value had to be read. */
  readonly by: readonly string[];
  /** What this is a piece of; null where it is all. */
  readonly whole: Whole | null;
  /** True when something stands before it. */
  readonly isCutOff: boolean;
}

/** What pieces are cut out of: as much of its beginning as tells what it is, and how long it is. */
export interface Whole {
  readonly head: string;
  readonly length: number;
}

/** Up to this length all of a reading is looked at, of a longer one what stands so near to what differs from the one before. */
const wholeLength = 4096;
/** As far as a tag is read. */
const decodedReach = 2048;
const strippedReach = 512;
/** More than is looked at to tell what a text is. */
const headLength = 16_384;

/**
 * What a value is when encodings are taken off, one after another, and then what a later step may take out, each by itself. The first
 * decoding is read as a whole, since what it changed may act a long way from there. Ends when `mayRead` refuses so many characters.
 */
export function* readings(value: string, mayRead: (characters: number) => boolean): Generator<Reading> {
  let last: Decoded = { text: value, by: [] };
  for (const stage of decodings(value)) {
    if (!mayRead(stage.text.length)) return;
    yield* last.text === value ? [wholeOf(stage)] : changedIn(stage, last.text);
    last = stage;
  }
  for (const stripping of strippings) {
    if (!stripping.applies.test(last.text)) continue;
    if (!mayRead(last.text.length)) return;
    yield* stripped(last, stripping);
  }
}

function wholeOf({ text, by }: Decoded): Reading {
  return { text, by, whole: null, isCutOff: false };
}

function* changedIn(stage: Decoded, before: string): Generator<Reading> {
  const { text, by } = stage;
  if (text.length <= wholeLength) return yield wholeOf(stage);
  const whole = { head: text, length: text.length };
  for (const [from, to] of widened(changedRanges(before, text), decodedReach))
    yield { text: text.slice(from, to), by, whole, isCutOff: from > 0 };
}

/** A text without what a stripping takes out. */
function* stripped({ text, by }: Decoded, { name, taken, places = taken }: Stripping): Generator<Reading> {
  const names = [...by, name];
  if (text.length <= wholeLength)
    return yield { text: text.replace(taken, ''), by: names, whole: null, isCutOff: false };
  const whole = { head: text.slice(0, headLength).replace(taken, ''), length: text.length };
  for (const [from, to] of widened(placesOf(text, places), strippedReach))
    yield { text: text.slice(from, to).replace(taken, ''), by: names, whole, isCutOff: from > 0 };
}

function* placesOf(text: string, pattern: RegExp): Generator<Range> {
  for (const { index, 0: found } of text.matchAll(pattern)) yield [index, index + found.length];
}
