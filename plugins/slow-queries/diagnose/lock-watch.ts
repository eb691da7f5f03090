import type { Database } from '../../../shared/index.ts';

/** One sample of a session that waits for a lock another one holds. */
export interface LockWait {
  readonly atMs: number;
  /** The waiting statement, cut by PostgreSQL at `track_activity_query_size`. */
  readonly text: string;
  readonly holder: {
    readonly pid: number;
    readonly user: string;
    readonly application: string;
    /** `active`, `idle in transaction` … (pg_stat_activity.state). */
    readonly state: string;
    readonly text: string;
    readonly transactionMs: number;
  };
}

const mostWaits = 500;
/** Statements are told after they ended: a wait is of no use later than this. */
const keptMs = 10 * 60_000;
/** PostgreSQL cuts texts at 1,024 bytes by default; characters may take four. */
const comparedCharacters = 250;

/**
 * Samples who waits for whom while statements run: after the fact nobody knows any more. One statement a sample, and
 * none when the tap has been quiet, so an idle application is left alone.
 */
export class LockWatch {
  readonly #waits: LockWait[] = [];
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Rejects when the server cannot be asked. */
  async sample(nowMs: number): Promise<readonly LockWait[]> {
    const rows = await this.#database.query<Row>(waitQuery);
    const waits = rows.filter(({ pid }) => typeof pid === 'number').map((row) => waitOf(row, nowMs));
    this.#waits.push(...waits);
    this.#waits.splice(0, Math.max(0, this.#waits.length - mostWaits));
    while (this.#waits[0] && nowMs - this.#waits[0].atMs > keptMs) this.#waits.shift();
    return waits;
  }

  /** The samples taken of a statement while it ran: by its text and its time. */
  during(text: string, startedMs: number, endedMs: number): readonly LockWait[] {
    const start = text.slice(0, comparedCharacters);
    return this.#waits.filter(
      ({ atMs, text: waiting }) =>
        atMs >= startedMs && atMs <= endedMs && waiting.slice(0, comparedCharacters) === start,
    );
  }
}

interface Row {
  readonly pid: number;
  readonly waitingText: string | null;
  readonly user: string | null;
  readonly application: string | null;
  readonly state: string | null;
  readonly text: string | null;
  readonly transactionMs: number | null;
}

/** pg_blocking_pids is asked for waiting sessions alone: it takes every lock partition for a moment. */
const waitQuery = `
  SELECT b.pid, w.query AS "waitingText", b.usename::text AS user, b.application_name AS application, b.state, b.query AS text,
    (extract(epoch FROM clock_timestamp() - b.xact_start) * 1000)::float8 AS "transactionMs"
  FROM pg_catalog.pg_stat_activity w
  CROSS JOIN LATERAL unnest(pg_catalog.pg_blocking_pids(w.pid)) AS blocker(pid)
  JOIN pg_catalog.pg_stat_activity b ON b.pid = blocker.pid
  WHERE w.wait_event_type = 'Lock' AND w.datname = current_database() LIMIT 50`;

function waitOf(row: Row, atMs: number): LockWait {
  const { pid, user, application, state, text, transactionMs } = row;
  return {
    atMs,
    text: row.waitingText ?? '',
    holder: {
      pid,
      user: user ?? '',
      application: application ?? '',
      state: state ?? '',
      text: (text ?? '').slice(0, 1000),
      transactionMs: transactionMs ?? 0,
    },
  };
}
