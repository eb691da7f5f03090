import pg, { type ClientBase, type PoolClient } from 'pg';
import QueryStream from 'pg-query-stream';
import { OutriderError, type Database, type Log } from '../../shared/index.ts';
import { explainableKinds, planOf } from './explain.ts';
import { oneStatement } from './one-statement.ts';

/** The application database as plugins may use it, and an end for it. */
export interface ApplicationDatabase extends Database {
  close(): Promise<void>;
}

const limits = {
  /** Outrider is a guest on the application's server. */
  connections: 2,
  connectMs: 5_000,
  idleMs: 30_000,
  statementMs: 5_000,
  /** A lock somebody else holds is not waited for. */
  lockMs: 1_000,
  rows: 10_000,
};

/** What a plugin may ask: nothing that could end the transaction it runs in, or change it. */
const queryKinds: ReadonlySet<string> = new Set(['SelectStmt', 'VariableShowStmt']);

/**
 * Read-only access over `sql.inspectUrl`, on connections of Outrider's own: each call is one statement in one
 * read-only transaction that is rolled back. Without a URL every call rejects with `database_unavailable`.
 */
export function createApplicationDatabase(url: string | undefined, log: Log): ApplicationDatabase {
  if (url === undefined) return noDatabase;
  const pool = new pg.Pool({
    connectionString: url,
    max: limits.connections,
    application_name: 'outrider',
    connectionTimeoutMillis: limits.connectMs,
    idleTimeoutMillis: limits.idleMs,
    // The server ends a statement first; this is for a server that does not answer any more.
    query_timeout: limits.statementMs + 1_000,
    allowExitOnIdle: true,
  });
  pool.on('error', (error) =>
    log.warn('The application database ended an idle connection.', { reason: error.message }),
  );

  return {
    isAvailable: true,
    async explain(text, parameters, { hypotheticalIndexes = [] } = {}) {
      const statement = await oneStatement(text, explainableKinds);
      return inTransaction(pool, async (client, taint) => {
        if (hypotheticalIndexes.length === 0) return planOf(client, { ...statement, text, parameters });
        const schema = await hypopgSchema(client);
        if (schema === null) throw new OutriderError('explain_failed', 'The server has no HypoPG.');
        taint(true);
        try {
          for (const index of hypotheticalIndexes) await createHypothetical(client, schema, index);
          return await planOf(client, { ...statement, text, parameters });
        } finally {
          // Hypothetical indexes live in the server process and survive a rollback.
          await client.query('ROLLBACK');
          await client.query(`SELECT ${schema}.hypopg_reset()`);
          taint(false);
        }
      });
    },
    canTryIndexes: () => inTransaction(pool, async (client) => (await hypopgSchema(client)) !== null),
    async query<Row>(text: string, parameters: readonly unknown[] = []) {
      await oneStatement(text, queryKinds);
      return inTransaction(pool, (client) => firstRows<Row>(client, text, parameters));
    },
    close: () => pool.end(),
  };
}

/** `taint(true)` says that the connection must not be used again unless `taint(false)` follows. */
type Work<T> = (client: PoolClient, taint: (isTainted: boolean) => void) => Promise<T>;

async function inTransaction<T>(pool: pg.Pool, work: Work<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw new OutriderError('database_unavailable', messageOf(error), { cause: error });
  });
  let broken = false;
  const loss = lossOf(client);
  const worked = async (): Promise<T> => {
    await client.query('BEGIN READ ONLY');
    await client.query(
      `SELECT set_config('statement_timeout', '${limits.statementMs}', true), set_config('lock_timeout', '${limits.lockMs}', true)`,
    );
    return work(client, (isTainted) => {
      broken = isTainted;
    });
  };
  try {
    return await Promise.race([worked(), loss.lost]);
  } catch (error) {
    throw toldError(error);
  } finally {
    await client.query('ROLLBACK').catch(() => {
      broken = true;
    });
    client.release(broken);
    loss.end();
  }
}

/** Rejects when the connection breaks: a stream that reads over it waits for an answer to its farewell, and nobody else hears of it. */
function lossOf(client: PoolClient): { readonly lost: Promise<never>; end(): void } {
  let end = (): void => undefined;
  const lost = new Promise<never>((_, reject) => {
    client.on('error', reject);
    end = () => void client.off('error', reject);
  });
  // It may break once nobody waits any more.
  lost.catch(() => undefined);
  return { lost, end };
}

async function firstRows<Row>(
  client: ClientBase,
  text: string,
  parameters: readonly unknown[],
): Promise<readonly Row[]> {
  const stream = client.query(new QueryStream(text, [...parameters], { batchSize: 1_000 }));
  const rows: Row[] = [];
  for await (const row of stream) {
    // Whoever asks says what its own statement answers with.
    rows.push(row as Row);
    if (rows.length >= limits.rows) break;
  }
  return rows;
}

/** The schema HypoPG was created in, quoted; null without it. */
async function hypopgSchema(client: ClientBase): Promise<string | null> {
  const { rows } = await client.query<{ schema: string }>(
    `SELECT quote_ident(n.nspname) AS schema FROM pg_catalog.pg_extension e
     JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'hypopg'`,
  );
  return rows[0]?.schema ?? null;
}

async function createHypothetical(client: ClientBase, schema: string, index: string): Promise<void> {
  await oneStatement(index, new Set(['IndexStmt']));
  await client.query(`SELECT ${schema}.hypopg_create_index($1)`, [index]);
}

/** PostgreSQL's own words are told: they say what is wrong with the statement, and hold no secret of ours. */
function toldError(error: unknown): OutriderError {
  if (error instanceof OutriderError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const isStatement = /^[0-9A-Z]{5}$/.test(code) && !/^(08|53|57P|58)/.test(code);
  return new OutriderError(isStatement ? 'explain_failed' : 'database_unavailable', messageOf(error), {
    cause: error,
  });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const unavailable = (): Promise<never> => Promise.reject(new OutriderError('database_unavailable'));

const noDatabase: ApplicationDatabase = {
  isAvailable: false,
  explain: unavailable,
  canTryIndexes: () => Promise.resolve(false),
  query: unavailable,
  close: () => Promise.resolve(),
};
