import type { SharedState } from '../../shared/index.ts';
import { boundedMap } from './bounded-map.ts';
import type { RateLimit } from './key-record.ts';

/** Whether one more request fits, and what the client is told about it. */
export interface Taken {
  readonly isWithin: boolean;
  /** Requests left at the moment; across sidecars an estimate. */
  readonly remaining: number;
  /** Until there are more: a refused client waits so long. */
  readonly resetSeconds: number;
}

export interface RateLimiter {
  take(keyId: string, limit: RateLimit, nowMs: number): Taken | Promise<Taken>;
}

/** Limited keys remembered per generation. */
const mostKeys = 50_000;
/** A lease that takes longer is not waited for: the request is counted locally. */
const leaseMs = 25;
/** After a late lease the shared count is left alone for so long. */
const restMs = 1000;

/**
 * A token bucket for each key. On one sidecar it is exact. With shared state the sidecars lease requests of the
 * current window (`seconds` long, `requests` wide) from one counter, a twentieth at a time, so the sum over all
 * of them never exceeds the limit; while the shared state is away each goes on with a bucket of its own.
 */
export function rateLimiter(shared: SharedState): RateLimiter {
  const buckets = boundedMap<Bucket>(mostKeys);
  const windows = boundedMap<Window>(mostKeys);
  let restUntilMs = 0;

  function local(keyId: string, limit: RateLimit, nowMs: number): Taken {
    const burst = limit.burst ?? limit.requests;
    let bucket = buckets.get(keyId);
    if (!bucket) {
      bucket = { tokens: burst, atMs: nowMs };
      buckets.set(keyId, bucket);
    }
    return takeFrom(bucket, burst, limit.requests / limit.seconds, nowMs);
  }

  async function lease(keyId: string, limit: RateLimit, window: Window, nowMs: number): Promise<void> {
    const chunk = Math.min(1000, Math.max(1, Math.ceil(limit.requests / 20)));
    const ttlSeconds = Math.ceil(limit.seconds * 2);
    const counted = shared.increment(`rate/${keyId}/${window.number}`, chunk, ttlSeconds).catch(() => null);
    const sum = await within(counted, leaseMs);
    if (sum === null) restUntilMs = nowMs + restMs;
    else {
      const got = Math.max(0, Math.min(chunk, limit.requests - (sum - chunk)));
      window.leased += got;
      window.left = Math.max(0, limit.requests - sum);
      window.isExhausted = got < chunk;
    }
    window.pending = null;
  }

  function windowOf(keyId: string, limit: RateLimit, nowMs: number): Window {
    const number = Math.floor(nowMs / (limit.seconds * 1000));
    const before = windows.get(keyId);
    if (before?.number === number) return before;
    const window: Window = { number, leased: 0, left: limit.requests, isExhausted: false, pending: null };
    windows.set(keyId, window);
    return window;
  }

  function take(keyId: string, limit: RateLimit, nowMs: number): Taken | Promise<Taken> {
    if (!shared.isShared || nowMs < restUntilMs) return local(keyId, limit, nowMs);
    const window = windowOf(keyId, limit, nowMs);
    const resetSeconds = Math.max(1, Math.ceil(((window.number + 1) * limit.seconds * 1000 - nowMs) / 1000));
    if (window.leased > 0) {
      window.leased -= 1;
      return { isWithin: true, remaining: window.left + window.leased, resetSeconds };
    }
    if (window.isExhausted) return { isWithin: false, remaining: 0, resetSeconds };
    window.pending ??= lease(keyId, limit, window, nowMs);
    return window.pending.then(() => take(keyId, limit, nowMs));
  }

  return { take };
}

interface Bucket {
  tokens: number;
  atMs: number;
}

interface Window {
  readonly number: number;
  leased: number;
  left: number;
  isExhausted: boolean;
  pending: Promise<void> | null;
}

/** Takes one token of a bucket that refills evenly. */
export function takeFrom(bucket: Bucket, burst: number, perSecond: number, nowMs: number): Taken {
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

/** The value, or null when it takes too long. */
async function within(value: Promise<number | null>, limitMs: number): Promise<number | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, limitMs, null);
  });
  const first = await Promise.race([value, late]);
  clearTimeout(timer);
  return first;
}
