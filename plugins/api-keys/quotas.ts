import type { SharedState, Store } from '../../shared/index.ts';
import type { Quota } from './key-record.ts';
import { leasedQuotas } from './leased-quotas.ts';
import {
  databaseMeasures,
  endOf,
  isOf,
  measures,
  secondsUntil,
  sumKeyOf,
  ttlSecondsOf,
  type Measure,
} from './measures.ts';
import { periods, type Period } from './periods.ts';
import type { QuotaLeft } from './quota-fields.ts';
import { sharedSums, type Stored } from './shared-sum.ts';

/** What a key has used in the current UTC day and month. */
export interface Used {
  readonly day: string;
  readonly month: string;
  readonly dayRequests: number;
  readonly monthRequests: number;
  readonly dayDatabaseMs: number;
  readonly monthDatabaseMs: number;
}

export interface Quotas {
  load(): Promise<void>;
  /** Seconds until the quota that is used up begins anew; 0 when none is, as far as this sidecar knows. */
  waitSeconds(keyId: string, quota: Quota, nowMs: number): number;
  /** Counts one request unless that is too much: seconds to wait, 0 when it may go on. A promise while none is leased of a shared quota. */
  take(keyId: string, quota: Quota, nowMs: number): number | Promise<number>;
  addDatabaseMs(keyId: string, quota: Quota, databaseMs: number, nowMs: number): void;
  used(keyId: string, nowMs: number): Used;
  /** What is left of each quota the key has, as far as this sidecar knows. */
  left(keyId: string, quota: Quota, nowMs: number): readonly QuotaLeft[];
  /** Tells other sidecars over the shared state what was counted here, and learns what they counted. */
  tell(nowMs: number): Promise<void>;
  /** Adds what was counted here to the store and learns what other sidecars counted; several times is harmless. */
  flush(nowMs: number): Promise<void>;
}

/** A lost race is tried again so often, then on the next flush. */
const tries = 5;

/**
 * Quotas live in the store, so they outlast restarts and hold across sidecars: each counts by itself and adds its share
 * every few seconds. With Redis they lease requests ahead from one count, so that no quota of requests is exceeded;
 * database time, which is known only afterwards, is told four times a second.
 */
export function quotas(store: Store, shared: SharedState): Quotas {
  const counters = new Map<string, Counter>();
  const dirty = new Set<string>();
  /** Database time counted since it was told last: key id → its quota. */
  const untold = new Map<string, Quota>();
  const sums = sharedSums(shared);
  const leased = leasedQuotas(sums, storedOf);
  const periodAt = periods();

  function counterOf(keyId: string): Counter {
    const found = counters.get(keyId);
    if (found) return found;
    const fresh: Counter = { stored: nothingUsed, requests: 0, databaseMs: 0 };
    counters.set(keyId, fresh);
    return fresh;
  }

  function storedOf(keyId: string, measure: Measure, period: Period): Stored {
    return {
      last: () => keptOf(counterOf(keyId).stored, measure, period),
      read: async () => keptOf((await store.get<Used>(`quotas/${keyId}`)) ?? nothingUsed, measure, period),
    };
  }

  /** What the store and this sidecar know. */
  function knownOf(keyId: string, measure: Measure, period: Period): number {
    const { stored, requests, databaseMs } = counterOf(keyId);
    return keptOf(stored, measure, period) + (measure.endsWith('Requests') ? requests : databaseMs);
  }

  function toldOf(keyId: string, measure: Measure, period: Period): number {
    const isTold = shared.isShared && measure.endsWith('DatabaseMs');
    return isTold ? sums.known(sumKeyOf(keyId, measure, period)) : 0;
  }

  /** By everybody, as far as it is known here. */
  const usedOf = (keyId: string, measure: Measure, period: Period): number =>
    Math.max(knownOf(keyId, measure, period), toldOf(keyId, measure, period));

  function waitSeconds(keyId: string, quota: Quota, nowMs: number): number {
    const period = periodAt(nowMs);
    for (const measure of measures) {
      const limit = quota[measure];
      if (limit === undefined) continue;
      if (usedOf(keyId, measure, period) >= limit) return secondsUntil(endOf(measure, period), nowMs);
    }
    return 0;
  }

  function count(keyId: string, requests: number, databaseMs: number): void {
    const counter = counterOf(keyId);
    counter.requests += requests;
    counter.databaseMs += databaseMs;
    dirty.add(keyId);
  }

  /** Counted here once it was taken from the others. */
  function counted(keyId: string, waitSecondsTaken: number): number {
    if (waitSecondsTaken === 0) count(keyId, 1, 0);
    return waitSecondsTaken;
  }

  async function tell(nowMs: number): Promise<void> {
    leased.rest();
    const period = periodAt(nowMs);
    const told = Array.from(untold);
    untold.clear();
    for (const [keyId, quota] of told)
      for (const measure of databaseMeasures)
        if (quota[measure] !== undefined)
          await sums.push(
            sumKeyOf(keyId, measure, period),
            storedOf(keyId, measure, period),
            ttlSecondsOf(measure),
          );
  }

  async function flushOne(keyId: string, counter: Counter, period: Period): Promise<void> {
    const { requests, databaseMs } = counter;
    for (let left = tries; left > 0; left -= 1) {
      const before = await store.get<Used>(`quotas/${keyId}`);
      const sum = added(before ?? nothingUsed, requests, databaseMs, period);
      if (!(await store.replace(`quotas/${keyId}`, before, sum))) continue;
      counter.stored = sum;
      counter.requests -= requests;
      counter.databaseMs -= databaseMs;
      dirty.delete(keyId);
      if (counter.requests > 0 || counter.databaseMs > 0) dirty.add(keyId);
      return;
    }
  }

  return {
    tell,
    waitSeconds,
    async load() {
      for await (const { key, value } of store.list<Used>('quotas/'))
        counterOf(key.slice('quotas/'.length)).stored = value;
    },
    take(keyId, quota, nowMs) {
      const wait = waitSeconds(keyId, quota, nowMs);
      if (wait > 0) return wait;
      const taken = shared.isShared ? leased.take(keyId, quota, periodAt(nowMs), nowMs) : 0;
      return taken instanceof Promise ? taken.then((each) => counted(keyId, each)) : counted(keyId, taken);
    },
    addDatabaseMs(keyId, quota, databaseMs, nowMs) {
      count(keyId, 0, databaseMs);
      if (!shared.isShared) return;
      for (const measure of databaseMeasures)
        if (quota[measure] !== undefined) sums.add(sumKeyOf(keyId, measure, periodAt(nowMs)), databaseMs);
      untold.set(keyId, quota);
    },
    used(keyId, nowMs) {
      const { stored, requests, databaseMs } = counterOf(keyId);
      return added(stored, requests, databaseMs, periodAt(nowMs));
    },
    left(keyId, quota, nowMs) {
      const period = periodAt(nowMs);
      return measures.flatMap((measure) => {
        const limit = quota[measure];
        if (limit === undefined) return [];
        const left = Math.max(0, limit - usedOf(keyId, measure, period));
        return [{ measure, limit, left, resetSeconds: secondsUntil(endOf(measure, period), nowMs) }];
      });
    },
    async flush(nowMs) {
      // Told first: what the store knows, the others' sums know as well.
      await tell(nowMs);
      // A copy: what is counted while one waits for the store is flushed the next time.
      const flushed = Array.from(dirty);
      for (const keyId of flushed) await flushOne(keyId, counterOf(keyId), periodAt(nowMs));
    },
  };
}

/** What the store had the last time, and what was counted here since. */
interface Counter {
  stored: Used;
  requests: number;
  databaseMs: number;
}

const nothingUsed: Used = {
  day: '',
  month: '',
  dayRequests: 0,
  monthRequests: 0,
  dayDatabaseMs: 0,
  monthDatabaseMs: 0,
};

/** Nothing when what is kept is of another day or month. */
const keptOf = (used: Used, measure: Measure, period: Period): number =>
  isOf(measure, used, period) ? used[measure] : 0;

/** What was used before, carried over only within the same day and month, and something more. */
export function added(
  before: Used,
  requests: number,
  databaseMs: number,
  { day, month }: Pick<Period, 'day' | 'month'>,
): Used {
  const today = before.day === day ? before : nothingUsed;
  const thisMonth = before.month === month ? before : nothingUsed;
  return {
    day,
    month,
    dayRequests: today.dayRequests + requests,
    monthRequests: thisMonth.monthRequests + requests,
    dayDatabaseMs: today.dayDatabaseMs + databaseMs,
    monthDatabaseMs: thisMonth.monthDatabaseMs + databaseMs,
  };
}
