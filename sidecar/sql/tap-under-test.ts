import pg from 'pg';
import { sqlSchema } from '../config-schema.ts';
import type { SqlVerdict, StatementAttempt } from '../../shared/index.ts';
import { createSqlTap, type SqlTap } from './sql-tap.ts';
import type { FinishedStatement, InFlight, InFlightExchange } from './statements.ts';

/** A tap before a real PostgreSQL, and what it told. */
export interface TapUnderTest {
  readonly tap: SqlTap;
  readonly port: number;
  readonly finished: FinishedStatement[];
  readonly attempts: StatementAttempt[];
  readonly warnings: string[];
  readonly exchanges: InFlightExchange[];
  /** Guards statements with this from now on; null for no guard. */
  guard: ((attempt: StatementAttempt) => SqlVerdict | Promise<SqlVerdict>) | null;
  /** A URL of the tested database, through the tap. */
  readonly url: string;
  connect(options?: pg.ClientConfig): Promise<pg.Client>;
  /** Resolves with the statements told once there are `count` whose text has the word; fails after 5 s. */
  told(word: string, count?: number): Promise<readonly FinishedStatement[]>;
  close(): Promise<void>;
}

/** Starts a tap on a free port before the PostgreSQL of a URL. */
export async function tapUnderTest(
  postgresUrl: string,
  config: Readonly<Record<string, unknown>> = {},
): Promise<TapUnderTest> {
  const target = new URL(postgresUrl);
  const exchanges: InFlightExchange[] = [];
  const finished: FinishedStatement[] = [];
  const attempts: StatementAttempt[] = [];
  const warnings: string[] = [];
  const state: Pick<TapUnderTest, 'guard'> = { guard: null };
  const tap = createSqlTap({
    config: sqlSchema.parse({ upstream: target.host, listen: '127.0.0.1:0', ...config }),
    statements: {
      isGuarded: () => state.guard !== null,
      check(attempt) {
        attempts.push(attempt);
        return state.guard?.(attempt) ?? { allow: true };
      },
      finished: (statement) => void finished.push(statement),
    },
    inFlight: inFlightOf(exchanges),
    log: { info: () => undefined, warn: (message) => void warnings.push(message) },
    nowMs: () => performance.timeOrigin + performance.now(),
  });
  const { port } = await tap.listen();
  const through = new URL(postgresUrl);
  through.host = `127.0.0.1:${port}`;
  const tapped = (word: string): readonly FinishedStatement[] =>
    finished.filter(({ text }) => text.includes(word));
  return Object.assign(state, {
    tap,
    port,
    finished,
    attempts,
    warnings,
    exchanges,
    url: through.href,
    async connect(options: pg.ClientConfig = {}) {
      const client = new pg.Client({ connectionString: through.href, ...options });
      client.on('error', () => undefined);
      await client.connect();
      return client;
    },
    async told(word: string, count = 1) {
      await until(() => tapped(word).length >= count, `${count} statements with ${word}`);
      return tapped(word);
    },
    close: () => tap.close(0),
  });
}

/** Polls a condition; fails with what was awaited after 5 s. */
export async function until(condition: () => boolean, what: string, limitMs = 5000): Promise<void> {
  const lateMs = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > lateMs) throw new Error(`This did not happen in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Resolves once the backend with this process id is in `pg_sleep`. */
export async function untilAsleep(watcher: pg.Client | undefined, processId: number): Promise<void> {
  const text = "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'";
  for (let tries = 0; tries < 500; tries++) {
    const found = await watcher?.query(text, [processId]);
    if (found?.rowCount === 1) return;
  }
  throw new Error(`Process ${processId} did not fall asleep.`);
}

/** Resolves once some other backend of the watcher's database waits for this, e.g. `ClientWrite`. */
export async function untilWaiting(watcher: pg.Client, event: string): Promise<void> {
  const text = 'SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = $1';
  for (let tries = 0; tries < 2000; tries++) if ((await watcher.query(text, [event])).rowCount === 1) return;
  throw new Error(`No backend waited for ${event}.`);
}

/** A database of a suite's own on the server of a URL. */
export async function ownDatabase(
  postgresUrl: string,
  name: string,
): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const run = async (text: string): Promise<void> => {
    const client = new pg.Client({ connectionString: postgresUrl });
    await client.connect();
    await client.query(text);
    await client.end();
  };
  const database = `${name}_${process.pid}`;
  await run(`CREATE DATABASE ${database}`);
  const url = new URL(postgresUrl);
  url.pathname = `/${database}`;
  return { url: url.href, drop: () => run(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`) };
}

function inFlightOf(exchanges: readonly InFlightExchange[]): InFlight {
  return {
    size: () => exchanges.length,
    byTrace: (traceId) => exchanges.find((each) => each.traceId === traceId),
    all: () => exchanges,
  };
}
