import type { SharedState, Status } from '../shared/index.ts';
import type { RecordConfig } from './config-schema.ts';
import type { RunningPluginHost } from './plugins/host.ts';
import type { Recorder } from './record/recorder.ts';
import type { SqlTapStats } from './sql/sql-tap.ts';
import type { EventStore } from './store/store.ts';
import { version } from './version.ts';

export type Addresses = { -readonly [Name in keyof Status['addresses']]: Status['addresses'][Name] };

export interface StatusSources {
  readonly startedAt: string;
  readonly state: Status['state'];
  readonly addresses: Addresses;
  readonly host: RunningPluginHost;
  readonly recorder: Recorder;
  readonly shared: SharedState;
  readonly store: Pick<EventStore, 'kind'>;
  readonly tap: { readonly stats: SqlTapStats } | null;
  readonly record: RecordConfig;
}

/** How the sidecar is, at this moment. */
export function statusOf(sources: StatusSources): Status {
  const { host, recorder, addresses, startedAt, tap } = sources;
  const reasons = degradedReasons(sources);
  const { queued, sampledAway } = recorder.stats;
  return {
    version,
    startedAt,
    state: sources.state === 'ready' && reasons.length > 0 ? 'degraded' : sources.state,
    reasons,
    addresses: { ...addresses },
    http: {
      inFlight: host.inFlight.size(),
      perSecond: host.pace.requestsPerSecond,
      errorsPerSecond: host.pace.errorsPerSecond,
    },
    sql: {
      connections: tap?.stats.connections ?? 0,
      perSecond: host.pace.statementsPerSecond,
      opaqueConnections: tap?.stats.opaqueConnections ?? 0,
    },
    log: { head: recorder.head, queued, sampledAway, store: sources.store.kind },
    openFindings: host.findings().length,
  };
}

function degradedReasons({ state, recorder, shared, record, host, tap }: StatusSources): string[] {
  const suspended = host.plugins().filter((plugin) => plugin.state === 'suspended');
  return [
    ...(state === 'degraded' ? ['The sidecar is starting.'] : []),
    ...(recorder.stats.isStoreAway ? ['The event store does not answer; events are kept on disk.'] : []),
    ...(record.redisUrl !== undefined && !shared.isShared
      ? ['Redis does not answer; counters are kept by this sidecar alone.']
      : []),
    ...(tap?.stats.isParsing === false
      ? ['New statements are not parsed: the thread that does it is started again.']
      : []),
    ...suspended.map(
      ({ name, reason }) => `The plugin ${name} is suspended (${reason ?? 'no reason given'}).`,
    ),
  ];
}
