import { Counter, Gauge, type Registry } from 'prom-client';
import type { PluginInfo, Status } from '../../shared/index.ts';
import type { PluginHost } from '../plugins/plugin-host.ts';
import type { Recorder } from '../record/recorder.ts';

export interface ReadingsOptions {
  readonly host: Pick<PluginHost, 'plugins'>;
  readonly recorder: Pick<Recorder, 'head' | 'stats'>;
  readonly status: () => Status;
  readonly now: () => Date;
}

/** What is known elsewhere and read at the moment of a scrape. */
export function createReadings(registry: Registry, options: ReadingsOptions): () => void {
  const meters = readings.map(({ name, help, read }) => {
    const settings = { name, help, registers: [registry] };
    if (!name.endsWith('_total')) {
      const gauge = new Gauge(settings);
      return () => gauge.set(read(options));
    }
    const counter = new Counter(settings);
    return () => {
      counter.reset();
      counter.inc(read(options));
    };
  });
  const readState = createState(registry, options);
  const readPlugins = createPlugins(registry, options);
  return () => [...meters, readState, readPlugins].forEach((each) => each());
}

interface Reading {
  /** One that ends with `_total` only grows. */
  readonly name: string;
  readonly help: string;
  read(options: ReadingsOptions): number;
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const readings: readonly Reading[] = [
  {
    name: 'outrider_uptime_seconds',
    help: 'Since the start.',
    read: ({ status, now }) => (now().getTime() - Date.parse(status().startedAt)) / 1000,
  },
  {
    name: 'outrider_http_in_flight',
    help: 'Requests in flight.',
    read: ({ status }) => status().http.inFlight,
  },
  {
    name: 'outrider_sql_connections',
    help: 'Connections through the SQL tap.',
    read: ({ status }) => status().sql.connections,
  },
  {
    name: 'outrider_sql_opaque_connections',
    help: 'Connections the tap no longer decodes.',
    read: ({ status }) => status().sql.opaqueConnections,
  },
  {
    name: 'outrider_open_findings',
    help: 'Findings nobody resolved yet.',
    read: ({ status }) => status().openFindings,
  },
  {
    name: 'outrider_log_head',
    help: 'The last position of the event log.',
    read: ({ recorder }) => recorder.head,
  },
  {
    name: 'outrider_recorder_queued',
    help: 'Events waiting to be written.',
    read: ({ recorder }) => recorder.stats.queued,
  },
  {
    name: 'outrider_recorder_spooled',
    help: 'Events on disk until the store is back.',
    read: ({ recorder }) => recorder.stats.spooled,
  },
  {
    name: 'outrider_recorder_appended_total',
    help: 'Events written.',
    read: ({ recorder }) => recorder.stats.appended,
  },
  {
    name: 'outrider_recorder_sampled_away_total',
    help: 'Events sampled away.',
    read: ({ recorder }) => recorder.stats.sampledAway,
  },
  {
    name: 'outrider_recorder_dropped_total',
    help: 'Events that a full queue or an absent store has cost.',
    read: ({ recorder }) => recorder.stats.dropped,
  },
  {
    name: 'outrider_recorder_lost_total',
    help: 'Events lost although they were to be kept for ever.',
    read: ({ recorder }) => recorder.stats.lost,
  },
  {
    name: 'outrider_store_away',
    help: '1 while the event store does not answer.',
    read: ({ recorder }) => Number(recorder.stats.isStoreAway),
  },
  {
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of the process.',
    read: () => process.memoryUsage.rss(),
  },
  { name: 'process_cpu_seconds_total', help: 'CPU time of the process.', read: cpuSeconds },
];

function createState(registry: Registry, { status }: ReadingsOptions): () => void {
  const gauge = new Gauge({
    name: 'outrider_state',
    help: '1 for the state the sidecar is in.',
    labelNames: ['state'] as const,
    registers: [registry],
  });
  return () => {
    const { state } = status();
    for (const each of ['ready', 'degraded', 'draining']) gauge.set({ state: each }, Number(each === state));
  };
}

type Hook = PluginInfo['hooks'][number];

/** Per hook: figure, help, and where it stands. */
const hookCounts: readonly (readonly [name: string, help: string, read: (hook: Hook) => number])[] = [
  ['outrider_hook_calls_total', 'Calls of a hook.', ({ calls }) => calls],
  ['outrider_hook_failures_total', 'Calls that threw or were late.', ({ failures }) => failures],
  ['outrider_hook_denials_total', 'Calls that refused.', ({ denials }) => denials],
  [
    'outrider_hook_seconds_total',
    'Time spent in a hook.',
    ({ calls, microsecondsMean }) => (calls * microsecondsMean) / 1e6,
  ],
];

function createPlugins(registry: Registry, { host }: ReadingsOptions): () => void {
  const registers = [registry];
  const labelNames = ['plugin', 'hook'] as const;
  const running = new Gauge({
    name: 'outrider_plugin_running',
    help: '1 while the plugin runs.',
    labelNames: ['plugin', 'mode'] as const,
    registers,
  });
  const counters = hookCounts.map(([name, help, read]) => {
    return { counter: new Counter({ name, help, labelNames, registers }), read };
  });
  return () => {
    running.reset();
    for (const { counter } of counters) counter.reset();
    for (const { name: plugin, mode, state, hooks } of host.plugins()) {
      running.set({ plugin, mode }, Number(state === 'running'));
      for (const hook of hooks) {
        for (const { counter, read } of counters) counter.inc({ plugin, hook: hook.hook }, read(hook));
      }
    }
  };
}
