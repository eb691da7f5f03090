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
  z.object({ key: publicKey, reason: z.enum(['expired', 'grace over', 'silent']) }),
);
/** Time the database spent for each key and route, since the last such event; joined from `sql/finished`. */
export const DatabaseTimeUsed = event(
  'api-keys/database-time-used',
  'days',
  z.object({
    rows: z.array(
      z.object({
        keyId: z.string(),
        method: z.string(),
        route: z.string(),
        statements: z.number().int(),
        databaseMs: z.number(),
      }),
    ),
  }),
);

export const keyEvents = [KeyCreated, KeyImported, KeyUpdated, KeyRotated, KeyRevoked, KeyEnded];
