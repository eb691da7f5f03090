/**
 * Values of consecutive spans of time, the oldest first, at most `most` of them: the state of a panel that looks
 * back. Plain JSON.
 */
export type Ring<Value> = (Value & { atMs: number })[];

/** The value of the span a moment lies in, made by `fresh` when it is the first of it. Late facts go to the span they belong to. */
export function spanAt<Value extends object>(
  ring: Ring<Value>,
  atMs: number,
  options: { readonly eachMs: number; readonly most: number; readonly fresh: () => Value },
): Value {
  const startMs = Math.floor(atMs / options.eachMs) * options.eachMs;
  const index = ring.findLastIndex((each) => each.atMs <= startMs);
  const found = ring[index];
  if (found?.atMs === startMs) return found;
  const added = { ...options.fresh(), atMs: startMs };
  ring.splice(index + 1, 0, added);
  if (ring.length > options.most) ring.shift();
  return added;
}

/** The spans that begin after a moment and not after another. */
export function between<Value extends object>(
  ring: Ring<Value>,
  afterMs: number,
  upToMs: number,
): Ring<Value> {
  return ring.filter(({ atMs }) => atMs > afterMs && atMs <= upToMs);
}
