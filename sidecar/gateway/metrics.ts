import { Counter, Gauge, Registry } from 'prom-client';
import type { z } from 'zod';
import { HttpSummary, SqlSummary, type Recorded, type Status } from '../../shared/index.ts';
import type { PluginHost } from '../plugins/plugin-host.ts';
import type { Recorder } from '../record/recorder.ts';
import { createDurations } from './durations.ts';

/**
 * Figures for Prometheus. They need the token like everything else: a scraper reads it from the token's file
 * (`authorization: { credentials_file: … }`), so no second, weaker way in is needed.
 */
export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  close(): void;
}

export interface MetricsOptions {
  readonly host: Pick<PluginHost, 'plugins'>;
  readonly recorder: Pick<Recorder, 'subscribe' | 'head' | 'stats'>;
  readonly status: () => Status;
  readonly now: () => Date;
  readonly sidecarId?: string;
}

type HttpRow = z.output<typeof HttpSummary.schema>['rows'][number];

/** Traffic is counted from the summaries (exact, one a second), never from single exchanges (sampled under load). */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  const traffic = createTraffic(registry);
  const readNow = createReadings(registry, options);
  const { recorder, sidecarId } = options;

  const close = recorder.subscribe(recorder.head, (events) => {
    for (const event of events) {
      if (isOfOther(event, sidecarId)) continue;
      // Safe: the host checks what it records by these schemas.
      if (event.type === HttpSummary.name) traffic.http(event.data as z.output<typeof HttpSummary.schema>);
      if (event.type === SqlSummary.name) traffic.sql(event.data as z.output<typeof SqlSummary.schema>);
    }
  });

  return {
    contentType: registry.contentType,
    async text() {
      readNow();
      return `${await registry.metrics()}${traffic.text()}`;
    },
    close,
  };
}

/** Several sidecars may share one log; each is scraped by itself. */
function isOfOther({ data }: Recorded, sidecarId: string | undefined): boolean {
  const from = typeof data === 'object' && data !== null && 'sidecar' in data ? data.sidecar : undefined;
  return sidecarId !== undefined && from !== undefined && from !== sidecarId;
}

/** Label values seen; what comes above it is counted as `(other)`: routes are guessed from what clients send. */
const maxSeries = 1_000;

function createTraffic(registry: Registry) {
  const registers = [registry];
  const requests = new Counter({
    name: 'outrider_http_requests_total',
    help: 'Requests by method, route, status and who answered.',
    labelNames: ['method', 'route', 'status', 'served_by'] as const,
    registers,
  });
  const statements = new Counter({
    name: 'outrider_sql_statements_total',
    help: 'SQL statements executed.',
    registers,
  });
  const sqlErrors = new Counter({
    name: 'outrider_sql_errors_total',
    help: 'SQL statements that failed.',
    registers,
  });
  const httpDurations = createDurations(
    'outrider_http_request_duration_seconds',
    'From the first byte of a request to the last of its reply.',
  );
  const sqlDurations = createDurations(
    'outrider_sql_statement_duration_seconds',
    'Execution time of statements, as the tap saw it.',
  );
  const seen = new Set<string>();

  function labelsOf({ method, route, status, servedBy }: HttpRow) {
    const key = `${method} ${route} ${status} ${servedBy}`;
    const isKnown = seen.has(key) || seen.size < maxSeries;
    if (isKnown) seen.add(key);
    return {
      method: isKnown ? method : '(other)',
      route: isKnown ? route : '(other)',
      status,
      served_by: servedBy,
    };
  }

  return {
    http({ rows }: z.output<typeof HttpSummary.schema>): void {
      for (const row of rows) {
        requests.inc(labelsOf(row), row.count);
        httpDurations.add(row.buckets, row.durationMsSum);
      }
    },
    sql({ rows }: z.output<typeof SqlSummary.schema>): void {
      for (const row of rows) {
        statements.inc(row.count);
        sqlErrors.inc(row.errors);
        sqlDurations.add(row.buckets, row.durationMsSum);
      }
    },
    text: () => httpDurations.text() + sqlDurations.text(),
  };
}

/** What is read at the moment of a scrape. */
function createReadings(registry: Registry, { host, recorder, status, now }: MetricsOptions): () => void {
  const gauge = <Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ) => new Gauge({ name, help, labelNames: [...labelNames], registers: [registry] });

  const counter = <Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ) => new Counter({ name, help, labelNames: [...labelNames], registers: [registry] });

  const up = gauge('outrider_state', '1 for the state the sidecar is in.', ['state']);
  const uptime = gauge('outrider_uptime_seconds', 'Since the start.');
  const inFlight = gauge('outrider_http_in_flight', 'Requests in flight.');
  const connections = gauge('outrider_sql_connections', 'Connections through the SQL tap.');
  const opaque = gauge('outrider_sql_opaque_connections', 'Connections the tap no longer decodes.');
  const head = gauge('outrider_log_head', 'The last position of the event log.');
  const queued = gauge('outrider_recorder_queued', 'Events waiting to be written.');
  const spooled = gauge('outrider_recorder_spooled', 'Events on disk until the store is back.');
  const sampled = counter('outrider_recorder_sampled_away_total', 'Events sampled away since the start.');
  const appended = counter('outrider_recorder_appended_total', 'Events written since the start.');
  const storeAway = gauge('outrider_store_away', '1 while the event store does not answer.');
  const findings = gauge('outrider_open_findings', 'Findings nobody resolved yet.');
  const running = gauge('outrider_plugin_running', '1 while the plugin runs.', ['plugin', 'mode']);
  const hookLabels = ['plugin', 'hook'] as const;
  const calls = counter('outrider_hook_calls_total', 'Calls of a hook since the start.', hookLabels);
  const failures = counter('outrider_hook_failures_total', 'Calls that threw or were late.', hookLabels);
  const denials = counter('outrider_hook_denials_total', 'Calls that refused.', hookLabels);
  const hookTime = gauge('outrider_hook_mean_seconds', 'Mean time of a call.', hookLabels);
  const memory = gauge('process_resident_memory_bytes', 'Resident memory of the process.');
  const cpu = counter('process_cpu_seconds_total', 'CPU time of the process.');

  return () => {
    const { state, startedAt, http, sql, openFindings } = status();
    for (const each of ['ready', 'degraded', 'draining']) up.set({ state: each }, each === state ? 1 : 0);
    uptime.set((now().getTime() - Date.parse(startedAt)) / 1000);
    inFlight.set(http.inFlight);
    connections.set(sql.connections);
    opaque.set(sql.opaqueConnections);
    head.set(recorder.head);
    queued.set(recorder.stats.queued);
    spooled.set(recorder.stats.spooled);
    for (const metric of [sampled, appended, cpu]) metric.reset();
    sampled.inc(recorder.stats.sampledAway);
    appended.inc(recorder.stats.appended);
    storeAway.set(recorder.stats.isStoreAway ? 1 : 0);
    findings.set(openFindings);
    memory.set(process.memoryUsage.rss());
    const { user, system } = process.cpuUsage();
    cpu.inc((user + system) / 1e6);
    for (const metric of [running, calls, failures, denials, hookTime]) metric.reset();
    for (const plugin of host.plugins()) {
      running.set({ plugin: plugin.name, mode: plugin.mode }, plugin.state === 'running' ? 1 : 0);
      for (const { hook, ...counted } of plugin.hooks) {
        const labels = { plugin: plugin.name, hook };
        calls.inc(labels, counted.calls);
        failures.inc(labels, counted.failures);
        denials.inc(labels, counted.denials);
        hookTime.set(labels, counted.microsecondsMean / 1e6);
      }
    }
  };
}
