import type { Attribution, SqlVerdict, StatementAttempt } from '../../shared/index.ts';
import type { CallSite } from './call-site.ts';
import type { ResultSeen } from './result-meter.ts';

/** What the SQL tap asks of the plugin host. */
export interface StatementPipeline {
  /** True while a `beforeSql` guard is configured: only then are client frames held for a verdict. */
  isGuarded(): boolean;
  /** Never throws, never rejects; answers at once where the guards do. */
  check(attempt: StatementAttempt): SqlVerdict | Promise<SqlVerdict>;
  /** One call for each completed execution, in completion order of its connection. The host records it. */
  finished(statement: FinishedStatement): void;
}

export interface FinishedStatement {
  readonly exchangeId: string | null;
  readonly traceId: string | null;
  readonly attribution: Attribution;
  readonly fingerprint: string;
  /** Cut at 16 KiB. */
  readonly text: string;
  /** As text, redacted by rule; null is SQL NULL, `[binary]` a binary value of an unknown type. */
  readonly parameters: readonly (string | null)[];
  readonly command: string;
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly rows: number;
  /** Of some executions: their columns, and the bytes of each in the first rows. */
  readonly result: ResultSeen | null;
  readonly durationMs: number;
  /** Milliseconds since 1970, with a fraction. */
  readonly startedAtMs: number;
  readonly connection: number;
  readonly database: string;
  readonly user: string;
  readonly transaction: 'I' | 'T' | 'E';
  readonly isPartial: boolean;
  readonly error: { readonly sqlstate: string; readonly message: string } | null;
  readonly tags: Readonly<Record<string, string>> | null;
  /** The line of code that sent it, where the tags name one. */
  readonly where: CallSite | null;
}

/** The exchanges in flight, as the join sees them; kept by the host on `began` and `finished`. */
export interface InFlight {
  /** Number of exchanges in flight. */
  size(): number;
  byTrace(traceId: string): InFlightExchange | undefined;
  /** In order of their start, the newest last. */
  all(): Iterable<InFlightExchange>;
}

export interface InFlightExchange {
  readonly id: string;
  readonly traceId: string;
  readonly startedMs: number;
  /** Values of the request a parameter may equal: path segments and query values, computed once when first asked for. */
  values(): ReadonlySet<string>;
}
