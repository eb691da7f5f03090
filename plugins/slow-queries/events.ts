import { z } from 'zod';
import { codeLocation, event } from '../../shared/index.ts';

/** A statement took as long as the threshold or longer. */
export const SlowQuerySeen = event(
  'slow-queries/seen',
  'days',
  z.object({
    fingerprint: z.string(),
    text: z.string(),
    durationMs: z.number(),
    rows: z.number().int(),
    exchangeId: z.string().nullable(),
    /** Position of its `sql/finished`; 0 when that was sampled away. */
    statementPosition: z.number().int(),
    where: codeLocation.optional(),
  }),
);

/** The plan PostgreSQL would make for it, asked for at most once in a while for each fingerprint. */
export const SlowQueryExplained = event(
  'slow-queries/explained',
  'days',
  z.object({
    fingerprint: z.string(),
    text: z.string(),
    totalCost: z.number(),
    /** The root node of PostgreSQL's JSON plan. */
    plan: z.record(z.string(), z.unknown()),
    diagnoses: z.array(z.object({ title: z.string(), advice: z.string() })),
  }),
);

/** An index that would help, with everything needed to make and to unmake it. */
export const IndexSuggested = event(
  'slow-queries/index-suggested',
  'forever',
  z.object({
    fingerprint: z.string(),
    text: z.string(),
    schema: z.string(),
    table: z.string(),
    columns: z.array(z.string()),
    ddl: z.string(),
    undo: z.string(),
    costBefore: z.number(),
    /** The planner's cost with the index; null when it could not be asked. */
    costAfter: z.number().nullable(),
  }),
);
