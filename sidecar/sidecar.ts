import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SidecarStarted, type Plugin, type Status } from '../shared/index.ts';
import type { LoadedConfig } from './config.ts';
import { createApplicationDatabase } from './database/database.ts';
import { createEventIds } from './event-ids.ts';
import { createGateway } from './gateway/gateway.ts';
import { createHttpProxy } from './http/http-proxy.ts';
import type { Logs } from './log.ts';
import { createBackendAccess } from './plugins/backend-access.ts';
import { configuredPlugins } from './plugins/configured.ts';
import { createPluginHost } from './plugins/host.ts';
import { newId } from './plugins/new-id.ts';
import { createRecorder } from './record/create-recorder.ts';
import { createPanels } from './record/panels.ts';
import { announce, makeDataDir, tokenFor } from './sidecar-file.ts';
import { createSqlTap, type SqlTap } from './sql/sql-tap.ts';
import { statusOf, type Addresses } from './status.ts';
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

/**
 * The machine on one page: config → store → recorder → plugins → gateway, tap, proxy; stopped in the opposite order,
 * so that requests in flight still find the tap, and their events the log. Any part may be left out.
 */
export async function startSidecar(options: SidecarOptions): Promise<Sidecar> {
  const { logs, loaded, workspace } = options;
  const { config } = loaded;
  const { http, sql, record } = config;
  const stops = stopList(logs);
  const startedAt = new Date().toISOString();
  let state: Status['state'] = 'degraded';
  try {
    const dataDir = resolve(workspace, config.dataDir);
    await makeDataDir(dataDir);
    const token = await tokenFor(dataDir, config.gateway.token);

    const store = createStore(record, dataDir, logs.of('store'));
    stops.add('store', () => store.close());
    const shared = await createSharedState(record, logs.of('shared state'), now);
    stops.add('shared state', () => shared.close());
    const eventIds = createEventIds(Date.now());
    const recorder = await createRecorder({
      store,
      config: record,
      dataDir,
      log: logs.of('recorder'),
      newId: eventIds.newId,
    });
    stops.add('recorder', () => recorder.close(flushMs));

    const database = createApplicationDatabase(sql.inspectUrl, logs.of('database'));
    stops.add('database', () => database.close());
    const backend = createBackendAccess(http.upstream);
    stops.add('backend access', async () => backend.close());
    const plugins = configuredPlugins(loaded, options.readConfig, options.builtIns, version);
    let tap: SqlTap | null = null;
    const host = await createPluginHost({
      loaded: await plugins.loadAll(),
      loadAgain: plugins.loadAgain,
      recorder,
      store,
      shared,
      database,
      backend,
      secretParameters: http.secretParameters,
      log: logs.of,
      isOwnEvent: eventIds.isOwn,
      sqlConnections: () => tap?.stats ?? { connections: 0, opaqueConnections: 0 },
    });
    stops.add('plugins', () => host.close());
    const panels = createPanels({ host, recorder, store, now, log: logs.of('panels') });
    stops.add('panels', () => panels.close());

    const addresses: Addresses = {
      http: null,
      sql: null,
      gateway: '',
      upstream: http.upstream ?? null,
      sqlUpstream: sql.upstream ?? null,
    };
    const status = () =>
      statusOf({
        startedAt,
        state,
        addresses,
        host,
        recorder,
        shared,
        storeKind: store.kind,
        tap: tap?.stats,
        record,
      });
    const gateway = createGateway({
      config: config.gateway,
      host,
      panels,
      recorder,
      status,
      token,
      isOwnEvent: eventIds.isOwn,
      log: logs.of('gateway'),
      now,
      ...webDirOf(process.env['OUTRIDER_WEB_DIR']),
    });
    stops.add('gateway', () => gateway.close());
    addresses.gateway = await gateway.listen();

    if (sql.upstream !== undefined) {
      const { statements, inFlight } = host;
      const created = createSqlTap({
        config: sql,
        statements,
        inFlight,
        log: logs.of('tap'),
        nowMs: preciseNowMs,
      });
      stops.add('tap', () => created.close(config.drainSeconds));
      addresses.sql = textOf(await created.listen());
      tap = created;
    }
    if (http.upstream !== undefined) {
      const proxy = createHttpProxy({
        config: http,
        limits: config.limits,
        pipeline: host.pipeline,
        log: logs.of('proxy'),
        newId: () => newId(Date.now()),
      });
      stops.add('proxy', () => proxy.close(config.drainSeconds));
      const { address, port } = await proxy.listen();
      addresses.http = `http://${textOf({ host: address, port })}`;
    }

    const announcement = await announce(workspace, dataDir, addresses.gateway, logs.of('host').warn);
    stops.add('announcement', () => announcement.remove());
    recorder.record(SidecarStarted, {
      version,
      plugins: host.plugins().map(({ name, mode }) => ({ name, mode })),
    });
    state = 'ready';
    return {
      addresses,
      dataDir,
      tokenFile: announcement.tokenFile,
      stop() {
        state = 'draining';
        return stops.run();
      },
    };
  } catch (error) {
    await stops.run();
    throw error;
  }
}

/** How long a stop waits for what was recorded to be durable; what is not then lies in the spool. */
const flushMs = 10_000;

const now = (): Date => new Date();
/** With a fraction, and never going back: a statement's duration is the difference of two of these. */
const preciseNowMs = (): number => performance.timeOrigin + performance.now();

/** What has to be stopped, the last begun first. A part that fails to stop is logged, and the rest still stops. */
function stopList(logs: Logs) {
  const stops: { readonly part: string; readonly stop: () => Promise<void> }[] = [];
  return {
    add: (part: string, stop: () => Promise<void>) => void stops.push({ part, stop }),
    async run() {
      for (let next = stops.pop(); next; next = stops.pop()) {
        const { part, stop } = next;
        await stop().catch((error: unknown) =>
          logs.error('A part did not stop cleanly.', { part, reason: String(error) }),
        );
      }
    },
  };
}

const textOf = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** The built dashboards, where `npm run build` puts them; the gateway says so when there are none. */
function webDirOf(configured: string | undefined): { readonly webDir?: string } {
  const built = configured ?? join(fileURLToPath(new URL('.', import.meta.url)), '../extension/dist/web');
  return existsSync(built) ? { webDir: built } : {};
}
