/** Counts what each source spends against a bucket that fills up again. */
export interface Throttle {
  isSpent(source: string): boolean;
  spend(source: string): void;
}

export interface ThrottleLimits {
  /** What a fresh source may spend at once. */
  readonly burst: number;
  readonly perSecond: number;
  /** Sources remembered; the one seen longest ago is forgotten first. */
  readonly maxSources: number;
}

export function createThrottle(limits: ThrottleLimits, nowMs: () => number): Throttle {
  const buckets = new Map<string, { left: number; atMs: number }>();

  function leftOf(source: string): number {
    const bucket = buckets.get(source);
    if (!bucket) return limits.burst;
    const filled = ((nowMs() - bucket.atMs) / 1000) * limits.perSecond;
    return Math.min(limits.burst, bucket.left + Math.max(0, filled));
  }

  return {
    isSpent: (source) => leftOf(source) < 1,
    spend(source) {
      const left = leftOf(source) - 1;
      buckets.delete(source);
      buckets.set(source, { left, atMs: nowMs() });
      const [oldest] = buckets.keys();
      if (buckets.size > limits.maxSources && oldest !== undefined) buckets.delete(oldest);
    },
  };
}
