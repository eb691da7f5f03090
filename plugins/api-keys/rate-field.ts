import type { Taken } from './token-bucket.ts';

type Field = readonly [name: string, value: string];

/** Numbers of requests left of which the last field is remembered: far more than the keys of one moment are told. */
const mostFields = 4096;
/** By what is left: of the two numbers it is the one that changes. */
const known = new Map<number, Known>();

interface Known {
  readonly resetSeconds: number;
  readonly field: Field;
}

/**
 * The `RateLimit` field of draft-ietf-httpapi-ratelimit-headers-10 for a key without quotas. For the same numbers it is the
 * same frozen field, which the host checks and writes out once.
 */
export function rateField(taken: Taken): Field {
  const { remaining, resetSeconds } = taken;
  const before = known.get(remaining);
  if (before !== undefined && before.resetSeconds === resetSeconds) return before.field;
  const field = Object.freeze(['ratelimit', rateItem(taken)] as const);
  if (known.size >= mostFields) known.clear();
  known.set(remaining, { resetSeconds, field });
  return field;
}

/** What is left of the rate limit, as one item of the field. */
export function rateItem({ remaining, resetSeconds }: Taken): string {
  return `"key";r=${remaining};t=${resetSeconds}`;
}
