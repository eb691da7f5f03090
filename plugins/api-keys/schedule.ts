import type { Host } from '../../shared/index.ts';
import { KeyEnded } from './events.ts';
import type { KeyIndex, ReadyKey } from './key-index.ts';
import { statusOf, withoutDigest, type KeyRecord } from './key-record.ts';
import type { KeyStore } from './key-store.ts';
import type { KeyLife } from './life.ts';
import type { Options } from './options.ts';

interface Parts {
  readonly options: Options;
  readonly store: KeyStore;
  readonly index: KeyIndex;
  readonly life: KeyLife;
  readonly lastUse: (keyId: string) => Promise<number>;
  readonly host: Pick<Host, 'now' | 'record' | 'raise' | 'resolve'>;
}

const dayMs = 86_400_000;

/** What time does to keys: warnings ahead of an expiry, rotations that are due, and ends. Run every minute or so. */
export function schedule({ options, store, index, life, lastUse, host }: Parts): () => Promise<void> {
  const raised = new Set<string>();

  async function look(key: ReadyKey, nowMs: number): Promise<void> {
    const { record } = key;
    const status = statusOf(record, nowMs);
    if (status === 'expired') await tellEnd(record);
    if (status === 'rotating') await endWhenSilent(record, nowMs);
    if (status === 'active') {
      await warnOfExpiry(record, nowMs);
      await remindOfRotation(record, nowMs);
    } else settle(record);
  }

  async function tellEnd(record: KeyRecord): Promise<void> {
    if (raisedOnce.has(record.id) || !(await store.claim(`ended/${record.id}`))) {
      raisedOnce.add(record.id);
      return;
    }
    raisedOnce.add(record.id);
    const reason = record.replacedBy === null ? 'expired' : 'grace over';
    host.record(KeyEnded, { key: withoutDigest(record), reason }, { stream: `api-keys/${record.id}` });
  }
  const raisedOnce = new Set<string>();

  async function endWhenSilent(record: KeyRecord, nowMs: number): Promise<void> {
    if (options.silenceSeconds === undefined || record.graceEndsAt === null) return;
    const rotatedMs = Date.parse(index.byId(record.replacedBy ?? '')?.record.createdAt ?? record.createdAt);
    const quietSinceMs = Math.max(rotatedMs, await lastUse(record.id));
    if (nowMs - quietSinceMs >= options.silenceSeconds * 1000) await life.endGrace(record.id);
  }

  async function warnOfExpiry(record: KeyRecord, nowMs: number): Promise<void> {
    if (record.expiresAt === null) return settle(record);
    const daysLeft = (Date.parse(record.expiresAt) - nowMs) / dayMs;
    const step = options.warnDays.filter((days) => daysLeft <= days).sort((a, b) => a - b)[0];
    if (step === undefined) return settle(record);
    if (!(await once(`expiry/${record.id}/${step}/${record.expiresAt}`))) return;
    raised.add(record.id);
    host.raise({
      key: `api-keys/expires:${record.id}`,
      rule: 'api-keys/expires',
      severity: daysLeft <= 1 ? 'error' : 'warning',
      title: `The API key “${record.label}” (${record.start}) ends ${record.expiresAt}`,
      advice: 'Create a new key, or move its expiry, before its callers are refused.',
      evidence: [],
      fix: { label: 'Change it', command: 'api-keys/update', input: { id: record.id } },
    });
  }

  async function remindOfRotation(record: KeyRecord, nowMs: number): Promise<void> {
    if (record.rotateEveryDays === null) return;
    if (nowMs - Date.parse(record.createdAt) < record.rotateEveryDays * dayMs) return;
    if (!(await once(`rotation/${record.id}`))) return;
    raised.add(record.id);
    host.raise({
      key: `api-keys/rotation-due:${record.id}`,
      rule: 'api-keys/rotation-due',
      severity: 'warning',
      title: `The API key “${record.label}” (${record.start}) is due for rotation`,
      advice: `It is older than ${record.rotateEveryDays} days. Rotate it: the old one goes on during the grace.`,
      evidence: [],
      fix: { label: 'Rotate now', command: 'api-keys/rotate', input: { id: record.id } },
    });
  }

  /** Remembered here first, so the store is asked once by each sidecar. */
  async function once(what: string): Promise<boolean> {
    if (asked.has(what)) return false;
    asked.add(what);
    return store.claim(what);
  }
  const asked = new Set<string>();

  function settle(record: KeyRecord): void {
    if (!raised.delete(record.id)) return;
    host.resolve(`api-keys/expires:${record.id}`, 'The key was changed, rotated or ended.');
    host.resolve(`api-keys/rotation-due:${record.id}`, 'The key was changed, rotated or ended.');
  }

  return async () => {
    const nowMs = host.now().getTime();
    for (const record of index.all()) {
      const key = index.byId(record.id);
      if (key && record.revokedAt === null) await look(key, nowMs);
      else settle(record);
    }
  };
}
