import type { z } from 'zod';
import type { SqlFinished } from '../../shared/index.ts';

/** What the tap told of one statement. */
export type StatementFact = z.output<typeof SqlFinished.schema>;

/** One statement of an exchange, as much of it as the rule needs. */
export interface StatementSeen extends Pick<
  StatementFact,
  | 'fingerprint'
  | 'text'
  | 'parameters'
  | 'command'
  | 'reads'
  | 'writes'
  | 'rows'
  | 'durationMs'
  | 'connection'
  | 'transaction'
  | 'isPartial'
  | 'tags'
  | 'where'
> {
  readonly position: number;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  /** Null when it succeeded. */
  readonly sqlstate: string | null;
}

export function seenOf(fact: StatementFact, position: number): StatementSeen {
  return {
    ...fact,
    position,
    startedMs: Date.parse(fact.startedAt),
    sqlstate: fact.error?.sqlstate ?? null,
  };
}

/** The statements of one exchange in the order in which they started. */
export interface Trace {
  readonly exchangeId: string;
  readonly traceId: string;
  readonly route: string;
  readonly statements: readonly StatementSeen[];
}
