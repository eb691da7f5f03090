import { z } from 'zod';
import { codeLocation, event } from '../../shared/index.ts';

const parameters = z.array(z.string().nullable());

/** One exchange did something again and again. */
export const RepetitionSeen = event(
  'n-plus-one/seen',
  'days',
  z.object({
    kind: z.enum(['n-plus-one', 'duplicate']),
    route: z.string(),
    exchangeId: z.string(),
    fingerprint: z.string(),
    /** One of the repeated statements and its parameters. */
    text: z.string(),
    parameters: parameters.optional(),
    count: z.number().int(),
    /** Of all executions together. */
    totalMs: z.number(),
    /** From the beginning of the first to the end of the last. */
    spanMs: z.number().optional(),
    isWrite: z.boolean(),
    /** What the repetition follows. */
    parent: z.object({ text: z.string(), rows: z.number().int() }).nullable(),
    orm: z.string(),
    fix: z.string(),
    /** The one statement that would do; null where it cannot be read off the repeated one. */
    batched: z.string().nullable(),
    batchedParameters: parameters.optional(),
    where: codeLocation.optional(),
  }),
);

/** One client asked for many things of a kind, one by one. */
export const BurstSeen = event(
  'n-plus-one/burst-seen',
  'days',
  z.object({
    who: z.string(),
    /** `GET /agents/:id` */
    route: z.string(),
    count: z.number().int(),
    totalMs: z.number(),
    /** The route that is proposed. */
    batchRoute: z.string().optional(),
  }),
);
