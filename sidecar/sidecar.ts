import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SidecarStarted, type Plugin, type Status } from '../shared/index.ts';
import type { LoadedConfig } from './config.ts';
import { createApplicationDatabase } from './database/database.ts';
import { createEventIds } from './event-ids.ts';
import { keepStringsFast } from './fast-strings.ts';
import { createGateway } from './gateway/gateway.ts';
import { createHttpProxy } from './http/http-proxy.ts';
import type { Logs } from './log.ts';
import { createBackendAccess } from './plugins/backend-access.ts';
import { configuredPlugins } from './plugins/configured.ts';
import { createPluginHost, type RunningPluginHost } from './plugins/host.ts';
import { newId } from './plugins/new-id.ts';
import { createRecorder } from './record/create-recorder.ts';
import { createPanels } from './record/panels.ts';
import { announce, makeDataDir, tokenFor } from './sidecar-file.ts';
import { createSqlTap, type SqlTap } from './sql/sql-tap.ts';
import { statusOf, type Addresses } from './status.ts';
import { createStopList, type StopList } from './stop-list.ts';
import { createSharedState } from './store/create-shared-state.ts';
import { createStore } from './store/create-store.ts';
import { version } from './version.ts';

export interface SidecarOptions {
  readonly loaded: LoadedConfig;
  /** Reads the configuration anew, for a reload of plugins. */
  readonly readConfig: () => Promise<LoadedConfig>;
  readonly builtIns: readonly Plugin[];
  /** Where `.outrider/sidecar.json` is written, so that editors opened there find the sidecar. */
  readonly workspace: string;
  readonly logs: Logs;
}

export interface Sidecar {
  readonly addresses: Addresses;
  readonly dataDir: string;
  /** Holds the gateway's token, mode 600. */
  readonly tokenFile: string;
  /** Stops accepting, drains, flushes, closes: nothing acknowledged is lost. Never rejects. */
  stop(): Promise<void>;
}

/** What the parts share while they are put together. */
interface Assembly extends SidecarOptions {
  readonly dataDir: string;
  readonly token: string;
  readonly stops: StopList;
  readonly startedAt: string;
  readonly addresses: Addresses;
  state: Status['state'];
  tap: SqlTap | null;
}

/**
 * The machine on one page: config → store → recorder → plugins → gateway, tap, proxy; stopped in the opposite order,
 * so that requests in flight still find the tap, and their events the log. Any part may be left out.
 */
export async function startSidecar(options: SidecarOptions): Promise<Sidecar> {
  keepStringsFast();
  const assembly = await prepared(options);
  const { stops, addresses, dataDir } = assembly;
  try {
    const records = await openRecords(assembly);
    const host = await openPlugins(assembly, records);
    await openGateway(assembly, records, host);
    await openTap(assembly, host);
    await openProxy(assembly, host);
    const tokenFile = await announceItself(assembly, records, host);
    assembly.state = 'ready';
    return { addresses, dataDir, tokenFile, stop: () => stopped(assembly) };
  } catch (error) {
    await stops.run();
    throw error;
  }
}

async function prepared(options: SidecarOptions): Promise<Assembly> {
  const { dataDir: folder, gateway, http, sql } = options.loaded.config;
  const dataDir = resolve(options.workspace, folder);
  await makeDataDir(dataDir);
  return {
    ...options,
    dataDir,
    token: await tokenFor(dataDir, gateway.token),
    stops: createStopList(options.logs),
    startedAt: new Date().toISOString(),
    addresses: {
      http: null,
      sql: null,
      gateway: '',
      upstream: http.upstream ?? null,
      sqlUpstream: sql.upstream ?? null,
    },
    state: 'degraded',
    tap: null,
  };
}

type Records = Awaited<ReturnType<typeof openRecords>>;

/** Where everything is kept: the store, the state shared with other sidecars, and the one writer of the log. */
async function openRecords({ loaded, dataDir, logs, stops }: Assembly) {
  const { record } = loaded.config;
  const eventIds = createEventIds(Date.now());
  const store = createStore(record, dataDir, logs.of('store'));
  stops.add('store', () => store.close());
  const shared = await createSharedState(record, logs.of('shared state'), now);
  stops.add('shared state', () => shared.close());
  const { newId: newEventId } = eventIds;
  const log = logs.of('recorder');
  const recorder = await createRecorder({ store, config: record, dataDir, log, newId: newEventId });
  stops.add('recorder', () => recorder.close(flushMs));
  return { store, shared, recorder, isOwnEvent: eventIds.isOwn };
}

async function openPlugins(assembly: Assembly, records: Records): Promise<RunningPluginHost> {
  const { loaded, readConfig, builtIns, logs, stops } = assembly;
  const { http, sql } = loaded.config;
  const database = createApplicationDatabase(sql.inspectUrl, logs.of('database'));
  stops.add('database', () => database.close());
  const backend = createBackendAccess(http.upstream);
  stops.add('backend access', async () => backend.close());
  const plugins = configuredPlugins(loaded, readConfig, builtIns, version);
  const host = await createPluginHost({
    ...records,
    database,
    backend,
    loaded: await plugins.loadAll(),
    loadAgain: plugins.loadAgain,
    secretParameters: http.secretParameters,
    log: logs.of,
    sqlConnections: () => assembly.tap?.stats ?? { connections: 0, opaqueConnections: 0 },
  });
  stops.add('plugins', () => host.close());
  return host;
}

async function openGateway(assembly: Assembly, records: Records, host: RunningPluginHost): Promise<void> {
  const { loaded, logs, stops, token, addresses } = assembly;
  const { recorder, store } = records;
  const { gateway: config, record } = loaded.config;
  const panels = createPanels({ host, recorder, store, now, log: logs.of('panels') });
  stops.add('panels', () => panels.close());
  const gateway = createGateway({
    config,
    host,
    panels,
    recorder,
    token,
    now,
    status: () => statusOf({ ...assembly, ...records, host, record }),
    log: logs.of('gateway'),
    ...webDirOf(process.env['OUTRIDER_WEB_DIR']),
  });
  stops.add('gateway', () => gateway.close());
  addresses.gateway = await gateway.listen();
}

async function openTap(assembly: Assembly, { statements, inFlight }: RunningPluginHost): Promise<void> {
  const { loaded, logs, stops, addresses } = assembly;
  const { sql: config, drainSeconds } = loaded.config;
  if (config.upstream === undefined) return;
  const tap = createSqlTap({ config, statements, inFlight, log: logs.of('tap'), nowMs: preciseNowMs });
  stops.add('tap', () => tap.close(drainSeconds));
  addresses.sql = textOf(await tap.listen());
  assembly.tap = tap;
}

async function openProxy(assembly: Assembly, { pipeline }: RunningPluginHost): Promise<void> {
  const { loaded, logs, stops, addresses } = assembly;
  const { http: config, limits, drainSeconds } = loaded.config;
  if (config.upstream === undefined) return;
  const newExchangeId = () => newId(Date.now());
  const proxy = createHttpProxy({ config, limits, pipeline, log: logs.of('proxy'), newId: newExchangeId });
  stops.add('proxy', () => proxy.close(drainSeconds));
  const { address: host, port } = await proxy.listen();
  addresses.http = `http://${textOf({ host, port })}`;
}

/** Tells editors where it is, and the log that it started; resolves with where the token is. */
async function announceItself(
  { workspace, dataDir, addresses, logs, stops }: Assembly,
  { recorder }: Records,
  host: RunningPluginHost,
): Promise<string> {
  const announcement = await announce(workspace, dataDir, addresses.gateway, logs.of('host').warn);
  stops.add('announcement', () => announcement.remove());
  const plugins = host.plugins().map(({ name, mode }) => ({ name, mode }));
  recorder.record(SidecarStarted, { version, plugins });
  return announcement.tokenFile;
}

function stopped(assembly: Assembly): Promise<void> {
  assembly.state = 'draining';
  return assembly.stops.run();
}

/** How long a stop waits for what was recorded to be durable; what is not then lies in the spool. */
const flushMs = 10_000;

const now = (): Date => new Date();
/** With a fraction, and never going back: a statement's duration is the difference of two of these. */
const preciseNowMs = (): number => performance.timeOrigin + performance.now();

const textOf = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** The built dashboards, where `npm run build` puts them; the gateway says so when there are none. */
function webDirOf(configured: string | undefined): { readonly webDir?: string } {
  const here = fileURLToPath(new URL('.', import.meta.url));
  // Compiled, this file lies one folder deeper.
  const built = ['..', '../..'].map((up) => join(here, up, 'extension/dist/web'));
  const webDir = [configured ?? [], ...built].flat().find((folder) => existsSync(folder));
  return webDir === undefined ? {} : { webDir };
}
