import { addBuckets, bucketCount, emptyBuckets } from '../../shared/index.ts';

/**
 * A Prometheus histogram of durations that were counted elsewhere. prom-client's own only takes one value at a time;
 * ours come counted, in the buckets of `shared/duration-buckets.ts`.
 */
export interface Durations {
  add(buckets: readonly number[], sumMs: number): void;
  /** Prometheus text format 0.0.4: cumulative buckets, then sum and count. */
  text(): string;
}

export function createDurations(name: string, help: string): Durations {
  const counts = emptyBuckets();
  let sumMs = 0;

  return {
    add(buckets, addedMs) {
      addBuckets(counts, buckets);
      sumMs += addedMs;
    },
    text() {
      let total = 0;
      const lines = counts.map((count, index) => {
        total += count;
        return `${name}_bucket{le="${boundOf(index)}"} ${total}`;
      });
      return [
        '',
        `# HELP ${name} ${help}`,
        `# TYPE ${name} histogram`,
        ...lines,
        `${name}_sum ${sumMs / 1000}`,
        `${name}_count ${total}`,
        '',
      ].join('\n');
    },
  };
}

/** Bounds in seconds; the last bucket has none. */
function boundOf(bucket: number): string {
  return bucket === bucketCount - 1 ? '+Inf' : String(2 ** bucket / 16_000);
}
