import { z } from 'zod';
import { codeLocation, durationBuckets, event } from '../../shared/index.ts';
import { diagnosis } from './diagnose/diagnosis.ts';

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
    diagnoses: z.array(diagnosis),
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

const planOnce = z.object({
  totalCost: z.number(),
  /** The root node of PostgreSQL's JSON plan. */
  plan: z.record(z.string(), z.unknown()),
});

/** A plan of a shape that was not seen of this fingerprint the last time. */
export const PlanSeen = event(
  'slow-queries/plan-seen',
  'days',
  planOnce.extend({
    fingerprint: z.string(),
    text: z.string(),
    /** Node types, tables and indexes, without figures. */
    shape: z.string(),
    /** The plan it took the place of; null for the first one. */
    before: planOnce.nullable(),
  }),
);

/** The p95 of a fingerprint left its own history. */
export const RegressionSeen = event(
  'slow-queries/regression-seen',
  'days',
  z.object({
    fingerprint: z.string(),
    text: z.string(),
    p95BeforeMs: z.number(),
    p95Ms: z.number(),
    calls: z.number().int(),
    seconds: z.number(),
  }),
);

/** A slow statement was waiting for a lock when it was looked at. */
export const LockWaitSeen = event(
  'slow-queries/lock-wait-seen',
  'days',
  z.object({
    fingerprint: z.string(),
    text: z.string(),
    exchangeId: z.string().nullable(),
    durationMs: z.number(),
    samples: z.number().int(),
    holder: z.object({
      pid: z.number().int(),
      user: z.string(),
      application: z.string(),
      state: z.string(),
      text: z.string(),
      transactionMs: z.number(),
    }),
  }),
);

/** Nothing was asked inside an open transaction for a while. */
export const IdleInTransactionSeen = event(
  'slow-queries/idle-in-transaction-seen',
  'days',
  z.object({
    connection: z.number().int(),
    user: z.string(),
    exchangeId: z.string().nullable(),
    gapMs: z.number(),
    before: z.string(),
    after: z.string(),
  }),
);

/** A statement returns columns that no reply made of its rows carried; how that is concluded stands in over-fetch/over-fetch.ts. */
export const OverFetchSeen = event(
  'slow-queries/over-fetch-seen',
  'days',
  z.object({
    fingerprint: z.string(),
    text: z.string(),
    routes: z.array(z.string()),
    exchanges: z.number().int(),
    /** Means of one exchange. */
    rows: z.number(),
    readBytes: z.number(),
    unsentBytes: z.number(),
    replyBytes: z.number(),
    /** Mean bytes of one row. */
    unsent: z.array(z.object({ name: z.string(), bytes: z.number() })),
    allColumns: z.array(z.string()),
    isStar: z.boolean(),
    confidence: z.enum(['high', 'fair']),
    /** The statement without them; null where it cannot be written. */
    sql: z.string().nullable(),
  }),
);

/** An exchange waited for a connection of the backend's pool; how that is concluded stands in diagnose/pool-waits.ts. */
export const PoolWaitSeen = event(
  'slow-queries/pool-wait-seen',
  'days',
  z.object({
    exchangeId: z.string(),
    route: z.string(),
    gapMs: z.number(),
    busyMs: z.number(),
    connections: z.number().int(),
    text: z.string(),
    heldBy: z.string(),
  }),
);

/** What the exchanges of each route asked of the database since the last time. */
export const RoutesCounted = event(
  'slow-queries/routes-counted',
  'days',
  z.object({
    rows: z.array(
      z.object({
        route: z.string(),
        exchanges: z.number().int(),
        statements: z.number().int(),
        /** Of the exchanges themselves. */
        durationMsSum: z.number(),
        sqlMsSum: z.number(),
        sqlMsMax: z.number(),
        /** Exchanges by the time of all their statements. */
        buckets: durationBuckets,
        /** The shape that took most of the time. */
        dearest: z.object({ text: z.string(), ms: z.number() }),
      }),
    ),
  }),
);
