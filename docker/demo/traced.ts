import type { IncomingMessage } from 'node:http';
import type pg from 'pg';

/** Runs SQL for one request. */
export type Sql = <Row extends pg.QueryResultRow>(
  text: string,
  values?: readonly unknown[],
) => Promise<readonly Row[]>;

/**
 * Adds the request's trace context as a comment, the way sqlcommenter middleware of common frameworks does
 * (https://google.github.io/sqlcommenter/spec/). Without a `traceparent` the statement goes out as it is.
 */
export function traced(pool: pg.Pool, request: IncomingMessage): Sql {
  const { traceparent } = request.headers;
  const comment =
    typeof traceparent === 'string'
      ? ` /*framework='demo',traceparent='${encodeURIComponent(traceparent)}'*/`
      : '';
  return async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) => {
    const { rows } = await pool.query<Row>(text + comment, [...values]);
    return rows;
  };
}
