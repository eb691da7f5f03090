import { z } from 'zod';

/** The options of the plugin; times in milliseconds where the name says so. */
export const options = z.strictObject({
  /** A statement that takes so long or longer is slow. */
  thresholdMs: z.number().positive().default(1000),
  /** Thresholds of single fingerprints, in ms; they win over routes. */
  fingerprints: z.record(z.string(), z.number().positive()).default({}),
  /** Thresholds of statements caused by one route, in ms, by `GET /agents/:id`. */
  routes: z.record(z.string(), z.number().positive()).default({}),
  /** The plan of one fingerprint is asked for at most this often. */
  explainAgainSeconds: z.number().positive().default(600),
  /** Who waits for whose lock is sampled once a second while statements run. */
  watchLocks: z.boolean().default(true),
  /** A transaction in which nothing is asked for so long is told. */
  idleInTransactionMs: z.number().positive().default(1000),
  /** A request that waits so long for a connection of its backend's pool is told. */
  poolWaitMs: z.number().positive().default(500),
  /** The plan of the busiest statement whose plan is not known is asked for this often, so that a change is noticed. */
  planEverySeconds: z.number().positive().default(15),
  /** A p95 that leaves its own history. */
  regressions: z
    .strictObject({
      factor: z.number().min(1.5).default(3),
      leastCalls: z.number().int().min(5).default(20),
      leastMs: z.number().positive().default(20),
      windowSeconds: z.number().positive().default(60),
    })
    .prefault({}),
  /** Columns read that no reply carries: told when so many exchanges agree and each reads so much for nothing. */
  overFetch: z
    .strictObject({
      exchanges: z.number().int().min(3).default(5),
      leastKiB: z.number().positive().default(4),
    })
    .prefault({}),
  /** Advice for the whole workload: what the indexes may take together, and how often it is given unasked after slow ones. */
  indexes: z
    .strictObject({
      budgetMiB: z.number().positive().default(4096),
      adviseEverySeconds: z.number().min(60).default(300),
    })
    .prefault({}),
});
export type Options = z.output<typeof options>;
