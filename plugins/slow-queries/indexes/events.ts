import { z } from 'zod';
import { event } from '../../../shared/index.ts';

const served = z.object({
  fingerprint: z.string(),
  text: z.string(),
  costBefore: z.number(),
  costAfter: z.number(),
  p95BeforeMs: z.number(),
  p95ExpectedMs: z.number(),
  routes: z.array(z.object({ route: z.string(), p95BeforeMs: z.number(), p95ExpectedMs: z.number() })),
});

export const advisedIndex = z.object({
  name: z.string(),
  schema: z.string(),
  table: z.string(),
  ddl: z.string(),
  undo: z.string(),
  /** What must be there first, e.g. an extension. */
  requires: z.array(z.string()),
  bytes: z.number(),
  /** `hypopg` when the server's own planner uses it too. */
  evidence: z.enum(['what-if', 'hypopg']),
  /** What the recorded writes would have paid for it. */
  upkeepMs: z.number(),
  serves: z.array(served),
});
export type ToldIndex = z.output<typeof advisedIndex>;

export const unneededIndex = z.object({
  name: z.string(),
  schema: z.string(),
  table: z.string(),
  reason: z.enum(['unused', 'duplicate', 'invalid']),
  servedBy: z.string().nullable(),
  bytes: z.number(),
  ddl: z.string(),
  undo: z.string(),
});

/** The set of indexes that would serve the recorded workload, and those that only cost. */
export const IndexesAdvised = event(
  'slow-queries/indexes-advised',
  'forever',
  z.object({
    statements: z.number().int(),
    indexes: z.array(advisedIndex),
    unneeded: z.array(unneededIndex),
    unverified: z.array(z.string()),
    tookMs: z.number(),
  }),
);

/** A migration was written for the user to run: what it promises is looked at afterwards. */
export const IndexMigrationWritten = event(
  'slow-queries/index-migration-written',
  'forever',
  z.object({ format: z.string(), fileName: z.string(), indexes: z.array(advisedIndex) }),
);

/** What a promised index brought, once it is there and was used for a while. */
export const IndexDelivered = event(
  'slow-queries/index-delivered',
  'forever',
  z.object({
    name: z.string(),
    fingerprint: z.string(),
    text: z.string(),
    p95BeforeMs: z.number(),
    p95PromisedMs: z.number(),
    p95Ms: z.number(),
    calls: z.number().int(),
  }),
);
