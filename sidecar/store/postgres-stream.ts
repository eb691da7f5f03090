import type pg from 'pg';
import QueryStream from 'pg-query-stream';
import type { LogQuery, Recorded } from '../../shared/index.ts';
import { pageStatement, recordedOf } from './page.ts';
import { asText, sqlFailure } from './postgres-sql.ts';
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

/** Everything a query selects, through cursors of `pg-query-stream`: PostgreSQL reads on while we decode. */
export async function* streamSegments(pool: pg.Pool, query: LogQuery): AsyncGenerator<Recorded> {
  let left = query.limit ?? Infinity;
  let bounds: LogQuery = query;
  while (left > 0) {
    const limit = Math.min(left, segmentRows);
    let count = 0;
    let last: Recorded | undefined;
    const segment = oneSegment(pool, bounds, limit);
    for await (const event of segment.events) {
      count += 1;
      last = event;
      yield event;
    }
    left -= count;
    if (!last || (count < limit && !segment.wasCut())) return;
    bounds = query.isBackward ? { ...query, upTo: last.position - 1 } : { ...query, after: last.position };
  }
}

function oneSegment(
  pool: pg.Pool,
  query: LogQuery,
  limit: number,
): { readonly events: AsyncIterable<Recorded>; wasCut(): boolean } {
  let isCut = false;

  async function* events(): AsyncGenerator<Recorded> {
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
    const tooLong = setTimeout(() => {
      isCut = true;
      stream.destroy();
    }, segmentMs);
    let isWhole = false;
    try {
      // Safe: with these types every column is text or null.
      for await (const row of client.query(stream) as AsyncIterable<Row>) yield recordedOf(row);
      isWhole = !isCut;
    } catch (error) {
      if (!isCut) throw unavailable(sqlFailure(error));
    } finally {
      clearTimeout(tooLong);
      stream.destroy();
      // A cursor that was left early still owes its answers: such a connection is not used again.
      client.release(!isWhole);
    }
  }

  return { events: events(), wasCut: () => isCut };
}
