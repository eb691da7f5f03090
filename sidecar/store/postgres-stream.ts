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
      rowMode: 'array',
      types: asText,
    });
    const tooLong = setTimeout(() => cut.abort(), segmentMs);
    let isWhole = false;
    try {
      client.query(stream);
      for await (const rows of rowsOf(stream, cut.signal)) yield rows.map(recordedOf);
      isWhole = !cut.signal.aborted;
    } catch (error) {
      throw unavailable(sqlFailure(error));
    } finally {
      clearTimeout(tooLong);
      // A cursor that was left early still owes its answers: such a connection is not used again.
      client.release(!isWhole);
    }
  }

  return { chunks: chunks(), wasCut: () => cut.signal.aborted };
}

/**
 * The rows as they come, the next fetch under way while these are used. Read from the stream's cursor: the stream
 * itself costs as much again for each row, and over a broken connection it waits for an answer to its farewell.
 */
async function* rowsOf(stream: QueryStream, cut: AbortSignal): AsyncGenerator<readonly Row[]> {
  // Safe: pg-query-stream declares its cursor, whose package has no types here, as any.
  const cursor = stream.cursor as Cursor;
  const fetched = (): Promise<readonly Row[]> => {
    const rows = new Promise<readonly Row[]>((resolve, reject) => {
      cursor.read(fetchRows, (error, found) => (error ? reject(error) : resolve(found)));
    });
    // A reader who leaves early does not hear of it; one who stays does, at its turn.
    rows.catch(() => undefined);
    return rows;
  };
  const isCut = new Promise<readonly Row[]>((resolve) => cut.addEventListener('abort', () => resolve([])));

  for (let coming = fetched(); ;) {
    const rows = await Promise.race([coming, isCut]);
    if (rows.length === fetchRows) coming = fetched();
    if (rows.length > 0) yield rows;
    if (rows.length < fetchRows || cut.aborted) return;
  }
}

interface Cursor {
  read(count: number, call: (error: unknown, rows: readonly Row[]) => void): void;
}
