import { GuardDenied, HttpSummary, step, type Step } from '../../shared/index.ts';
import { KeyCreated, KeyEnded, KeyImported, KeyRevoked, KeyRotated, KeyUpdated, KeysUsed } from './events.ts';
import type { PublicKey } from './key-record.ts';
import { withRefusal, withSummary, withUse, type Usage } from './usage.ts';

/** What most panels of this plugin know: the keys, and how they are used. */
export interface Known {
  keys: Record<string, PublicKey>;
  usage: Usage;
  /** Requests of each old key since it was rotated. */
  sinceRotation: Record<string, number>;
}

/** Keys remembered by a panel; those that ended first make room. */
const mostKeys = 1000;

export const knownAtFirst = (): Known => ({ keys: {}, usage: {}, sinceRotation: {} });

export const knownKeys: readonly Step<Known>[] = [
  step(KeyCreated, (known: Known, { data }) => withKey(known, data.key)),
  step(KeyImported, (known: Known, { data }) => withKey(known, data.key)),
  step(KeyUpdated, (known: Known, { data }) => withKey(known, data.key)),
  step(KeyRotated, (known: Known, { data }) => {
    known.sinceRotation[data.replaced.id] = 0;
    return withKey(withKey(known, data.replaced), data.key);
  }),
  step(KeyRevoked, (known: Known, { data }) => withKey(known, data.key)),
  step(KeyEnded, (known: Known, { data }) => withKey(known, data.key)),
];

export const knownUsage: readonly Step<Known>[] = [
  step(HttpSummary, (known: Known, { at, data }) => {
    withSummary(known.usage, at, data.rows);
    const beganMs = Date.parse(at) - data.seconds * 1000;
    for (const { principalId, count } of data.rows)
      if (principalId !== null) countSinceRotation(known, principalId, beganMs, count);
    return known;
  }),
  step(GuardDenied, (known: Known, { at, data }) => {
    if (data.plugin === 'api-keys') withRefusal(known.usage, at, data);
    return known;
  }),
  step(KeysUsed, (known: Known, { at, data }) => {
    withUse(known.usage, at, data);
    return known;
  }),
];

/** The second in which a key was rotated is left out: most of it may have been before. */
function countSinceRotation(known: Known, keyId: string, beganMs: number, count: number): void {
  const before = known.sinceRotation[keyId];
  const rotatedAt = known.keys[keyId]?.rotatedAt;
  if (before === undefined || !rotatedAt || beganMs < Date.parse(rotatedAt)) return;
  known.sinceRotation[keyId] = before + count;
}

/** Keys in order of creation. */
export function keysOf(known: Known): readonly PublicKey[] {
  return Object.values(known.keys).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function withKey(known: Known, key: PublicKey): Known {
  known.keys[key.id] = key;
  const all = keysOf(known);
  if (all.length > mostKeys) {
    const ended = all.find((each) => each.revokedAt !== null || each.graceEndsAt !== null) ?? all[0];
    if (!ended) return known;
    delete known.keys[ended.id];
    delete known.sinceRotation[ended.id];
  }
  return known;
}
