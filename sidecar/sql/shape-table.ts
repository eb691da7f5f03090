import type { ShapeText } from './shape-text.ts';

/**
 * What is known of shapes, found by the shape's codes without making a text of them. It forgets as `boundedMap` does: two
 * generations, what is asked for is carried over, all in constant time.
 */
export interface ShapeTable<Value> {
  get(shape: ShapeText): Value | undefined;
  /** Of a shape that is not there. */
  add(shape: ShapeText, value: Value): void;
  size(): number;
}

interface Entry<Value> {
  readonly pairs: Uint32Array;
  readonly value: Value;
  /** Another shape of the same hash. */
  readonly next: Entry<Value> | undefined;
}

/** Shapes of one hash that are kept: who could choose names to make more of them must not make looking slow. */
const mostAlike = 4;

/** Holds up to twice as many as it is given; `mostPairs` counts the memory of one generation. */
export function shapeTable<Value>(mostEach: number, mostPairs = Infinity): ShapeTable<Value> {
  let young = new Map<number, Entry<Value>>();
  let old = new Map<number, Entry<Value>>();
  let count = 0;
  let oldCount = 0;
  let pairsHeld = 0;

  function add(hash: number, pairs: Uint32Array, value: Value): void {
    if (count >= mostEach || pairsHeld + pairs.length > mostPairs) {
      old = young;
      oldCount = count;
      young = new Map();
      count = pairsHeld = 0;
    }
    const first = young.get(hash);
    young.set(hash, { pairs, value, next: lengthOf(first) < mostAlike ? first : undefined });
    count += 1;
    pairsHeld += pairs.length;
  }

  return {
    get(shape) {
      const hash = shape.hash();
      const found = among(young.get(hash), shape);
      if (found !== undefined) return found.value;
      const older = among(old.get(hash), shape);
      if (older === undefined) return undefined;
      add(hash, older.pairs, older.value);
      return older.value;
    },
    add: (shape, value) => add(shape.hash(), shape.pairs.slice(0, shape.pairCount), value),
    size: () => count + oldCount,
  };
}

/** Hashes are no proof: the shapes are compared. */
function among<Value>(first: Entry<Value> | undefined, shape: ShapeText): Entry<Value> | undefined {
  let entry = first;
  while (entry !== undefined && !isEqual(entry.pairs, shape)) entry = entry.next;
  return entry;
}

function isEqual(known: Uint32Array, { pairs, pairCount }: ShapeText): boolean {
  if (known.length !== pairCount) return false;
  for (let at = 0; at < pairCount; at++) if (known[at] !== pairs[at]) return false;
  return true;
}

function lengthOf(first: Entry<unknown> | undefined): number {
  let length = 0;
  for (let entry = first; entry !== undefined; entry = entry.next) length += 1;
  return length;
}
