import type { SharedState } from '../../shared/index.ts';
import { boundedMap } from './bounded-map.ts';
import type { RateLimit } from './key-record.ts';
import { SharedWindow, type Counter } from './shared-window.ts';
import { fullBucket, takeToken, type Bucket, type Taken } from './token-bucket.ts';

export interface RateLimiter {
  /** Takes one request of a key; answers at once except while little is left of a limit shared by sidecars. */
  take(keyId: string, limit: RateLimit, nowMs: number): Taken | Promise<Taken>;
}

/** Limited keys remembered per generation. */
const mostKeys = 50_000;
/** So many leases late in a row are taken for an outage. */
const mostLate = 3;
/** After a lease that failed, or an outage, the shared count is left alone for so long. */
const restMs = 1000;

/**
 * A token bucket for each key. On one sidecar it is exact. With shared state the sidecars lease requests of the
 * current window (`seconds` long, `requests` wide) from one counter, ahead of need, so the sum over all of them
 * keeps to the limit and hardly any request waits. While the shared state is away each goes on with its own
 * bucket, which was debited all the while, so nobody begins anew with a full one.
 */
export function rateLimiter(shared: SharedState): RateLimiter {
  const buckets = boundedMap<Bucket>(mostKeys);
  const windows = boundedMap<SharedWindow>(mostKeys);
  let restUntilMs = 0;
  let lateLeases = 0;

  function local(keyId: string, limit: RateLimit, nowMs: number): Taken {
    let bucket = buckets.get(keyId);
    if (!bucket) {
      bucket = fullBucket(limit, nowMs);
      buckets.set(keyId, bucket);
    }
    return takeToken(bucket, limit, nowMs);
  }

  function windowOf(keyId: string, limit: RateLimit, nowMs: number): SharedWindow {
    const number = Math.floor(nowMs / (limit.seconds * 1000));
    const before = windows.get(keyId);
    if (before && before.number >= number && isSame(before.limit, limit)) return before;
    const window = new SharedWindow(
      number,
      limit,
      counterOf(`rate/${keyId}/${limit.seconds}/${number}`, limit),
    );
    windows.set(keyId, window);
    return window;
  }

  function counterOf(key: string, limit: RateLimit): Counter {
    const ttlSeconds = Math.ceil(limit.seconds * 2);
    return {
      add: (amount) => shared.increment(key, amount, ttlSeconds),
      told(outcome, nowMs) {
        lateLeases = outcome === 'late' ? lateLeases + 1 : 0;
        if (outcome === 'failed' || lateLeases >= mostLate) restUntilMs = nowMs + restMs;
      },
    };
  }

  return {
    take(keyId, limit, nowMs) {
      if (!shared.isShared || nowMs < restUntilMs) return local(keyId, limit, nowMs);
      const leased = windowOf(keyId, limit, nowMs).take(nowMs);
      return leased instanceof Promise ? leased.then(debited) : debited(leased);

      /** Null: nobody else could be asked, so the own bucket decides. */
      function debited(taken: Taken | null): Taken {
        if (taken?.isWithin === false) return taken;
        const own = local(keyId, limit, nowMs);
        return taken ?? own;
      }
    },
  };
}

function isSame(a: RateLimit, b: RateLimit): boolean {
  return a.requests === b.requests && a.seconds === b.seconds;
}
