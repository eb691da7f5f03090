import type { SharedState } from '../../shared/index.ts';
import { boundedMap } from './bounded-map.ts';

/**
 * Sums over all sidecars, kept in the shared state: quicker to learn than from the store, and forgotten when Redis is.
 * What the store knows is the least there is, so a forgotten sum is filled up from it, by one sidecar.
 */
export interface SharedSums {
  /** Counts here; the others learn it with the next `push`. */
  add(key: string, amount: number): void;
  /** As last heard, and what was counted here since. */
  known(key: string): number;
  /** Tells the others and learns of them. */
  push(key: string, stored: Stored, ttlSeconds: number): Promise<void>;
  /**
   * Adds one at once, unless that is more than `most`. `late` after 20 ms (it is then taken back), `away` when nobody
   * could be asked.
   */
  takeOne(
    key: string,
    stored: Stored,
    most: number,
    ttlSeconds: number,
  ): Promise<'taken' | 'refused' | 'late' | 'away'>;
  /** Undoes a `takeOne` that was `taken`. */
  takeBack(key: string, ttlSeconds: number): void;
}

/** What the store has of a sum. */
export interface Stored {
  /** The last time it was read. */
  readonly last: number;
  read(): Promise<number>;
}

interface Sum {
  heard: number;
  notTold: number;
}

/** Sums remembered per generation. */
const mostSums = 50_000;
/** A request waits no longer, since guards have 50 ms, and a rate limit may have to be waited for as well. */
const waitMs = 20;
/** How long whoever fills up a forgotten sum may take; the others leave it alone meanwhile. */
const fillSeconds = 10;
/** Milliseconds are added up with fractions. */
const rounding = 0.001;

export function sharedSums(shared: SharedState): SharedSums {
  const sums = boundedMap<Sum>(mostSums);

  function sumOf(key: string): Sum {
    const found = sums.get(key);
    if (found) return found;
    const fresh = { heard: 0, notTold: 0 };
    sums.set(key, fresh);
    return fresh;
  }

  /** Null when Redis is away, or went away meanwhile and was stood in for by this process alone. */
  async function told(key: string, amount: number, ttlSeconds: number): Promise<number | null> {
    if (!shared.isShared) return null;
    const sum = await shared.increment(key, amount, ttlSeconds).catch(() => null);
    return shared.isShared ? sum : null;
  }

  /** A sum that is less than the store knows was forgotten: the first to see it adds what is missing. */
  async function madeGood(key: string, heard: number, stored: Stored, ttlSeconds: number): Promise<number> {
    if (stored.last - heard <= rounding) return heard;
    const isFirst = (await told(`${key}/filling`, 1, fillSeconds)) === 1;
    const filled = isFirst ? await filledUp(key, stored, ttlSeconds) : null;
    return filled ?? stored.last;
  }

  /** Read first, heard afterwards: whatever the store has by then was told before, so nothing is added twice. */
  async function filledUp(key: string, stored: Stored, ttlSeconds: number): Promise<number | null> {
    const kept = await stored.read().catch(() => stored.last);
    const heard = await told(key, 0, ttlSeconds);
    return heard === null ? null : told(key, Math.max(0, kept - heard), ttlSeconds);
  }

  /** What was counted here before is told with it, or the sum would lack it. */
  async function takeNow(key: string, stored: Stored, most: number, ttlSeconds: number) {
    const sum = sumOf(key);
    const amount = 1 + sum.notTold;
    sum.notTold = 0;
    const heard = await told(key, amount, ttlSeconds);
    if (heard === null) return 'away';
    sum.heard = await madeGood(key, heard, stored, ttlSeconds);
    if (sum.heard <= most) return 'taken';
    takeBack(key, ttlSeconds);
    return 'refused';
  }

  function takeBack(key: string, ttlSeconds: number): void {
    sumOf(key).heard -= 1;
    void told(key, -1, ttlSeconds);
  }

  return {
    takeBack,
    add(key, amount) {
      sumOf(key).notTold += amount;
    },
    known(key) {
      const sum = sums.get(key);
      return sum ? sum.heard + sum.notTold : 0;
    },
    async push(key, stored, ttlSeconds) {
      const sum = sumOf(key);
      const amount = sum.notTold;
      const heard = await told(key, amount, ttlSeconds);
      // Not told: then the others learn it from the store, which counts everything.
      sum.notTold -= amount;
      if (heard === null) return;
      sum.heard = await madeGood(key, heard, stored, ttlSeconds);
    },
    async takeOne(key, stored, most, ttlSeconds) {
      const asked = takeNow(key, stored, most, ttlSeconds);
      const outcome = await orLate(asked);
      if (outcome === 'late')
        void asked.then((after) => {
          if (after === 'taken') takeBack(key, ttlSeconds);
        });
      return outcome;
    },
  };
}

/** What has arrived is read first, should this process have been busy. */
async function orLate<T>(asked: Promise<T>): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => setImmediate(() => setImmediate(resolve, 'late')), waitMs);
  });
  const first = await Promise.race([asked, late]);
  clearTimeout(timer);
  return first;
}
