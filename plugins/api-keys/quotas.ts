import type { Store } from '../../shared/index.ts';
import type { Quota } from './key-record.ts';

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
  /** Seconds until the quota that is used up begins anew; 0 when none is. */
  waitSeconds(keyId: string, quota: Quota, nowMs: number): number;
  add(keyId: string, requests: number, databaseMs: number): void;
  used(keyId: string, nowMs: number): Used;
  /** Adds what was counted here to the store and learns what other sidecars counted; several times is harmless. */
  flush(nowMs: number): Promise<void>;
}

/** A lost race is tried again so often, then on the next flush. */
const tries = 5;

/**
 * Quotas live in the store, so they outlast restarts and hold across sidecars. Each sidecar counts by itself and
 * adds its share every few seconds: a quota is exact but for what the others counted since.
 */
export function quotas(store: Store): Quotas {
  const counters = new Map<string, Counter>();
  const dirty = new Set<string>();
  const periodAt = periods();

  function counterOf(keyId: string): Counter {
    const found = counters.get(keyId);
    if (found) return found;
    const fresh: Counter = { stored: nothingUsed, requests: 0, databaseMs: 0 };
    counters.set(keyId, fresh);
    return fresh;
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
      if (counter.requests > 0) dirty.add(keyId);
      return;
    }
  }

  return {
    async load() {
      for await (const { key, value } of store.list<Used>('quotas/'))
        counterOf(key.slice('quotas/'.length)).stored = value;
    },
    used(keyId, nowMs) {
      const { stored, requests, databaseMs } = counterOf(keyId);
      return added(stored, requests, databaseMs, periodAt(nowMs));
    },
    waitSeconds(keyId, quota, nowMs) {
      const { stored, requests, databaseMs } = counterOf(keyId);
      const period = periodAt(nowMs);
      const isToday = stored.day === period.day;
      const isThisMonth = stored.month === period.month;
      if (
        isOver((isThisMonth ? stored.monthRequests : 0) + requests, quota.monthRequests) ||
        isOver((isThisMonth ? stored.monthDatabaseMs : 0) + databaseMs, quota.monthDatabaseMs)
      )
        return secondsUntil(period.monthEndsMs, nowMs);
      if (
        isOver((isToday ? stored.dayRequests : 0) + requests, quota.dayRequests) ||
        isOver((isToday ? stored.dayDatabaseMs : 0) + databaseMs, quota.dayDatabaseMs)
      )
        return secondsUntil(period.dayEndsMs, nowMs);
      return 0;
    },
    add(keyId, requests, databaseMs) {
      const counter = counterOf(keyId);
      counter.requests += requests;
      counter.databaseMs += databaseMs;
      dirty.add(keyId);
    },
    async flush(nowMs) {
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

interface Period {
  readonly day: string;
  readonly month: string;
  readonly dayStartsMs: number;
  readonly dayEndsMs: number;
  readonly monthEndsMs: number;
}

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

/** The UTC day and month of a moment, worked out once a day: it is asked for with each request. */
function periods(): (nowMs: number) => Period {
  let last: Period | null = null;
  return (nowMs) => {
    if (last !== null && nowMs >= last.dayStartsMs && nowMs < last.dayEndsMs) return last;
    const now = new Date(nowMs);
    const [year, month, date] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
    last = {
      day: now.toISOString().slice(0, 10),
      month: now.toISOString().slice(0, 7),
      dayStartsMs: Date.UTC(year, month, date),
      dayEndsMs: Date.UTC(year, month, date + 1),
      monthEndsMs: Date.UTC(year, month + 1, 1),
    };
    return last;
  };
}

function isOver(used: number, limit: number | undefined): boolean {
  return limit !== undefined && used >= limit;
}

function secondsUntil(atMs: number, nowMs: number): number {
  return Math.max(1, Math.ceil((atMs - nowMs) / 1000));
}
