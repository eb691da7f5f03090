import type { RateLimit } from './key-record.ts';

/** Whether one more request fits, and what the client is told about it. */
export interface Taken {
  readonly isWithin: boolean;
  /** Requests left at the moment; across sidecars an estimate. */
  readonly remaining: number;
  /** Until there are more: a refused client waits so long. */
  readonly resetSeconds: number;
}

/** Holds `burst` tokens and refills evenly. */
export interface Bucket {
  tokens: number;
  atMs: number;
}

export function fullBucket(limit: RateLimit, nowMs: number): Bucket {
  return { tokens: limit.burst ?? limit.requests, atMs: nowMs };
}

/** Takes one token, if there is one. */
export function takeToken(bucket: Bucket, limit: RateLimit, nowMs: number): Taken {
  const burst = limit.burst ?? limit.requests;
  const perSecond = limit.requests / limit.seconds;
  const passedSeconds = Math.max(0, nowMs - bucket.atMs) / 1000;
  bucket.tokens = Math.min(burst, bucket.tokens + passedSeconds * perSecond);
  bucket.atMs = nowMs;
  const isWithin = bucket.tokens >= 1;
  if (isWithin) bucket.tokens -= 1;
  const missing = isWithin ? burst - bucket.tokens : 1 - bucket.tokens;
  return {
    isWithin,
    remaining: Math.floor(bucket.tokens),
    resetSeconds: Math.max(1, Math.ceil(missing / perSecond)),
  };
}
