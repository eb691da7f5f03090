import type { PostgresPlanNode } from '../../../shared/index.ts';
import type { OverFetched } from '../over-fetch/over-fetch.ts';
import type { Facts } from './facts.ts';
import type { LockWait } from './lock-watch.ts';

/** A statement, its plan, and what was seen of its execution. */
export interface Case {
  readonly text: string;
  readonly parameters: readonly (string | null)[];
  readonly root: PostgresPlanNode;
  readonly facts: Facts;
  /** Null when it was not executed: somebody asks for a plan. */
  readonly execution: Execution | null;
}

export interface Execution {
  readonly durationMs: number;
  /** Rows returned or changed, as PostgreSQL's command tag says; null for a part of a cursor. */
  readonly rows: number | null;
  /** Who held what it waited for, as sampled while it ran. */
  readonly lockWaits: readonly LockWait[];
  /** What its columns weigh that replies do not carry, once that is known. */
  readonly overFetch?: OverFetched | null;
}
