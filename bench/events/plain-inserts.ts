import pg from 'pg';
import type { Appended } from '../../sidecar/store/store.ts';

/** The same rows as anybody would write them: one INSERT with many VALUES, and one SELECT in order. */
export interface PlainInserts {
  append(batch: readonly Appended[]): Promise<void>;
  readAll(): Promise<void>;
  close(): Promise<void>;
}

const columns = ['id', 'type', 'at', 'stream', 'trace_id', 'exchange_id', 'caused_by', 'data'] as const;
const pageRows = 1_000;

/** A table of its own with the indexes of `outrider.events`, its positions from a sequence. */
export async function plainInserts(url: string): Promise<PlainInserts> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`
    CREATE TABLE plain_events (position bigserial PRIMARY KEY, id text NOT NULL, type text NOT NULL,
      at timestamptz NOT NULL, stream text, trace_id text, exchange_id text, caused_by bigint, data json NOT NULL);
    CREATE INDEX ON plain_events (type, position);
    CREATE INDEX ON plain_events (stream, position) WHERE stream IS NOT NULL;
    CREATE INDEX ON plain_events (trace_id) WHERE trace_id IS NOT NULL;
    CREATE INDEX ON plain_events (exchange_id) WHERE exchange_id IS NOT NULL;`);

  return {
    async append(batch) {
      const rows = batch.map(
        (_, row) => `(${columns.map((_name, at) => `$${row * columns.length + at + 1}`).join()})`,
      );
      const text = `INSERT INTO plain_events (${columns.join()}) VALUES ${rows.join()}`;
      const values = batch.flatMap(({ id, type, at, stream, traceId, exchangeId, causedBy, data }) => [
        id,
        type,
        at,
        stream,
        traceId,
        exchangeId,
        causedBy,
        JSON.stringify(data),
      ]);
      await client.query({ name: `plain_${batch.length}`, text, values });
    },
    async readAll() {
      for (let after = 0; ;) {
        const { rows } = await client.query({
          name: 'plain_page',
          text: `SELECT * FROM plain_events WHERE position > $1 ORDER BY position LIMIT ${pageRows}`,
          values: [after],
        });
        if (rows.length < pageRows) return;
        after = Number(rows.at(-1)?.position);
      }
    },
    close: () => client.end(),
  };
}
