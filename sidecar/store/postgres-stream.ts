import type pg from 'pg';
import QueryStream from 'pg-query-stream';
import { OutriderError, type LogQuery, type Recorded } from '../../shared/index.ts';
import { pageStatement, recordedOf } from './page.ts';
import { asText, sqlFailure } from './postgres-sql.ts';
import { beyond } from './replay.ts';
import type { Row } from './sql.ts';
import { unavailable } from './sql-store.ts';

/**
 * Rows of one cursor. A cursor keeps its snapshot and a lock on every partition, so a long replay is a row of
 * cursors, each begun where the one before ended.
 */
const segmentRows = 50_000;
/** Rows fetched at once, and rows read ahead of the reader. */
const fetchRows = 1_000;
/** Most a cursor lives, shorter than a statement may run: a slow reader loses it and goes on with a new one. */
const segmentMs = 10_000;

/** What a query selects in chunks, through cursors of `pg-query-stream`: PostgreSQL reads on while we decode. */
export async function* streamSegments(pool: pg.Pool, query: LogQuery): AsyncGenerator<readonly Recorded[]> {
  let left = query.limit ?? Infinity;
  let bounds: LogQuery = query;
  while (left > 0) {
    const limit = Math.min(left, segmentRows);
    let count = 0;
    let last: Recorded | undefined;
    const segment = oneSegment(pool, bounds, limit);
    for await (const chunk of segment.chunks) {
      count += chunk.length;
      last = chunk.at(-1);
      yield chunk;
    }
    left -= count;
    if (!last && segment.wasCut()) throw new OutriderError('store_unavailable', 'A replay got no answer.');
    if (!last || (count < limit && !segment.wasCut())) return;
    bounds = beyond(bounds, last);
  }
}

function oneSegment(
  pool: pg.Pool,
  query: LogQuery,
  limit: number,
): { readonly chunks: AsyncIterable<readonly Recorded[]>; wasCut(): boolean } {
  const cut = new AbortController();

  async function* chunks(): AsyncGenerator<readonly Recorded[]> {
    const client = await pool.connect().catch((error: unknown) => {
      throw unavailable(sqlFailure(error));
    });
    const { text, parameters } = pageStatement(query, limit);
    const stream = new QueryStream(text, [...parameters], {
      batchSize: fetchRows,
      highWaterMark: fetchRows,
      rowMode: 'array',
      types: asText,
    });
    const tooLong = setTimeout(() => cut.abort(), segmentMs);
    let isWhole = false;
    try {
      client.query(stream);
      for await (const rows of rowsOf(stream, client, cut.signal)) yield rows.map(recordedOf);
      isWhole = !cut.signal.aborted;
    } catch (error) {
      throw unavailable(sqlFailure(error));
    } finally {
      clearTimeout(tooLong);
      stream.destroy();
      // A cursor that was left early still owes its answers: such a connection is not used again.
      client.release(!isWhole);
    }
  }

  return { chunks: chunks(), wasCut: () => cut.signal.aborted };
}

/**
 * The rows as they come. Not the stream's own iterator: over a broken connection it waits for an answer to its
 * farewell for ever, and it costs a promise for each row.
 */
async function* rowsOf(
  stream: QueryStream,
  client: pg.PoolClient,
  cut: AbortSignal,
): AsyncGenerator<readonly Row[]> {
  let isOver = false;
  let failure: unknown = null;
  let wake = (): void => undefined;
  const over = (): void => {
    isOver = true;
    wake();
  };
  const failed = (error: unknown): void => {
    failure ??= error;
    over();
  };
  stream.on('readable', () => wake());
  stream.on('end', over);
  stream.on('close', over);
  stream.on('error', failed);
  client.on('error', failed);
  cut.addEventListener('abort', over);
  try {
    while (true) {
      const rows: Row[] = [];
      // Safe: with these types every column is text or null.
      for (let row = stream.read() as Row | null; row !== null; row = stream.read() as Row | null)
        rows.push(row);
      if (rows.length > 0) yield rows;
      if (cut.aborted) return;
      if (failure !== null) throw failure;
      if (isOver) return;
      if (rows.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    client.off('error', failed);
  }
}
