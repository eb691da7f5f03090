import { boundedMap, type Allowed } from '../../shared/index.ts';
import type { Taken } from './token-bucket.ts';

type Field = readonly [name: string, value: string];
type Fields = NonNullable<Allowed['replyHeaders']>;

/** What replies say of the limits of a key, however much is left. */
export interface RatePolicy {
  readonly field: Field;
  /** For the place where fields of this policy are remembered. */
  readonly number: number;
}

/** Policies remembered, per generation. */
const mostPolicies = 1000;
const policies = boundedMap<RatePolicy>(mostPolicies);
let policyCount = 0;

/** The `RateLimit-Policy` field of this value. For the same value it is the same one: most keys are limited alike. */
export function ratePolicy(value: string): RatePolicy {
  const before = policies.get(value);
  if (before !== undefined) return before;
  policyCount += 1;
  const policy = { field: Object.freeze(['ratelimit-policy', value] as const), number: policyCount };
  policies.set(value, policy);
  return policy;
}

interface Known {
  readonly policy: RatePolicy;
  readonly remaining: number;
  readonly resetSeconds: number;
  readonly fields: Fields;
}

/** Numbers of requests left of which the last fields are remembered: far more than the keys of one moment are told. */
const mostFields = 4096;
const known = new Map<number, Known>();
/** Both have room in a small integer, which a Map finds quickest. */
const placesForPolicies = 1024;
const placesForRemaining = 2 ** 20;

/**
 * `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-10 for a key without quotas. For the same numbers
 * it is the same frozen list, which the host checks and writes out once.
 */
export function rateFields(policy: RatePolicy, taken: Taken): Fields {
  const { remaining, resetSeconds } = taken;
  const place = (policy.number % placesForPolicies) * placesForRemaining + remaining;
  const before = known.get(place);
  if (before !== undefined && isOf(before, policy, taken)) return before.fields;
  const fields = Object.freeze([policy.field, Object.freeze(['ratelimit', rateItem(taken)] as const)]);
  if (known.size >= mostFields) known.clear();
  known.set(place, { policy, remaining, resetSeconds, fields });
  return fields;
}

/** Another policy may have the same place. */
function isOf(known: Known, policy: RatePolicy, { remaining, resetSeconds }: Taken): boolean {
  return known.policy === policy && known.remaining === remaining && known.resetSeconds === resetSeconds;
}

/** What is left of the rate limit, as one item of the field. */
export function rateItem({ remaining, resetSeconds }: Taken): string {
  return `"key";r=${remaining};t=${resetSeconds}`;
}
