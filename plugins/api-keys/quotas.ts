import type { SharedState, Store } from '../../shared/index.ts';
import type { Quota } from './key-record.ts';
import { periods, type Period } from './periods.ts';
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
  /** Counts one request unless that is too much: seconds to wait, 0 when it may go on. A promise only near the end of a shared quota. */
  take(keyId: string, quota: Quota, nowMs: number): number | Promise<number>;
  addDatabaseMs(keyId: string, quota: Quota, databaseMs: number, nowMs: number): void;
  used(keyId: string, nowMs: number): Used;
  /** Tells other sidecars over the shared state what was counted here, and learns what they counted. */
  tell(nowMs: number): Promise<void>;
  /** Adds what was counted here to the store and learns what other sidecars counted; several times is harmless. */
  flush(nowMs: number): Promise<void>;
}

type Measure = keyof Quota;

/** A lost race is tried again so often, then on the next flush. */
const tries = 5;
/** So near the end of a quota each request is counted with the others' before it goes on: a hundredth, within bounds. */
const nearTheEnd = (limit: number): number => Math.min(1000, Math.max(20, limit / 100));

/**
 * Quotas live in the store, so they outlast restarts and hold across sidecars: each counts by itself and adds its share
 * every few seconds. With Redis they also tell each other four times a second, and near the end of a quota they count
 * together, request by request.
 */
export function quotas(store: Store, shared: SharedState): Quotas {
  const counters = new Map<string, Counter>();
  const dirty = new Set<string>();
  /** Counted since they were told last: key id → its quota. */
  const untold = new Map<string, Quota>();
  const sums = sharedSums(shared);
  const periodAt = periods();

  function counterOf(keyId: string): Counter {
    const found = counters.get(keyId);
    if (found) return found;
    const fresh: Counter = { stored: nothingUsed, requests: 0, databaseMs: 0, sumKeys: null };
    counters.set(keyId, fresh);
    return fresh;
  }

  /** The most that anybody knows of: the store and this sidecar, or what the sidecars told each other. */
  function usedOf(keyId: string, measure: Measure, period: Period): number {
    const counter = counterOf(keyId);
    const { stored, requests, databaseMs } = counter;
    const here = measure.endsWith('Requests') ? requests : databaseMs;
    const kept = keptOf(stored, measure, period) + here;
    return shared.isShared ? Math.max(kept, sums.known(sumKeysOf(keyId, counter, period)[measure])) : kept;
  }

  function waitFor(keyId: string, quota: Quota, period: Period, nowMs: number): number {
    for (const measure of measures) {
      const limit = quota[measure];
      if (limit !== undefined && usedOf(keyId, measure, period) >= limit)
        return secondsUntil(endOf(measure, period), nowMs);
    }
    return 0;
  }

  function storedOf(keyId: string, measure: Measure, period: Period): Stored {
    const { stored } = counterOf(keyId);
    return {
      last: keptOf(stored, measure, period),
      async read() {
        const used = await store.get<Used>(`quotas/${keyId}`);
        return keptOf(used ?? nothingUsed, measure, period);
      },
    };
  }

  /** `isTold`: by the measures that were counted together already. */
  function count(
    keyId: string,
    quota: Quota,
    requests: number,
    databaseMs: number,
    period: Period,
    isTold?: readonly Measure[],
  ): void {
    const counter = counterOf(keyId);
    counter.requests += requests;
    counter.databaseMs += databaseMs;
    dirty.add(keyId);
    if (!shared.isShared) return;
    const keys = sumKeysOf(keyId, counter, period);
    for (const measure of measures) {
      if (quota[measure] === undefined || isTold?.includes(measure)) continue;
      sums.add(keys[measure], measure.endsWith('Requests') ? requests : databaseMs);
    }
    untold.set(keyId, quota);
  }

  function measuresNearTheEnd(keyId: string, quota: Quota, period: Period): readonly Measure[] {
    return requestMeasures.filter((measure) => {
      const limit = quota[measure];
      return limit !== undefined && limit - usedOf(keyId, measure, period) <= nearTheEnd(limit);
    });
  }

  /** What one measure took is given back when another refuses, or does not answer. */
  async function takeTogether(
    keyId: string,
    quota: Quota,
    near: readonly Measure[],
    period: Period,
    nowMs: number,
  ): Promise<number> {
    const counter = counterOf(keyId);
    const keys = sumKeysOf(keyId, counter, period);
    const outcomes = await Promise.all(
      near.map((measure) =>
        sums.takeOne(
          keys[measure],
          storedOf(keyId, measure, period),
          quota[measure] ?? Infinity,
          ttlSeconds(measure),
        ),
      ),
    );
    const taken = near.filter((_, index) => outcomes[index] === 'taken');
    const refusing = near.filter((_, index) => outcomes[index] === 'refused');
    if (refusing.length > 0 || outcomes.includes('late')) {
      for (const measure of taken) sums.takeBack(keys[measure], ttlSeconds(measure));
      return Math.max(1, ...refusing.map((measure) => secondsUntil(endOf(measure, period), nowMs)));
    }
    count(keyId, quota, 1, 0, period, taken);
    return 0;
  }

  async function tellOne(keyId: string, quota: Quota, period: Period): Promise<void> {
    const counter = counterOf(keyId);
    const keys = sumKeysOf(keyId, counter, period);
    for (const measure of measures) {
      if (quota[measure] === undefined) continue;
      await sums.push(keys[measure], storedOf(keyId, measure, period), ttlSeconds(measure));
    }
  }

  async function tell(nowMs: number): Promise<void> {
    const told = Array.from(untold);
    untold.clear();
    for (const [keyId, quota] of told) await tellOne(keyId, quota, periodAt(nowMs));
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
    async load() {
      for await (const { key, value } of store.list<Used>('quotas/'))
        counterOf(key.slice('quotas/'.length)).stored = value;
    },
    used(keyId, nowMs) {
      const period = periodAt(nowMs);
      const { day, month } = period;
      const [dayRequests = 0, monthRequests = 0, dayDatabaseMs = 0, monthDatabaseMs = 0] = measures.map(
        (measure) => usedOf(keyId, measure, period),
      );
      return { day, month, dayRequests, monthRequests, dayDatabaseMs, monthDatabaseMs };
    },
    waitSeconds: (keyId, quota, nowMs) => waitFor(keyId, quota, periodAt(nowMs), nowMs),
    take(keyId, quota, nowMs) {
      const period = periodAt(nowMs);
      const waitSeconds = waitFor(keyId, quota, period, nowMs);
      if (waitSeconds > 0) return waitSeconds;
      const near = shared.isShared ? measuresNearTheEnd(keyId, quota, period) : [];
      if (near.length > 0) return takeTogether(keyId, quota, near, period, nowMs);
      count(keyId, quota, 1, 0, period);
      return 0;
    },
    addDatabaseMs: (keyId, quota, databaseMs, nowMs) => count(keyId, quota, 0, databaseMs, periodAt(nowMs)),
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
  /** Names of the sums that are shared, of the period they were made for. */
  sumKeys: { readonly period: Period; readonly keys: SumKeys } | null;
}
type SumKeys = Readonly<Record<Measure, string>>;

const measures = ['dayRequests', 'monthRequests', 'dayDatabaseMs', 'monthDatabaseMs'] as const;
const requestMeasures = ['dayRequests', 'monthRequests'] as const;

const nothingUsed: Used = {
  day: '',
  month: '',
  dayRequests: 0,
  monthRequests: 0,
  dayDatabaseMs: 0,
  monthDatabaseMs: 0,
};

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

const isDaily = (measure: Measure): boolean => measure.startsWith('day');

/** Nothing when what is kept is of another day or month. */
function keptOf(used: Used, measure: Measure, { day, month }: Period): number {
  const isOfNow = isDaily(measure) ? used.day === day : used.month === month;
  return isOfNow ? used[measure] : 0;
}

function endOf(measure: Measure, { dayEndsMs, monthEndsMs }: Period): number {
  return isDaily(measure) ? dayEndsMs : monthEndsMs;
}

function sumKeysOf(keyId: string, counter: Counter, period: Period): SumKeys {
  if (counter.sumKeys?.period === period) return counter.sumKeys.keys;
  const { day, month } = period;
  const keys: SumKeys = {
    dayRequests: `quota/${keyId}/dayRequests/${day}`,
    monthRequests: `quota/${keyId}/monthRequests/${month}`,
    dayDatabaseMs: `quota/${keyId}/dayDatabaseMs/${day}`,
    monthDatabaseMs: `quota/${keyId}/monthDatabaseMs/${month}`,
  };
  counter.sumKeys = { period, keys };
  return keys;
}

/** A day more than the longest period, for clocks that differ. */
function ttlSeconds(measure: Measure): number {
  return (isDaily(measure) ? 2 : 32) * 86_400;
}

function secondsUntil(atMs: number, nowMs: number): number {
  return Math.max(1, Math.ceil((atMs - nowMs) / 1000));
}
