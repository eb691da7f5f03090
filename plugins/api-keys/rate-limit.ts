import { boundedMap, type SharedState } from '../../shared/index.ts';
import type { ReadyKey } from './key-index.ts';
import type { RateLimit } from './key-record.ts';
import { SharedWindow, type Unanswered } from './shared-window.ts';
import { fullBucket, giveBack, takeToken, type Taken } from './token-bucket.ts';

export interface RateLimiter {
  /** Takes one request of a key; answers at once except while nothing is leased of a limit shared by sidecars. */
  take(key: LimitedKey, limit: RateLimit, nowMs: number): Taken | Promise<Taken>;
  end(): void;
}

export type LimitedKey = Pick<ReadyKey, 'record' | 'bucket'>;

/** Keys with a shared window remembered per generation. */
const mostKeys = 50_000;
/** After a lease that failed the shared count is left alone for so long. */
const restMs = 1000;
/** When a window is this far gone, something of the next is leased, so that its first request need not wait. */
const leaseAheadAt = 0.75;

/**
 * A token bucket for each key. On one sidecar it is exact. With shared state the sidecars also lease requests of the
 * current window (`seconds` long, `requests` wide) from one counter, ahead of need, so the sum over all of them keeps
 * to the limit and hardly any request waits. A lease that is late refuses rather than guesses. While the shared state
 * is away each sidecar goes on with its own bucket, of which it uses its share: what the limit is divided by the
 * sidecars there were. What it lets through then is added to the shared count once it is back.
 */
export function rateLimiter(shared: SharedState, sidecars: () => number = () => 1): RateLimiter {
  const windows = boundedMap<SharedWindow>(mostKeys);
  /** Windows of which something was let through while nobody could be asked. */
  let owing = new Set<SharedWindow>();
  let restUntilMs = 0;

  /** False without a look where nothing was ever shared: this is asked for each request. */
  const hasWindow = (keyId: string): boolean => windows.size > 0 && windows.get(keyId) !== undefined;

  function windowOf(keyId: string, limit: RateLimit, nowMs: number): SharedWindow {
    const number = Math.floor(nowMs / (limit.seconds * 1000));
    const before = windows.get(keyId);
    if (before && before.number >= number && isSame(before.limit, limit)) return before;
    const ahead = before?.next;
    const isAhead = ahead?.number === number && isSame(ahead.limit, limit);
    const window = isAhead ? ahead : freshWindow(keyId, limit, number, nowMs);
    windows.set(keyId, window);
    return window;
  }

  function freshWindow(keyId: string, limit: RateLimit, number: number, nowMs: number): SharedWindow {
    const key = `rate/${keyId}/${limit.seconds}/${number}`;
    const ttlSeconds = Math.ceil(limit.seconds * 2);
    return new SharedWindow(number, limit, {
      async add(amount) {
        try {
          const sum = await shared.increment(key, amount, ttlSeconds);
          // A Redis that went away meanwhile was stood in for by this process alone.
          return shared.isShared ? sum : null;
        } catch {
          restUntilMs = nowMs + restMs;
          return null;
        }
      },
    });
  }

  function leaseAhead(keyId: string, window: SharedWindow, nowMs: number): void {
    const lengthMs = window.limit.seconds * 1000;
    if (window.next !== null || nowMs < (window.number + leaseAheadAt) * lengthMs) return;
    window.next = freshWindow(keyId, window.limit, window.number + 1, nowMs);
    window.next.lease(nowMs);
  }

  /** The own bucket holds the burst of each sidecar within bounds; the window the sum of all. */
  function together(key: LimitedKey, limit: RateLimit, nowMs: number): Taken | Promise<Taken> {
    const bucket = (key.bucket ??= fullBucket(limit, nowMs));
    const own = takeToken(bucket, limit, nowMs);
    if (!own.isWithin) return own;
    const window = windowOf(key.record.id, limit, nowMs);
    leaseAhead(key.record.id, window, nowMs);
    const taken = window.take(nowMs);
    return taken instanceof Promise ? taken.then(settled) : settled(taken);

    function settled(answer: Taken | Unanswered): Taken {
      if (typeof answer === 'object' && answer.isWithin) return answer;
      giveBack(bucket);
      if (answer === 'away') return alone(key, limit, nowMs, window);
      return answer === 'late' ? notKnown : answer;
    }
  }

  /** What is left of a lease first, then the own share. */
  function alone(key: LimitedKey, limit: RateLimit, nowMs: number, window: SharedWindow | null): Taken {
    const bucket = (key.bucket ??= fullBucket(limit, nowMs));
    if (!window) return takeToken(bucket, limit, nowMs);
    const leased = window.takeLeased(nowMs);
    if (leased) return leased.isWithin ? takeToken(bucket, limit, nowMs) : leased;
    const taken = takeToken(bucket, limit, nowMs, sidecars());
    if (!taken.isWithin) return taken;
    window.owe();
    if (owing.size < mostKeys) owing.add(window);
    return taken;
  }

  const end = shared.onReconnected(() => {
    for (const window of owing) void window.payBack();
    owing = new Set();
  });

  return {
    end,
    take(key, limit, nowMs) {
      if (shared.isShared && nowMs >= restUntilMs) return together(key, limit, nowMs);
      const { id } = key.record;
      const hasShared = shared.isShared || sidecars() > 1 || hasWindow(id);
      return alone(key, limit, nowMs, hasShared ? windowOf(id, limit, nowMs) : null);
    },
  };
}

/** Refused rather than let through uncounted: the client may try again in a second. */
const notKnown: Taken = { isWithin: false, remaining: 0, resetSeconds: 1 };

function isSame(a: RateLimit, b: RateLimit): boolean {
  return a.requests === b.requests && a.seconds === b.seconds;
}
