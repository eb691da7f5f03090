import { z } from 'zod';
import { apiKeyEnvironmentPattern, apiKeyPrefixPattern } from '../../shared/index.ts';
import { scopePattern } from './scopes.ts';

/** What the operator may set; `{}` is valid. */
export const optionsSchema = z.strictObject({
  /** The first letters of every key, so that scanners know whose it is. */
  prefix: z.string().regex(apiKeyPrefixPattern).default('sc'),
  /** The environment of new keys unless they name another. */
  environment: z.string().regex(apiKeyEnvironmentPattern).default('live'),
  /** Header fields a key may come in, the first found counts. `authorization` takes the scheme Bearer. */
  headers: z.array(z.string().toLowerCase()).min(1).default(['x-api-key', 'authorization']),
  /** A query parameter a key may come in. Left out: none, since addresses end up in logs. */
  queryParameter: z.string().optional(),
  /** Routes that need no key: `GET /health`, `/docs/*`. */
  publicRoutes: z.array(scopePattern).default([]),
  /** How long a rotated key goes on beside its successor, unless the rotation says otherwise. */
  graceSeconds: z
    .number()
    .min(0)
    .max(90 * 86_400)
    .default(86_400),
  /** A rotated key that was not used for so long ends before its grace does. Left out: it waits for the grace. */
  silenceSeconds: z.number().positive().optional(),
  /** How often expiries, ends and rotations that are due are looked for. */
  scheduleSeconds: z.number().min(1).max(3600).default(60),
  /** How many days before its end a key is reported. */
  warnDays: z.array(z.number().positive()).default([14, 3, 1]),
  /** So many wrong keys from one source within `failureSeconds` and it has to wait for the rest of them. */
  failures: z.number().int().positive().default(20),
  failureSeconds: z.number().positive().default(60),
});

export type Options = z.output<typeof optionsSchema>;
