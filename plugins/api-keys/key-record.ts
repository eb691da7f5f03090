import { createPublicKey } from 'node:crypto';
import { z } from 'zod';
import { addressRange } from './addresses.ts';
import { scopePattern } from './scopes.ts';

const moment = z.iso.datetime({ offset: true });

/** So many requests in so many seconds, as a bucket that holds `burst` and refills evenly. */
export const rateLimit = z.strictObject({
  requests: z.coerce.number().int().positive().max(1e6),
  seconds: z.coerce.number().positive().max(86_400).default(1),
  /** How many may come at once; `requests` when left out. */
  burst: z.coerce.number().int().positive().max(1e6).optional(),
});
export type RateLimit = z.output<typeof rateLimit>;

/** How much a key may use per UTC day and month. */
export const quota = z.strictObject({
  dayRequests: z.coerce.number().int().positive().optional(),
  monthRequests: z.coerce.number().int().positive().optional(),
  dayDatabaseMs: z.coerce.number().positive().optional(),
  monthDatabaseMs: z.coerce.number().positive().optional(),
});
export type Quota = z.output<typeof quota>;

/** What a person may set on a key. */
export const keySettings = z.object({
  label: z.string().min(1, 'Write what the key is for.').max(200),
  owner: z.string().max(200).nullable(),
  metadata: z.record(z.string().max(100), z.string().max(1000)),
  scopes: z.array(scopePattern).max(200),
  /** Ranges the key may be used from; none: from anywhere. */
  addresses: z.array(addressRange).max(200),
  rateLimit: rateLimit.nullable(),
  quota: quota.nullable(),
  expiresAt: moment.nullable(),
  rotateEveryDays: z.coerce.number().positive().max(3650).nullable(),
  /**
   * An RSA public key (PEM, 2,048 bits or more) of whoever holds this key. With it the schedule rotates by itself
   * and leaves the new key sealed for that holder; without it a finding says that the rotation is due.
   */
  sealTo: z
    .string()
    .max(10_000)
    .refine(isSealingKey, 'Give an RSA public key as PEM, 2,048 bits or more.')
    .nullable(),
});
export type KeySettings = z.output<typeof keySettings>;

/** A key without anything secret: what events, panels and lists carry. */
export const publicKey = keySettings.extend({
  id: z.string(),
  /** The first characters, to tell keys apart: `sc_live_ab12`; what the importer said for imported keys. */
  start: z.string(),
  environment: z.string(),
  createdAt: moment,
  revokedAt: moment.nullable(),
  rotatedAt: moment.nullable(),
  /** When its grace ends, once it was rotated. */
  graceEndsAt: moment.nullable(),
  replacedBy: z.string().nullable(),
  replaces: z.string().nullable(),
  isImported: z.boolean(),
});
export type PublicKey = z.output<typeof publicKey>;

/** A key as it is kept: the digest is the SHA-256 of the whole key, hexadecimal. */
export const keyRecord = publicKey.extend({ digest: z.string().regex(/^[0-9a-f]{64}$/) });
export type KeyRecord = z.output<typeof keyRecord>;

export type KeyStatus = 'active' | 'rotating' | 'expired' | 'revoked';

export function statusOf(key: PublicKey, nowMs: number): KeyStatus {
  if (key.revokedAt !== null) return 'revoked';
  if (endMsOf(key) <= nowMs) return 'expired';
  return key.replacedBy === null ? 'active' : 'rotating';
}

/** When the key ends by itself, in milliseconds since 1970; Infinity for never. */
export function endMsOf(key: Pick<PublicKey, 'expiresAt' | 'graceEndsAt'>): number {
  return Math.min(msOf(key.expiresAt), msOf(key.graceEndsAt));
}

/**
 * The old key after a rotation: it ends at the earlier of its own expiry and now + grace. A grace that was set
 * before is never put off, so a rotation extends nothing.
 */
export function rotatedAway(
  old: KeyRecord,
  successorId: string,
  nowMs: number,
  graceSeconds: number,
): KeyRecord {
  const endsMs = Math.min(endMsOf(old), nowMs + graceSeconds * 1000);
  return {
    ...old,
    replacedBy: successorId,
    rotatedAt: new Date(nowMs).toISOString(),
    graceEndsAt: new Date(endsMs).toISOString(),
  };
}

/** What the new key takes over from the old: everything a person set, its expiry too. */
export function successorOf(
  old: KeyRecord,
  fresh: Pick<KeyRecord, 'id' | 'start' | 'digest' | 'createdAt' | 'environment'>,
): KeyRecord {
  return {
    ...old,
    ...fresh,
    replaces: old.id,
    replacedBy: null,
    rotatedAt: null,
    graceEndsAt: null,
    revokedAt: null,
    isImported: false,
  };
}

/** The schema says what is public; everything else is left out. */
export function withoutDigest(record: KeyRecord): PublicKey {
  return publicKey.parse(record);
}

function isSealingKey(pem: string): boolean {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
  } catch {
    // Not a PEM of a public key at all.
    return false;
  }
}

function msOf(at: string | null): number {
  return at === null ? Infinity : Date.parse(at);
}
