import pg from 'pg';
import { SqlFailure, type Row, type Sql } from './sql.ts';

/** Statements over a pool, their rows as text. */
export function poolSql(pool: pg.Pool): Sql {
  return {
    async query(text, parameters = [], name) {
      try {
        const values = parameters.map((each) =>
          each instanceof Uint8Array ? Buffer.from(each.buffer, each.byteOffset, each.length) : each,
        );
        const result = await pool.query({
          text,
          values,
          rowMode: 'array',
          types: asText,
          ...(name !== undefined && { name }),
        });
        // Safe: with these types every column is text or null.
        return result.rows as Row[];
      } catch (error) {
        throw sqlFailure(error);
      }
    },
    async script(text) {
      const client = await pool.connect().catch((error: unknown) => {
        throw sqlFailure(error);
      });
      try {
        await client.query(text);
        client.release();
      } catch (error) {
        // Its transaction may still be open, so the connection is not used again.
        client.release(true);
        throw sqlFailure(error);
      }
    },
  };
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
