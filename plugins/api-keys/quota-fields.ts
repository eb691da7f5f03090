import { minuteText } from '../../shared/index.ts';
import type { Quota } from './key-record.ts';
import { measures, type Measure } from './measures.ts';

/** What is left of one quota of a key. */
export interface QuotaLeft {
  readonly measure: Measure;
  readonly limit: number;
  /** Never less than 0; across sidecars an estimate. */
  readonly left: number;
  /** Until it begins anew. */
  readonly resetSeconds: number;
}

/** Names of the policies, in `RateLimit` as in `RateLimit-Policy`. */
const names: Readonly<Record<Measure, string>> = {
  dayRequests: 'day',
  monthRequests: 'month',
  dayDatabaseMs: 'day-database',
  monthDatabaseMs: 'month-database',
};

/**
 * The quotas as policies of draft-ietf-httpapi-ratelimit-headers-10. A month has no fixed window, so none is named;
 * database time is counted in milliseconds, of which the draft has no unit.
 */
export function quotaPolicies(quota: Quota): readonly string[] {
  return measures.flatMap((measure) => {
    const limit = quota[measure];
    if (limit === undefined) return [];
    const window = measure.startsWith('day') ? ';w=86400' : '';
    const unit = measure.endsWith('DatabaseMs') ? ';qu="milliseconds"' : '';
    return [`"${names[measure]}";q=${Math.ceil(limit)}${window}${unit}`];
  });
}

/** What is left, as the `RateLimit` field says it. */
export function quotaItem({ measure, left, resetSeconds }: QuotaLeft): string {
  return `"${names[measure]}";r=${Math.floor(left)};t=${resetSeconds}`;
}

/** Why a client has to wait: which quota is used up, and when it begins anew. */
export function quotaReason(lefts: readonly QuotaLeft[], waitSeconds: number, nowMs: number): string {
  // What other sidecars used is known here a moment later; then the wait tells which quota it was.
  const spent =
    lefts.find(({ left }) => left <= 0) ?? lefts.find(({ resetSeconds }) => resetSeconds === waitSeconds);
  if (!spent) return 'The quota of this API key could not be counted in time.';
  const endsAt = new Date(nowMs + spent.resetSeconds * 1000).toISOString();
  return `The quota of ${amountOf(spent)} is used up; it begins anew at ${minuteText(endsAt)}.`;
}

function amountOf({ measure, limit }: QuotaLeft): string {
  const each = limit === 1 ? '' : 's';
  const what = measure.endsWith('DatabaseMs') ? `millisecond${each} of database time` : `request${each}`;
  return `${limit} ${what} a ${measure.startsWith('day') ? 'day' : 'month'}`;
}
