/**
 * Durations counted by powers of two, as `http/summary` and `sql/summary` carry them: each duration is counted
 * once, in the first bucket whose bound is above it; bucket n has the bound 2^n / 16 ms, the last has none.
 */
export const bucketCount = 24;

/** The bucket of a duration. */
export function bucketOf(durationMs: number): number {
  if (!(durationMs * 16 >= 1)) return 0;
  return Math.min(bucketCount - 1, Math.floor(Math.log2(durationMs * 16)) + 1);
}

export function emptyBuckets(): number[] {
  return Array.from({ length: bucketCount }, () => 0);
}

/** Adds counts in place; `more` may be shorter. */
export function addBuckets(into: number[], more: readonly number[]): void {
  more.forEach((count, index) => {
    into[index] = (into[index] ?? 0) + count;
  });
}

/**
 * The duration in ms that a share (0 … 1) of the counted ones stays below, interpolated within its bucket; null of nothing.
 * Where the longest of them is known, no share is above it.
 */
export function percentileMs(
  buckets: readonly number[],
  share: number,
  longestMs: number = Infinity,
): number | null {
  const total = buckets.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let left = share * total;
  for (const [index, count] of buckets.entries()) {
    if (count > 0 && left <= count) {
      const from = index === 0 ? 0 : 2 ** (index - 1) / 16;
      return Math.min(longestMs, from + (2 ** index / 16 - from) * (left / count));
    }
    left -= count;
  }
  return Math.min(longestMs, 2 ** (buckets.length - 1) / 16);
}
