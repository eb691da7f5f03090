import { z } from 'zod';
import { event } from '../../shared/index.ts';

/** One exchange did something again and again. */
export const RepetitionSeen = event(
  'n-plus-one/seen',
  'days',
  z.object({
    kind: z.enum(['n-plus-one', 'duplicate']),
    route: z.string(),
    exchangeId: z.string(),
    fingerprint: z.string(),
    text: z.string(),
    count: z.number().int(),
    totalMs: z.number(),
    isWrite: z.boolean(),
    /** What the repetition follows. */
    parent: z.object({ text: z.string(), rows: z.number().int() }).nullable(),
    orm: z.string(),
    fix: z.string(),
    /** The one statement that would do; null where it cannot be written by changing one place. */
    batched: z.string().nullable(),
  }),
);

/** One client asked for many things of a kind, one by one. */
export const BurstSeen = event(
  'n-plus-one/burst-seen',
  'days',
  z.object({ who: z.string(), route: z.string(), count: z.number().int(), totalMs: z.number() }),
);
