import { z } from 'zod';
import { event } from '../../shared/index.ts';
import { publicKey } from './key-record.ts';

const actor = z.object({ kind: z.string(), id: z.string(), label: z.string() });

/** Every change of a key's state, in its stream `api-keys/<id>`. `key` is the state after; never a secret, never a digest. */
export const KeyCreated = event('api-keys/created', 'forever', z.object({ key: publicKey, actor }));
export const KeyImported = event('api-keys/imported', 'forever', z.object({ key: publicKey, actor }));
export const KeyUpdated = event(
  'api-keys/updated',
  'forever',
  z.object({ key: publicKey, actor, changed: z.array(z.string()) }),
);
export const KeyRotated = event(
  'api-keys/rotated',
  'forever',
  z.object({ key: publicKey, replaced: publicKey, actor }),
);
export const KeyRevoked = event(
  'api-keys/revoked',
  'forever',
  z.object({ key: publicKey, actor, reason: z.string() }),
);
/** A key ended by itself: it expired, its grace was over, or nobody used it any more during its grace. */
export const KeyEnded = event(
  'api-keys/ended',
  'forever',
  z.object({
    key: publicKey,
    reason: z.enum(['expired', 'grace over', 'silent']),
    /** The schedule. */
    actor: actor.default({ kind: 'plugin', id: 'api-keys', label: 'schedule' }),
  }),
);
/** What the summaries of exchanges do not tell about keys, since the last such event: database time and clients. */
export const KeysUsed = event(
  'api-keys/used',
  'days',
  z.object({
    /** Joined from `sql/finished`. */
    databaseTime: z.array(
      z.object({
        keyId: z.string(),
        method: z.string(),
        route: z.string(),
        statements: z.number().int(),
        databaseMs: z.number(),
      }),
    ),
    clients: z.array(z.object({ keyId: z.string(), address: z.string(), requests: z.number().int() })),
  }),
);
export type UsedSince = z.output<typeof KeysUsed.schema>;

export const keyEvents = [KeyCreated, KeyImported, KeyUpdated, KeyRotated, KeyRevoked, KeyEnded];
