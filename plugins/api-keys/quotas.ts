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
  const stored = new Map<string, Used>();
  const pending = new Map<string, { requests: number; databaseMs: number }>();

  function used(keyId: string, nowMs: number): Used {
    const waiting = pending.get(keyId);
    return added(stored.get(keyId), waiting?.requests ?? 0, waiting?.databaseMs ?? 0, nowMs);
  }

  async function flushOne(
    keyId: string,
    requests: number,
    databaseMs: number,
    nowMs: number,
  ): Promise<boolean> {
    for (let left = tries; left > 0; left -= 1) {
      const before = await store.get<Used>(`quotas/${keyId}`);
      const sum = added(before, requests, databaseMs, nowMs);
      if (await store.replace(`quotas/${keyId}`, before, sum)) {
        stored.set(keyId, sum);
        return true;
      }
    }
    return false;
  }

  return {
    used,
    async load() {
      for await (const { key, value } of store.list<Used>('quotas/'))
        stored.set(key.slice('quotas/'.length), value);
    },
    waitSeconds(keyId, quota, nowMs) {
      const sofar = used(keyId, nowMs);
      if (
        isOver(sofar.monthRequests, quota.monthRequests) ||
        isOver(sofar.monthDatabaseMs, quota.monthDatabaseMs)
      )
        return secondsUntil(nextMonthMs(nowMs), nowMs);
      if (isOver(sofar.dayRequests, quota.dayRequests) || isOver(sofar.dayDatabaseMs, quota.dayDatabaseMs))
        return secondsUntil(nextDayMs(nowMs), nowMs);
      return 0;
    },
    add(keyId, requests, databaseMs) {
      const waiting = pending.get(keyId);
      if (!waiting) pending.set(keyId, { requests, databaseMs });
      else {
        waiting.requests += requests;
        waiting.databaseMs += databaseMs;
      }
    },
    async flush(nowMs) {
      for (const [keyId, { requests, databaseMs }] of pending) {
        if (!(await flushOne(keyId, requests, databaseMs, nowMs))) continue;
        const waiting = pending.get(keyId);
        if (!waiting) continue;
        waiting.requests -= requests;
        waiting.databaseMs -= databaseMs;
        if (waiting.requests === 0 && waiting.databaseMs < 1e-6) pending.delete(keyId);
      }
    },
  };
}

/** What was used before, carried over only within the same day and month, and something more. */
export function added(before: Used | undefined, requests: number, databaseMs: number, nowMs: number): Used {
  const month = new Date(nowMs).toISOString().slice(0, 7);
  const day = new Date(nowMs).toISOString().slice(0, 10);
  const today = before?.day === day ? before : undefined;
  const thisMonth = before?.month === month ? before : undefined;
  return {
    day,
    month,
    dayRequests: (today?.dayRequests ?? 0) + requests,
    monthRequests: (thisMonth?.monthRequests ?? 0) + requests,
    dayDatabaseMs: (today?.dayDatabaseMs ?? 0) + databaseMs,
    monthDatabaseMs: (thisMonth?.monthDatabaseMs ?? 0) + databaseMs,
  };
}

function isOver(used: number, limit: number | undefined): boolean {
  return limit !== undefined && used >= limit;
}

function nextDayMs(nowMs: number): number {
  const now = new Date(nowMs);
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1);
}

function nextMonthMs(nowMs: number): number {
  const now = new Date(nowMs);
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
}

function secondsUntil(atMs: number, nowMs: number): number {
  return Math.max(1, Math.ceil((atMs - nowMs) / 1000));
}
