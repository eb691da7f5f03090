import { percentileMs } from '../../shared/index.ts';
import { emptyCount, since, type Count, type KeyUsage, type RouteCount } from './usage.ts';

const hourMs = 3_600_000;

/** A key's use as an answer to a program. Durations in milliseconds; percentiles are interpolated from buckets. */
export function usageReport(usage: KeyUsage | undefined, by: 'minutes' | 'hours' | 'days', nowMs: number) {
  return {
    lastAt: usage?.lastAt ?? null,
    lastHour: usage ? since(usage, nowMs - hourMs, nowMs) : emptyCount(),
    lastDay: usage ? since(usage, nowMs - 24 * hourMs, nowMs) : emptyCount(),
    lastMonth: usage ? since(usage, nowMs - 30 * 24 * hourMs, nowMs) : emptyCount(),
    spans: (usage?.[by] ?? []).map(({ atMs, ...count }) => ({ at: new Date(atMs).toISOString(), ...count })),
    routes: Object.entries(usage?.routes ?? {})
      .sort(([, a], [, b]) => b.requests - a.requests)
      .map(([route, count]) => ({ route, ...withPercentiles(count) })),
    clients: Object.entries(usage?.clients ?? {}).map(([address, client]) => ({ address, ...client })),
  };
}

function withPercentiles({ buckets, lastAt, ...count }: RouteCount): Count & {
  readonly lastAt: string;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
} {
  const [p50Ms, p95Ms, p99Ms] = [0.5, 0.95, 0.99].map((share) => percentileMs(buckets, share)) as [
    number | null,
    number | null,
    number | null,
  ];
  return { ...count, lastAt, p50Ms, p95Ms, p99Ms };
}
