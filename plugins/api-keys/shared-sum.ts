import { boundedMap, type SharedState } from '../../shared/index.ts';
import type { Counter } from './shared-window.ts';

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
  /** The sum as a counter to lease from, ahead of what is then counted. */
  counter(key: string, stored: Stored, ttlSeconds: number): Counter;
}

/** What the store has of a sum. */
export interface Stored {
  /** The last time it was read. */
  last(): number;
  read(): Promise<number>;
}

interface Sum {
  heard: number;
  notTold: number;
}

/** Sums remembered per generation. */
const mostSums = 50_000;
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

  /** A sum that was less than the store knows was forgotten: the first to see it adds what is missing. */
  async function toldAndMadeGood(
    key: string,
    amount: number,
    stored: Stored,
    ttlSeconds: number,
  ): Promise<number | null> {
    const heard = await told(key, amount, ttlSeconds);
    if (heard === null || stored.last() - (heard - amount) <= rounding) return heard;
    const isFirst = (await told(`${key}/filling`, 1, fillSeconds)) === 1;
    const filled = isFirst ? await filledUp(key, amount, stored, ttlSeconds) : null;
    return filled ?? stored.last() + amount;
  }

  /** Read first, heard afterwards: whatever the store has by then was told before, so nothing is added twice. */
  async function filledUp(
    key: string,
    amount: number,
    stored: Stored,
    ttlSeconds: number,
  ): Promise<number | null> {
    const kept = await stored.read().catch(() => stored.last());
    const heard = await told(key, 0, ttlSeconds);
    return heard === null ? null : told(key, Math.max(0, kept - (heard - amount)), ttlSeconds);
  }

  return {
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
      const heard = await toldAndMadeGood(key, amount, stored, ttlSeconds);
      // Not told: then the others learn it from the store, which counts everything.
      sum.notTold -= amount;
      if (heard !== null) sum.heard = heard;
    },
    counter: (key, stored, ttlSeconds) => ({
      add: (amount) => toldAndMadeGood(key, amount, stored, ttlSeconds),
    }),
  };
}
