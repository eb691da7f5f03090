import type { CallSite } from './call-site.ts';
import { tagsOf, traceIdOf, type Tags } from './comments.ts';
import type { Joined } from './join.ts';
import type { BoundValues, ParameterTexts } from './parameters.ts';
import type { ServerError } from './messages.ts';
import type { Hidden } from './redact.ts';
import { NameTable } from './name-table.ts';
import type { ResultSeen } from './result-meter.ts';
import { SentQueue } from './sent-queue.ts';
import type { Shape } from './shape.ts';

/** A statement's text as one Parse or Query gave it, with what was found out about it so far. */
export interface Statement {
  readonly text: string;
  readonly tags: Tags | null;
  readonly traceId: string | null;
  /** By Parse, or later by the server's ParameterDescription; empty while not known. */
  typeOids: readonly number[];
  /** By the server's RowDescription, where the client asked for it once and for all. */
  columns: readonly string[] | null;
  /** How often it was executed: a prepared statement's trace context is true of its first use only. */
  uses: number;
  /** Shape, redaction and call site, once it was told of. */
  known: Known | null;
}

/** What a client tells of one use of a statement; it wins over what the statement's text says. */
export interface Note {
  readonly tags: Tags;
  readonly traceId: string | null;
}

export interface Known {
  readonly shape: Shape;
  readonly hidden: Hidden | null;
  /** The line of code that the text's own tags name. */
  readonly where: CallSite | null;
}

/** A statement bound to values; executed once, or many times as a cursor. */
export interface Portal {
  readonly statement: Statement;
  readonly note: Note | null;
  values: BoundValues | null;
  texts: ParameterTexts | null;
  joined: Joined | null;
}

/** One execution that ended, with all that is needed to tell of it later. */
export interface Execution {
  readonly statement: Statement;
  readonly portal: Portal | null;
  readonly joined: Joined;
  readonly startedMs: number;
  readonly endedMs: number;
  /** The command tag; empty when it did not complete. */
  readonly tag: string;
  /** Rows counted on the way, for executions without a tag. */
  readonly rowsSeen: number;
  /** Of some executions: their columns, and what came for each. */
  readonly result: ResultSeen | null;
  readonly transaction: TransactionState;
  readonly isPartial: boolean;
  readonly error: ServerError | null;
  readonly session: Session;
}

export type TransactionState = 'I' | 'T' | 'E';

/** Who is connected. */
export interface SessionFacts {
  /** Number of the connection since the tap started. */
  readonly connection: number;
  readonly database: string;
  readonly user: string;
}

/** What both directions of one connection know together. */
export class Session {
  readonly facts: SessionFacts;
  readonly sent = new SentQueue();
  readonly statements = new NameTable<Statement>(({ text }) => text.length);
  readonly portals = new NameTable<Portal>(({ values }) => values?.bytes.length ?? 0);
  /** Time of the piece of bytes being looked at, in milliseconds since 1970. */
  nowMs = 0;
  /** When the last execution ended: the next one in the pipeline began then. */
  completedMs = 0;
  transaction: TransactionState = 'I';
  /** The exchange that the open transaction was attributed to. */
  affinity: Joined | null = null;
  /** Told of the statement that is bound next. */
  note: Note | null = null;
  isAuthenticated = false;
  /** After an error PostgreSQL ignores everything up to the next Sync. */
  isSkipping = false;
  /** During COPY FROM STDIN PostgreSQL ignores Sync and Flush. */
  isCopyingIn = false;
  /** Refused statements whose error has not come back yet. */
  refusalsPending = 0;

  constructor(facts: SessionFacts) {
    this.facts = facts;
  }

  get isIdle(): boolean {
    return this.isAuthenticated && this.transaction === 'I' && this.sent.length === 0;
  }
}

export function statementOf(text: string, typeOids: readonly number[] = []): Statement {
  const tags = tagsOf(text);
  return { text, tags, traceId: traceIdOf(tags), typeOids, columns: null, uses: 0, known: null };
}
