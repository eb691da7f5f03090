/** One bucket for each power of two of a sixteenth of a millisecond, 0.06 ms to 9 minutes. */
export const bucketCount = 24;

/** The bucket of a duration: the lowest n with `durationMs < 2^n / 16`, at most 23. */
export function bucketOf(durationMs: number): number {
  const sixteenths = Math.min(durationMs * 16, 2 ** 30);
  return Math.min(32 - Math.clz32(sixteenths), bucketCount - 1);
}

/** Sum, maximum and buckets of the durations of one row of a summary. */
export class Durations {
  count = 0;
  sumMs = 0;
  maxMs = 0;
  readonly #buckets = new Uint32Array(bucketCount);

  add(durationMs: number): void {
    this.count += 1;
    this.sumMs += durationMs;
    if (durationMs > this.maxMs) this.maxMs = durationMs;
    const bucket = bucketOf(durationMs);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
  }

  toFields() {
    return {
      count: this.count,
      durationMsSum: rounded(this.sumMs),
      durationMsMax: rounded(this.maxMs),
      buckets: [...this.#buckets],
    };
  }
}

/** To the microsecond: more digits are noise and cost bytes in every event. */
export const rounded = (durationMs: number): number => Math.round(durationMs * 1000) / 1000;
