import { readFileSync } from 'node:fs';
import { freePort } from '../../scripts/services.ts';
import { startBackend } from './backend.ts';
import { createDatabase, usualSize, type Size } from './database.ts';
import { startDemoPostgres } from './postgres.ts';
import { startSidecar, type SidecarProcess } from './sidecar-process.ts';
import { startTraffic } from './traffic.ts';

export interface Demo {
  readonly backendUrl: string;
  /** The backend through the sidecar. */
  readonly proxyUrl: string;
  /** The application database, past the tap. */
  readonly databaseUrl: string;
  /** The application database through the tap. */
  readonly tapUrl: string;
  readonly gatewayUrl: string;
  readonly token: string;
  /** The dashboards in a browser, with the token in the fragment. */
  readonly dashboardUrl: string;
  readonly key: string;
  readonly sidecar: SidecarProcess;
  stop(): Promise<void>;
}

export interface DemoOptions {
  /** Where the data directory and `.outrider/sidecar.json` go. */
  readonly workspace: string;
  /** Ports as documented (8080, 5433, 7070) where they are free; otherwise, and by default, any free ones. */
  readonly hasUsualPorts?: boolean;
  readonly hasTraffic?: boolean;
  readonly size?: Size;
  /** A PostgreSQL server that already runs; the demo starts one of its own without it. */
  readonly serverUrl?: string;
  readonly databaseName?: string;
  /** Ctrl+C is for whoever started the demo, who stops the parts one after the other. */
  readonly isInTerminal?: boolean;
  /** Laid over the demo's configuration, section by section. */
  readonly config?: Readonly<Record<string, object | string>>;
  say?(line: string): void;
}

/** The agent builder, its database, the sidecar before both, a key, and traffic. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const say = options.say ?? (() => undefined);
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    say('Starting PostgreSQL and filling the agent builder’s database …');
    const server = options.serverUrl === undefined ? await startDemoPostgres() : null;
    if (server) stops.push(server.stop);
    const serverUrl = options.serverUrl ?? server?.url ?? '';
    const databaseUrl = await createDatabase(
      serverUrl,
      options.databaseName ?? 'agents',
      options.size ?? usualSize,
    );

    say('Starting the sidecar …');
    const ports = await demoPorts(options.hasUsualPorts ?? false);
    const sidecar = await startSidecar({
      workspace: options.workspace,
      hasOwnGroup: options.isInTerminal ?? false,
      config: { ...demoConfig(databaseUrl, ports), ...options.config },
    });
    stops.push(sidecar.stop);

    say('Starting the agent builder behind it …');
    const tapUrl = throughTap(databaseUrl, ports.sql);
    const backend = await startBackend({ databaseUrl: tapUrl, port: ports.backend });
    stops.push(backend.stop);

    const token = readFileSync(sidecar.tokenFile, 'utf8').trim();
    const key = await createKey(sidecar.gateway, token, 'demo');
    const proxyUrl = `http://127.0.0.1:${ports.http}`;
    if (options.hasTraffic ?? true) stops.push(startTraffic(proxyUrl, key).stop);
    return {
      backendUrl: backend.url,
      proxyUrl,
      databaseUrl,
      tapUrl,
      gatewayUrl: sidecar.gateway,
      token,
      dashboardUrl: `${sidecar.gateway}/#token=${token}`,
      key,
      sidecar,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Ports {
  readonly backend: number;
  readonly http: number;
  readonly sql: number;
  readonly gateway: number;
}

async function demoPorts(hasUsualPorts: boolean): Promise<Ports> {
  const port = (usual: number): Promise<number> => freePort(hasUsualPorts ? usual : undefined);
  return {
    backend: await port(8000),
    http: await port(8080),
    sql: await port(5433),
    gateway: await port(7070),
  };
}

function demoConfig(databaseUrl: string, ports: Ports): Readonly<Record<string, unknown>> {
  const { hostname, port } = new URL(databaseUrl);
  return {
    mode: 'enforce',
    http: { upstream: `http://127.0.0.1:${ports.backend}`, listen: `127.0.0.1:${ports.http}` },
    sql: { upstream: `${hostname}:${port}`, listen: `127.0.0.1:${ports.sql}`, inspectUrl: databaseUrl },
    gateway: { listen: `127.0.0.1:${ports.gateway}` },
    plugins: [{ plugin: 'api-keys', options: { publicRoutes: ['GET /health'] } }],
  };
}

function throughTap(databaseUrl: string, port: number): string {
  const url = new URL(databaseUrl);
  url.port = String(port);
  return url.href;
}

/** Runs a command as the gateway's owner; rejects with the problem's sentence. */
export async function runCommand(
  gateway: string,
  token: string,
  command: string,
  input: object,
): Promise<unknown> {
  const response = await fetch(`${gateway}/api/commands/${command}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(35_000),
  });
  const body: unknown = await response.json();
  if (!response.ok) throw new Error(`${command} was answered ${response.status}: ${JSON.stringify(body)}`);
  return body;
}

async function createKey(gateway: string, token: string, label: string): Promise<string> {
  const made = await runCommand(gateway, token, 'api-keys/create', { label });
  const { key } = made as { key?: unknown };
  if (typeof key !== 'string')
    throw new Error(`api-keys/create answered without a key: ${JSON.stringify(made)}`);
  return key;
}
