import { constants, createHash, publicEncrypt, randomBytes } from 'node:crypto';
import {
  OutriderError,
  makeSecret,
  startOfApiKey,
  writeApiKey,
  type Finding,
  type Host,
  type Principal,
} from '../../shared/index.ts';
import { KeyCreated, KeyEnded, KeyImported, KeyRevoked, KeyRotated, KeyUpdated } from './events.ts';
import type { KeyIndex } from './key-index.ts';
import {
  endMsOf,
  rotatedAway,
  statusOf,
  successorOf,
  withoutDigest,
  type KeyRecord,
  type KeySettings,
  type PublicKey,
} from './key-record.ts';
import type { KeyStore } from './key-store.ts';
import type { Options } from './options.ts';
import { findingKeys } from './schedule.ts';

/** A key with its secret: given out once, never kept. */
export interface FreshKey {
  readonly secret: string;
  readonly key: PublicKey;
}

/** What can happen to a key; each change is kept, told to the other sidecars and recorded with who asked for it. */
export interface KeyLife {
  create(settings: KeySettings, environment: string | undefined, actor: Principal): Promise<FreshKey>;
  importByDigest(settings: KeySettings, digest: string, start: string, actor: Principal): Promise<PublicKey>;
  update(id: string, settings: Partial<KeySettings>, actor: Principal): Promise<PublicKey>;
  rotate(
    id: string,
    graceSeconds: number | undefined,
    actor: Principal,
  ): Promise<FreshKey & { readonly replaced: PublicKey }>;
  revoke(id: string, reason: string, actor: Principal): Promise<PublicKey>;
  /** Rotates by schedule: the new secret is kept only encrypted to the key's `sealTo`, for its holder to collect. */
  rotateSealed(id: string): Promise<void>;
  /** Ends the grace of a rotated key now. */
  endGrace(id: string): Promise<void>;
}

interface Parts {
  readonly options: Options;
  readonly store: KeyStore;
  readonly index: KeyIndex;
  readonly host: Pick<Host, 'now' | 'newId' | 'record' | 'raise' | 'resolve'>;
}

export function keyLife({ options, store, index, host }: Parts): KeyLife {
  const nowMs = (): number => host.now().getTime();
  const at = (): string => host.now().toISOString();
  const streamOf = (id: string): { stream: string } => ({ stream: `api-keys/${id}` });

  function fresh(environment: string): {
    secret: string;
    id: string;
    start: string;
    digest: string;
    createdAt: string;
    environment: string;
  } {
    const secret = writeApiKey({
      prefix: options.prefix,
      environment,
      secret: makeSecret((count) => randomBytes(count)),
    });
    return {
      secret,
      id: host.newId(),
      start: startOfApiKey(secret),
      digest: digestOf(secret),
      createdAt: at(),
      environment,
    };
  }

  function requireFuture(expiresAt: string | null | undefined): void {
    if (typeof expiresAt === 'string' && Date.parse(expiresAt) <= nowMs())
      throw new OutriderError('input_invalid', 'expiresAt must be in the future.', {
        issues: [{ path: 'expiresAt', message: 'must be in the future' }],
      });
  }

  /** What was reported about a key is over once somebody did something about it. */
  function settle({ id }: PublicKey): void {
    for (const key of findingKeys(id)) host.resolve(key, 'The key was changed, rotated or revoked.');
  }

  async function rotated(
    id: string,
    graceSeconds: number,
    actor: Principal,
    deliver: (secret: string, record: KeyRecord) => Promise<void> = async () => undefined,
  ): Promise<FreshKey & { readonly replaced: PublicKey }> {
    const old = index.byId(id)?.record;
    if (!old) throw new OutriderError('key_not_found', id);
    requireRotatable(old, nowMs());
    const { secret, ...identity } = fresh(old.isImported ? options.environment : old.environment);
    await deliver(secret, successorOf(old, identity));
    // The old key first: should two rotate it at once, only the one whose change is kept makes a new key.
    const replaced = await store.change(id, (before) => {
      requireRotatable(before, nowMs());
      return rotatedAway(before, identity.id, nowMs(), graceSeconds);
    });
    const record = successorOf(replaced, identity);
    await store.add(record).catch(async (error: unknown) => {
      // Without its successor the old key would end, and could not be rotated again.
      await store.change(id, (now) => (now.replacedBy === identity.id ? { ...now, ...unrotated(old) } : now));
      throw error;
    });
    const key = withoutDigest(record);
    host.record(KeyRotated, { key, replaced: withoutDigest(replaced), actor }, streamOf(id));
    settle(key);
    settle(withoutDigest(replaced));
    return { secret, key, replaced: withoutDigest(replaced) };
  }

  return {
    async create(settings, environment = options.environment, actor) {
      requireFuture(settings.expiresAt);
      const { secret, ...identity } = fresh(environment);
      const record: KeyRecord = { ...settings, ...identity, ...untouched, isImported: false };
      await store.add(record);
      const key = withoutDigest(record);
      host.record(KeyCreated, { key, actor }, streamOf(key.id));
      return { secret, key };
    },

    async importByDigest(settings, digest, start, actor) {
      requireFuture(settings.expiresAt);
      requireNoKey(start, digest);
      const identity = { id: host.newId(), start, digest, createdAt: at(), environment: options.environment };
      const record: KeyRecord = { ...settings, ...identity, ...untouched, isImported: true };
      await store.add(record);
      const key = withoutDigest(record);
      host.record(KeyImported, { key, actor }, streamOf(key.id));
      return key;
    },

    async update(id, settings, actor) {
      requireFuture(settings.expiresAt);
      const record = await store.change(id, (before) => {
        if (statusOf(before, nowMs()) === 'revoked')
          throw new OutriderError('key_not_active', 'It was revoked.');
        return { ...before, ...settings };
      });
      const key = withoutDigest(record);
      host.record(KeyUpdated, { key, actor, changed: Object.keys(settings) }, streamOf(id));
      settle(key);
      return key;
    },

    rotate: (id, graceSeconds = options.graceSeconds, actor) => rotated(id, graceSeconds, actor),

    async rotateSealed(id) {
      const { key } = await rotated(id, options.graceSeconds, scheduler, async (secret, record) => {
        if (record.sealTo !== null) await store.keepSealed(record.id, sealed(secret, record.sealTo));
      });
      host.raise(collectFinding(key));
    },

    async revoke(id, reason, actor) {
      if (index.byId(id)?.record.revokedAt) await store.announce(id);
      const record = await store.change(id, (before) => {
        if (before.revokedAt !== null) throw new OutriderError('key_not_active', 'It was revoked before.');
        return { ...before, revokedAt: at() };
      });
      const key = withoutDigest(record);
      host.record(KeyRevoked, { key, actor, reason }, streamOf(id));
      settle(key);
      return key;
    },

    async endGrace(id) {
      const record = await store.change(id, (before) => {
        if (statusOf(before, nowMs()) !== 'rotating')
          throw new OutriderError('key_not_active', 'It is not being rotated.');
        return { ...before, graceEndsAt: at() };
      });
      // Told here, so the schedule does not tell it again as the grace being over.
      await store.claim(`ended/${id}/${endMsOf(record)}`);
      host.record(KeyEnded, { key: withoutDigest(record), reason: 'silent', actor: scheduler }, streamOf(id));
    },
  };
}

/** A short key as its own beginning would stand in every list. */
function requireNoKey(start: string, digest: string): void {
  if (digestOf(start) === digest)
    throw new OutriderError('input_invalid', 'start must not be the whole key.', {
      issues: [{ path: 'start', message: 'Give only how the key begins.' }],
    });
}

/** Whoever does what only time asked for. */
export const scheduler: Principal = { kind: 'plugin', id: 'api-keys', label: 'rotation schedule' };

const untouched = {
  revokedAt: null,
  rotatedAt: null,
  graceEndsAt: null,
  replacedBy: null,
  replaces: null,
} as const;

const unrotated = ({ replacedBy, rotatedAt, graceEndsAt }: KeyRecord) => ({
  replacedBy,
  rotatedAt,
  graceEndsAt,
});

function requireRotatable(key: KeyRecord, nowMs: number): void {
  const status = statusOf(key, nowMs);
  if (status === 'rotating')
    throw new OutriderError('key_not_active', `It was rotated to ${key.replacedBy} before.`);
  if (status !== 'active') throw new OutriderError('key_not_active', `It is ${status}.`);
}

/** How a key is kept: SHA-256 suffices for a secret of 190 random bits, which nobody can try through. */
export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** RSA-OAEP with SHA-256 (RFC 8017 §7.1), base64; any cryptographic library opens it. */
function sealed(secret: string, publicKeyPem: string): string {
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  return publicEncrypt({ key: publicKeyPem, padding, oaepHash: 'sha256' }, Buffer.from(secret)).toString(
    'base64',
  );
}

function collectFinding(key: PublicKey): Finding {
  return {
    key: `api-keys/collect:${key.id}`,
    rule: 'api-keys/collect',
    severity: 'hint',
    title: `The API key “${key.label}” was rotated by its schedule`,
    advice:
      'Collect the sealed successor with `outrider keys collect`, open it with the private key, and put it in use.',
    evidence: [],
    details: { command: 'api-keys/open', input: { id: key.id } },
  };
}
