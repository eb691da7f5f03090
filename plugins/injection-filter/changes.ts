/** A range of a text. */
export type Range = readonly [from: number, to: number];

/** Equal text is stepped over by so much at once. */
const stride = 256;
/** Where two texts go on alike for so long they are taken to be the same again. */
const anchorLength = 8;
/** How far from a difference that is looked for in the text after it, and in the one before. */
const mostAhead = 24;
const mostBehind = 128;
/** From so many differences on all the rest is taken to differ: telling them apart would cost more than it spares. */
const mostChanges = 1000;

/** Where a text differs from what it was made of by replacing pieces of it: ranges of `after`, in order; at a removal an empty one. */
export function* changedRanges(before: string, after: string): Generator<Range> {
  let was = 0;
  let is = 0;
  for (let count = 0; count < mostChanges; count += 1) {
    const same = sameLength(before, was, after, is);
    was += same;
    is += same;
    if (is >= after.length && was >= before.length) return;
    const next = whereAlike(before, was, after, is);
    if (!next) break;
    yield [is, next.is];
    was = next.was;
    is = next.is;
  }
  yield [is, after.length];
}

function sameLength(before: string, was: number, after: string, is: number): number {
  const most = Math.min(before.length - was, after.length - is);
  let length = 0;
  while (length + stride <= most && isSame(before, was + length, after, is + length)) length += stride;
  while (length < most && before.charCodeAt(was + length) === after.charCodeAt(is + length)) length += 1;
  return length;
}

function isSame(before: string, was: number, after: string, is: number): boolean {
  return before.slice(was, was + stride) === after.slice(is, is + stride);
}

/** The nearest places behind a difference from which on both texts are alike; null when there are none. */
function whereAlike(
  before: string,
  was: number,
  after: string,
  is: number,
): { readonly was: number; readonly is: number } | null {
  const look = before.slice(was, was + mostBehind);
  for (let ahead = 0; ahead <= mostAhead; ahead += 1) {
    const anchor = after.slice(is + ahead, is + ahead + anchorLength);
    if (anchor.length < anchorLength) return null;
    const at = look.indexOf(anchor);
    if (at >= 0) return { was: was + at, is: is + ahead };
  }
  return null;
}

/** So many times its reach a range is long at most: who reads ranges may stop at any, and they overlap by twice the reach. */
const mostReaches = 16;

/** Ranges with so many characters on either side, joined where they meet; the last may reach beyond the text. */
export function* widened(ranges: Iterable<Range>, reach: number): Generator<Range> {
  let from = 0;
  let to = -1;
  for (const [start, end] of ranges) {
    const first = Math.max(0, start - reach);
    if (first > to || to - from > mostReaches * reach) {
      if (to >= 0) yield [from, to];
      from = first;
    }
    to = end + reach;
  }
  if (to >= 0) yield [from, to];
}
