import { SqlFinished, SqlSummary } from '../../shared/index.ts';
import { isoTimes } from '../record/iso-time.ts';
import type { Recorder } from '../record/recorder.ts';
import type { FinishedStatement } from '../sql/statements.ts';
import { Durations, rounded } from './durations.ts';
import { policy } from './policy.ts';

/** Records completed statements: one event each (sampled by the recorder), and exact counts once a second. */
export interface SqlFacts {
  finished(statement: FinishedStatement): void;
  /** Records the summary of the time since the last call, when there were statements; counts them. */
  summarise(seconds: number, connections: SqlConnections, sampledAway: number): number;
}

export interface SqlConnections {
  readonly connections: number;
  readonly opaqueConnections: number;
}

export function createSqlFacts({ record }: Pick<Recorder, 'record'>): SqlFacts {
  const rows = new SqlRows();
  const isoTime = isoTimes();
  let importantNow = 0;
  return {
    finished(statement) {
      rows.add(statement);
      record(SqlFinished, factOf(statement, isoTime), {
        exchangeId: statement.exchangeId,
        traceId: statement.traceId,
        atMs: statement.startedAtMs + statement.durationMs,
        isImportant: isImportant(statement) && (importantNow += 1) <= policy.importantPerSecond,
      });
    },
    summarise(seconds, { connections, opaqueConnections }, sampledAway) {
      importantNow = 0;
      if (rows.isEmpty) return 0;
      const taken = rows.take();
      record(SqlSummary, { seconds, rows: taken, sampledAway, connections, opaqueConnections });
      return taken.reduce((total, { count }) => total + count, 0);
    },
  };
}

const isImportant = ({ error, durationMs }: FinishedStatement): boolean =>
  error !== null || durationMs >= policy.slowMs;

/** Field by field, and absent ones undefined: an object that is spread, or has fields now and then, costs ten times as much. */
function factOf(
  statement: FinishedStatement,
  isoTime: (ms: number) => string,
): (typeof SqlFinished)['schema']['_zod']['output'] {
  const { error, tags, where, result } = statement;
  return {
    exchangeId: statement.exchangeId,
    attribution: statement.attribution,
    fingerprint: statement.fingerprint,
    text: statement.text,
    // The recorder keeps what it is given and nobody writes to these lists, so a copy would only cost time.
    parameters: statement.parameters as (string | null)[],
    command: statement.command,
    reads: statement.reads as string[],
    writes: statement.writes as string[],
    rows: statement.rows,
    result: result === null ? undefined : { rows: result.rows, columns: [...result.columns] },
    durationMs: rounded(statement.durationMs),
    startedAt: isoTime(statement.startedAtMs),
    connection: statement.connection,
    database: statement.database,
    user: statement.user,
    transaction: statement.transaction,
    isPartial: statement.isPartial,
    error: error ?? undefined,
    where: where ?? undefined,
    tags: tags === null ? undefined : { ...tags },
  };
}

interface SqlRow {
  readonly fingerprint: string;
  readonly text: string;
  errors: number;
  rows: number;
  readonly durations: Durations;
}

/** The 500th row is for what did not fit. */
const maxRows = 499;
/** A summary shows which statement is meant; its whole text is in `sql/finished`. */
const maxTextLength = 2048;

class SqlRows {
  #byFingerprint = new Map<string, SqlRow>();

  get isEmpty(): boolean {
    return this.#byFingerprint.size === 0;
  }

  add({ fingerprint, text, error, rows, durationMs }: FinishedStatement): void {
    const row = this.#byFingerprint.get(fingerprint) ?? this.#added(fingerprint, text);
    row.durations.add(durationMs);
    row.rows += rows;
    if (error !== null) row.errors += 1;
  }

  take() {
    const rows = [...this.#byFingerprint.values()];
    this.#byFingerprint = new Map();
    return rows.map(({ durations, ...row }) => ({ ...row, ...durations.toFields() }));
  }

  #added(fingerprint: string, text: string): SqlRow {
    const isFull = this.#byFingerprint.size >= maxRows && fingerprint !== other;
    if (isFull) return this.#byFingerprint.get(other) ?? this.#added(other, '');
    const row: SqlRow = {
      fingerprint,
      text: text.slice(0, maxTextLength),
      errors: 0,
      rows: 0,
      durations: new Durations(),
    };
    this.#byFingerprint.set(fingerprint, row);
    return row;
  }
}

const other = '(other)';
