import { minuteText, type Finding, type Host } from '../../shared/index.ts';
import { KeyEnded } from './events.ts';
import type { KeyIndex } from './key-index.ts';
import { scheduler, type KeyLife } from './life.ts';
import { endMsOf, statusOf, withoutDigest, type KeyRecord } from './key-record.ts';
import type { KeyStore } from './key-store.ts';
import type { Options } from './options.ts';

interface Parts {
  readonly options: Options;
  readonly store: KeyStore;
  readonly index: KeyIndex;
  readonly life: KeyLife;
  /** The latest use of a key on any sidecar, in milliseconds since 1970. */
  readonly lastUse: (keyId: string) => Promise<number>;
  readonly host: Pick<Host, 'now' | 'record' | 'raise'>;
}

const dayMs = 86_400_000;

/**
 * What time does to keys: warnings ahead of an expiry, rotations that are due, ends. Run every minute on every
 * sidecar; each of these is claimed in the store, so it happens once however many sidecars there are.
 */
export function schedule({ options, store, index, life, lastUse, host }: Parts): () => Promise<void> {
  const asked = new Set<string>();

  /** True for the first to ask, ever. Remembered here, so that each sidecar asks the store once. */
  async function isFirst(what: string): Promise<boolean> {
    if (asked.has(what)) return false;
    const isClaimed = await store.claim(what);
    asked.add(what);
    return isClaimed;
  }

  async function tellEnd(record: KeyRecord): Promise<void> {
    if (!(await isFirst(`ended/${record.id}/${endMsOf(record)}`))) return;
    const reason = record.replacedBy === null ? 'expired' : 'grace over';
    const stream = `api-keys/${record.id}`;
    host.record(KeyEnded, { key: withoutDigest(record), reason, actor: scheduler }, { stream });
  }

  async function endWhenSilent(record: KeyRecord, nowMs: number): Promise<void> {
    if (options.silenceSeconds === undefined) return;
    const rotatedMs = Date.parse(record.rotatedAt ?? record.createdAt);
    const quietSinceMs = Math.max(rotatedMs, await lastUse(record.id));
    if (nowMs - quietSinceMs >= options.silenceSeconds * 1000) await life.endGrace(record.id);
  }

  async function warnOfExpiry(record: KeyRecord, nowMs: number): Promise<void> {
    const { expiresAt } = record;
    if (expiresAt === null) return;
    const daysLeft = (Date.parse(expiresAt) - nowMs) / dayMs;
    const reached = options.warnDays.filter((days) => daysLeft <= days);
    if (reached.length === 0) return;
    const what = `expiry/${record.id}/${expiresAt}/${Math.min(...reached)}`;
    if (await isFirst(what)) host.raise(expiryFinding(record, expiresAt, daysLeft));
  }

  async function rotateWhenDue(record: KeyRecord, nowMs: number): Promise<void> {
    if (record.rotateEveryDays === null) return;
    if (nowMs - Date.parse(record.createdAt) < record.rotateEveryDays * dayMs) return;
    if (!(await isFirst(`rotation/${record.id}`))) return;
    if (record.sealTo === null) return host.raise(rotationFinding(record));
    await life.rotateSealed(record.id).catch((error: unknown) => {
      // It is claimed by now, so no sidecar tries again: a person has to.
      host.raise(rotationFinding(record));
      throw error;
    });
  }

  return async () => {
    const nowMs = host.now().getTime();
    for (const { record } of index.all()) {
      const status = statusOf(record, nowMs);
      if (status === 'expired') await tellEnd(record);
      if (status === 'rotating') await endWhenSilent(record, nowMs);
      if (status !== 'active') continue;
      await warnOfExpiry(record, nowMs);
      await rotateWhenDue(record, nowMs);
    }
  };
}

/** Findings a key may have open; resolved when it is changed, rotated or revoked. */
export const findingKeys = (keyId: string): readonly string[] => [
  `api-keys/expires:${keyId}`,
  `api-keys/rotation-due:${keyId}`,
];

function expiryFinding(record: KeyRecord, expiresAt: string, daysLeft: number): Finding {
  return {
    key: `api-keys/expires:${record.id}`,
    rule: 'api-keys/expires',
    severity: daysLeft <= 1 ? 'error' : 'warning',
    title: `The API key “${record.label}” (${record.start}…) ends ${minuteText(expiresAt)}`,
    advice: 'Create a new key, or move its expiry, before its callers are refused.',
    evidence: [],
    fix: { label: 'Change it', command: 'api-keys/update', input: { id: record.id } },
    details: { command: 'api-keys/open', input: { id: record.id } },
  };
}

function rotationFinding(record: KeyRecord): Finding {
  return {
    key: `api-keys/rotation-due:${record.id}`,
    rule: 'api-keys/rotation-due',
    severity: 'warning',
    title: `The API key “${record.label}” (${record.start}…) is due for rotation`,
    advice: `It is older than ${record.rotateEveryDays} days. Rotate it: the old one goes on during the grace.`,
    evidence: [],
    fix: { label: 'Rotate now', command: 'api-keys/rotate', input: { id: record.id } },
    details: { command: 'api-keys/open', input: { id: record.id } },
  };
}
