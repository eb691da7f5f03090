import type { z } from 'zod';
import type { SqlFinished } from '../../shared/index.ts';

type Finished = z.output<typeof SqlFinished.schema>;

/** One statement of an exchange, as much of it as the rule needs. */
export interface StatementSeen extends Pick<
  Finished,
  | 'fingerprint'
  | 'text'
  | 'parameters'
  | 'command'
  | 'reads'
  | 'writes'
  | 'rows'
  | 'durationMs'
  | 'connection'
  | 'isPartial'
> {
  readonly position: number;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  readonly isFailed: boolean;
}

/** The statements of one exchange in the order in which they started. */
export interface Trace {
  readonly exchangeId: string;
  readonly traceId: string;
  readonly route: string;
  readonly statements: readonly StatementSeen[];
}
