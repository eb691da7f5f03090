import pg from 'pg';
import { deadlines } from './deadlines.ts';
import { SqlFailure, type Parameter, type Row, type Sql } from './sql.ts';

/** Statements over a pool, their rows as text. One that takes longer than `limitMs` fails, and its connection is dropped. */
export function poolSql(pool: pg.Pool, limitMs: number): Sql {
  const limits = deadlines(limitMs);

  async function onConnection<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    const client = await pool.connect().catch((error: unknown) => {
      throw sqlFailure(error);
    });
    let isReleased = false;
    const release = (isBroken: boolean): void => {
      if (!isReleased) client.release(isBroken);
      isReleased = true;
    };
    // Dropped with a statement under way, the connection fails it.
    const inTime = limits.start(() => release(true));
    try {
      const result = await work(client);
      release(false);
      return result;
    } catch (error) {
      // Its transaction may still be open, so the connection is not used again.
      release(true);
      throw sqlFailure(error);
    } finally {
      inTime();
    }
  }

  return {
    query: (text, parameters = [], name) =>
      onConnection(async (client) => {
        const config = { text, values: parameters.map(valueOf), rowMode: 'array' as const, types: asText };
        const { rows } = await called(client, name === undefined ? config : { ...config, name });
        // Safe: with these types every column is text or null.
        return rows as Row[];
      }),
    script: (text) =>
      onConnection(async (client) => {
        await client.query(text);
      }),
  };
}

/** By callback: what pg answers with a promise was measured to live, its values too, until a full collection. */
function called(client: pg.PoolClient, config: pg.QueryArrayConfig): Promise<pg.QueryArrayResult> {
  return new Promise((resolve, reject) => {
    client.query(config, (error: Error | null, result) => (error ? reject(error) : resolve(result)));
  });
}

function valueOf(parameter: Parameter): Parameter {
  if (!(parameter instanceof Uint8Array)) return parameter;
  return Buffer.from(parameter.buffer, parameter.byteOffset, parameter.length);
}

/** Leaves every column as PostgreSQL writes it. */
export const asText: pg.CustomTypesConfig = {
  // Safe: the parser's result type is whatever the parser gives; this one gives text.
  getTypeParser: (() => (text: string) => text) as pg.CustomTypesConfig['getTypeParser'],
};

export function sqlFailure(error: unknown): SqlFailure {
  if (error instanceof pg.DatabaseError)
    return new SqlFailure(error.message, error.code, error.detail, error);
  return new SqlFailure(error instanceof Error ? error.message : String(error), undefined, undefined, error);
}
