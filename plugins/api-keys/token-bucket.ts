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

/**
 * Takes one request, if there is one. It costs one token; where several sidecars share a limit and cannot ask each
 * other it costs as many as there are sidecars, so each lets through its share.
 */
export function takeToken(bucket: Bucket, limit: RateLimit, nowMs: number, sidecars = 1): Taken {
  const burst = limit.burst ?? limit.requests;
  const cost = Math.min(sidecars, burst);
  const perSecond = limit.requests / limit.seconds;
  const passedSeconds = Math.max(0, nowMs - bucket.atMs) / 1000;
  bucket.tokens = Math.min(burst, bucket.tokens + passedSeconds * perSecond);
  bucket.atMs = nowMs;
  const isWithin = bucket.tokens >= cost;
  if (isWithin) bucket.tokens -= cost;
  const missing = isWithin ? burst - bucket.tokens : cost - bucket.tokens;
  return {
    isWithin,
    remaining: Math.floor(bucket.tokens / cost),
    resetSeconds: Math.max(1, Math.ceil(missing / perSecond)),
  };
}

/** The request was refused for another reason. The next refill keeps it within the burst. */
export function giveBack(bucket: Bucket): void {
  bucket.tokens += 1;
}
