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
/** A lease that takes longer is not waited for: a request may have to wait for two, and guards have 50 ms. */
const leaseMs = 20;
/** So many leases late in a row are taken for an outage. */
const mostLate = 3;
/** After a lease that failed, or an outage, the shared count is left alone for so long. */
const restMs = 1000;

/**
 * A token bucket for each key. On one sidecar it is exact. With shared state the sidecars lease requests of the
 * current window (`seconds` long, `requests` wide) from one counter, a twentieth at a time and ahead of need, so
 * the sum over all of them keeps to the limit and hardly any request waits. One that comes before its lease is
 * let through on credit while plenty is left: up to a quarter, so that four sidecars at once cannot exceed what
 * there is. While the shared state is away each goes on with its own bucket, which was debited all the while, so
 * nobody begins anew with a full one.
 */
export function rateLimiter(shared: SharedState): RateLimiter {
  const buckets = boundedMap<Bucket>(mostKeys);
  const windows = boundedMap<Window>(mostKeys);
  let restUntilMs = 0;
  let lateLeases = 0;

  function bucketOf(keyId: string, limit: RateLimit, nowMs: number): Bucket {
    const found = buckets.get(keyId);
    if (found) return found;
    const full: Bucket = { tokens: limit.burst ?? limit.requests, atMs: nowMs };
    buckets.set(keyId, full);
    return full;
  }

  function local(keyId: string, limit: RateLimit, nowMs: number): Taken {
    return takeFrom(bucketOf(keyId, limit, nowMs), limit, nowMs);
  }

  function windowOf(keyId: string, limit: RateLimit, nowMs: number): Window {
    const number = Math.floor(nowMs / (limit.seconds * 1000));
    const before = windows.get(keyId);
    // Never back: a request that waited for a lease may come out of it in a later window.
    if (before && before.number >= number) return before;
    const window: Window = {
      credit: 0,
      number,
      leased: 0,
      left: limit.requests,
      isExhausted: false,
      isLate: false,
      waiting: 0,
      pending: null,
    };
    windows.set(keyId, window);
    return window;
  }

  async function lease(keyId: string, limit: RateLimit, window: Window, nowMs: number): Promise<void> {
    const wanted = Math.max(chunkOf(limit), window.waiting) + window.credit;
    const amount = Math.min(wanted, limit.requests);
    const counted = shared
      .increment(`rate/${keyId}/${window.number}`, amount, Math.ceil(limit.seconds * 2))
      .then((sum) => granted(window, limit, amount, sum))
      .catch(() => false);
    const outcome = await outcomeWithin(counted, leaseMs);
    // What arrives late is still granted, and may be used in what is left of the window.
    lateLeases = outcome === 'late' ? lateLeases + 1 : 0;
    if (outcome === 'failed' || lateLeases >= mostLate) restUntilMs = nowMs + restMs;
    window.pending = null;
    window.isLate = outcome === 'late';
  }

  function ask(keyId: string, limit: RateLimit, window: Window, nowMs: number): Promise<void> {
    window.pending ??= lease(keyId, limit, window, nowMs);
    return window.pending;
  }

  async function waitFor(keyId: string, limit: RateLimit, window: Window, nowMs: number): Promise<Taken> {
    window.waiting += 1;
    await ask(keyId, limit, window, nowMs).finally(() => {
      window.waiting -= 1;
    });
    // Refused rather than let through uncounted: it may try again in a second, and the door stays shut meanwhile.
    const isUncertain = window.isLate && nowMs >= restUntilMs && window.leased === 0;
    return isUncertain ? { isWithin: false, remaining: 0, resetSeconds: 1 } : take(keyId, limit, nowMs);
  }

  function take(keyId: string, limit: RateLimit, nowMs: number): Taken | Promise<Taken> {
    if (!shared.isShared || nowMs < restUntilMs) return local(keyId, limit, nowMs);
    const window = windowOf(keyId, limit, nowMs);
    const endsMs = (window.number + 1) * limit.seconds * 1000;
    const resetSeconds = Math.max(1, Math.ceil((endsMs - nowMs) / 1000));
    const hasLease = window.leased > 0;
    if (!hasLease && window.isExhausted) return { isWithin: false, remaining: 0, resetSeconds };
    if (!hasLease && window.credit >= Math.max(1, Math.floor(window.left / 4)))
      return waitFor(keyId, limit, window, nowMs);
    if (hasLease) window.leased -= 1;
    else window.credit += 1;
    if (!window.isExhausted && window.leased <= chunkOf(limit) / 4) void ask(keyId, limit, window, nowMs);
    takeFrom(bucketOf(keyId, limit, nowMs), limit, nowMs);
    return {
      isWithin: true,
      remaining: Math.max(0, window.left + window.leased - window.credit),
      resetSeconds,
    };
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
  /** Let through before their lease came; paid back from it. */
  credit: number;
  /** What nobody had leased when the counter was seen last. */
  left: number;
  isExhausted: boolean;
  /** The last lease took too long. */
  isLate: boolean;
  /** Requests that wait for a lease: the next one is for all of them. */
  waiting: number;
  pending: Promise<void> | null;
}

function chunkOf(limit: RateLimit): number {
  return Math.min(1000, Math.ceil(limit.requests / 20));
}

/** Books what of an amount was still there when the counter went up to `sum`. */
function granted(window: Window, limit: RateLimit, amount: number, sum: number): true {
  const got = Math.max(0, Math.min(amount, limit.requests - (sum - amount)));
  const paid = Math.min(got, window.credit);
  window.credit -= paid;
  window.leased += got - paid;
  window.left = Math.max(0, limit.requests - sum);
  window.isExhausted = got < amount;
  return true;
}

/** Takes one token of a bucket that refills evenly. */
function takeFrom(bucket: Bucket, limit: RateLimit, nowMs: number): Taken {
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

/** How it went. What has arrived by the end is read first, should this process have been busy itself. */
async function outcomeWithin(done: Promise<boolean>, limitMs: number): Promise<'done' | 'failed' | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => setImmediate(() => setImmediate(resolve, 'late')), limitMs);
  });
  const first = await Promise.race([done.then((isDone) => (isDone ? 'done' : 'failed')), late]);
  clearTimeout(timer);
  return first;
}
