import pg from 'pg';
import type { Log } from '../../shared/index.ts';
import { listenToAppends } from './postgres-listen.ts';
import { poolSql } from './postgres-sql.ts';
import { streamSegments } from './postgres-stream.ts';
import { replay } from './replay.ts';
import { sqlStore } from './sql-store.ts';
import type { EventStore } from './store.ts';

/** Connections one sidecar opens for its log, besides the one that listens. */
const maxConnections = 6;
const connectMs = 5_000;
/** No statement of ours is longer; a database that does not answer must not look like one that does. */
const statementMs = 15_000;

export interface PostgresOptions {
  readonly url: string;
  readonly log: Log;
  readonly now: () => Date;
  readonly newId: () => string;
}

/** The event store on a PostgreSQL server, 13 or newer. Connects straight to its URL, so no tap records it. */
export function postgresStore({ url, log, now, newId }: PostgresOptions): EventStore {
  const notifier = newId();
  const pool = new pg.Pool({
    ...connection(url),
    max: maxConnections,
    idleTimeoutMillis: 60_000,
    verify: prepareSession,
  });
  // A connection that breaks while it is lent out emits its error too; whoever has it hears of it by the statement.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', (error) => log.warn('A connection to the event store broke', { reason: error.message }));
  const appends = listenToAppends({ connect: () => listener(url), notifier, log });
  const common = sqlStore(poolSql(pool, statementMs), { notifier, now, hasCostlyRows: false });

  return {
    ...common,
    kind: 'postgresql',
    stream: (query) => replay(query, common.head, (bounded) => streamSegments(pool, bounded)),
    onAppended: appends.subscribe,
    async close() {
      await appends.close();
      await pool.end();
    },
  };
}

function connection(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: 'outrider',
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
  };
}

function listener(url: string): pg.Client {
  return new pg.Client({ ...connection(url), query_timeout: statementMs });
}

/**
 * What our statements count on, whatever the server's defaults. Sent as the session's first statement, and not in
 * the startup packet, which connection poolers refuse.
 */
function prepareSession(client: pg.PoolClient, done: (error?: Error) => void): void {
  client.query(session).then(
    () => done(),
    (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
  );
}

const session: pg.QueryConfig & { readonly query_timeout: number } = {
  query_timeout: statementMs,
  text: `SET timezone = 'UTC'; SET datestyle = 'ISO'; SET synchronous_commit = 'on';
  SET statement_timeout = ${statementMs};`,
};
