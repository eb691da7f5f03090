import { Counter, type Registry } from 'prom-client';
import type { z } from 'zod';
import { HttpSummary, SqlSummary, type Recorded } from '../../shared/index.ts';
import { createDurations } from './durations.ts';

/** Traffic, counted from the summaries (exact, one a second), never from single exchanges (sampled under load). */
export interface Traffic {
  count(event: Recorded): void;
  /** The histograms, as text after the registry's own. */
  durations(): string;
}

type HttpRow = z.output<typeof HttpSummary.schema>['rows'][number];
type SqlRow = z.output<typeof SqlSummary.schema>['rows'][number];

/** Sets of labels kept; what comes above is counted as `(other)`: routes are guessed from what clients send. */
export const maxSeries = 1_000;

export function createTraffic(registry: Registry): Traffic {
  const http = createHttp(registry);
  const sql = createSql(registry);
  return {
    count({ type, data }) {
      // Safe: the host checks what it records by these schemas.
      if (type === HttpSummary.name) (data as { readonly rows: readonly HttpRow[] }).rows.forEach(http.count);
      if (type === SqlSummary.name) (data as { readonly rows: readonly SqlRow[] }).rows.forEach(sql.count);
    },
    durations: () => http.durations.text() + sql.durations.text(),
  };
}

function createHttp(registry: Registry) {
  const requests = new Counter({
    name: 'outrider_http_requests_total',
    help: 'Requests by method, route, status and who answered.',
    labelNames: ['method', 'route', 'status', 'served_by'] as const,
    registers: [registry],
  });
  const durations = createDurations(
    'outrider_http_request_duration_seconds',
    'From the first byte of a request to the last of its reply.',
  );
  const seen = new Set<string>();

  function isKept({ method, route, status, servedBy }: HttpRow): boolean {
    const key = `${method} ${route} ${status} ${servedBy}`;
    if (seen.size < maxSeries) seen.add(key);
    return seen.has(key);
  }

  return {
    durations,
    count(row: HttpRow): void {
      const [method, route] = isKept(row) ? [row.method, row.route] : ['(other)', '(other)'];
      requests.inc({ method, route, status: row.status, served_by: row.servedBy }, row.count);
      durations.add(row.buckets, row.durationMsSum);
    },
  };
}

function createSql(registry: Registry) {
  const registers = [registry];
  const statements = new Counter({
    name: 'outrider_sql_statements_total',
    help: 'SQL statements executed.',
    registers,
  });
  const errors = new Counter({
    name: 'outrider_sql_errors_total',
    help: 'SQL statements that failed.',
    registers,
  });
  const durations = createDurations(
    'outrider_sql_statement_duration_seconds',
    'Execution time of statements, as the tap saw it.',
  );
  return {
    durations,
    count(row: SqlRow): void {
      statements.inc(row.count);
      errors.inc(row.errors);
      durations.add(row.buckets, row.durationMsSum);
    },
  };
}
