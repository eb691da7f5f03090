/** The figures of the failure policy (ARCHITECTURE.md), in one place. */
export const policy = {
  setupMs: 10_000,
  /** Every request waits for a guard, so a late one counts as failed. */
  guardMs: 50,
  /** A plugin's own time around the backend call, before and after it; the backend has its own limit. */
  aroundMs: 30_000,
  reactionMs: 30_000,
  commandMs: 30_000,
  disposeMs: 5_000,
  /** How long a plugin that is stopped or replaced may finish what it has begun. */
  retireMs: 30_000,
  /** How long a command waits for its facts to be durable before it is answered with an error. */
  flushMs: 5_000,
  /** This many failures … */
  failures: 5,
  /** … in this time suspend a hook … */
  failureWindowMs: 60_000,
  /** … for this long, since most faults pass; twice as long each time the trial after it fails … */
  firstSuspensionMs: 1_000,
  /** … up to this. */
  suspensionMs: 30_000,
  /** Events waiting for one plugin's reactions; more are dropped and counted. */
  queuedReactions: 10_000,
  /** Failed and slow exchanges and statements per second exempt from sampling; a flood of them is sampled like any other. */
  importantPerSecond: 1_000,
  /** Exchanges that change something, likewise: each of them has its audit event besides. */
  changesPerSecond: 200,
  /** An exchange or statement this slow is never sampled away. */
  slowMs: 1_000,
} as const;
