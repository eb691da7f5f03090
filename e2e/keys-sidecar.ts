import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSidecar, type SidecarProcess } from '../docker/demo/sidecar-process.ts';
import { postgresUrl } from '../scripts/services.ts';
import { apiKeyClient, type ApiKeyClient } from '../shared/index.ts';
import { ownDatabase } from './own-database.ts';

/** A real sidecar with `api-keys` enforcing, before a backend of this process, on a database of its own. */
export interface KeysSidecar {
  readonly workspace: string;
  readonly databaseUrl: string;
  /** Another one after a `restart`. */
  readonly sidecar: SidecarProcess;
  readonly token: string;
  /** Changes keys in the name of `actor`. */
  readonly keys: ApiKeyClient;
  /** Stops the sidecar; `meanwhile` runs before it is started again. */
  restart(meanwhile?: () => void): Promise<void>;
  stop(): Promise<void>;
}

export async function startKeysSidecar(given: {
  /** Names the database and the workspace. */
  readonly name: string;
  /** Of `api-keys`. */
  readonly options?: object;
  /** Entries of the other plugins; the injection filter is off unless something is given. */
  readonly plugins?: readonly object[];
  /** More of the configuration. */
  readonly config?: object;
  readonly backend?: RequestListener;
  readonly actor?: string;
  /** The way to the database, when it is not the straight one. */
  readonly databaseUrl?: (url: string) => Promise<string>;
  /** None unless it is given. */
  readonly redisUrl?: string;
}): Promise<KeysSidecar> {
  const workspace = mkdtempSync(join(tmpdir(), `outrider-${given.name}-`));
  const database = await ownDatabase(postgresUrl(), given.name.replaceAll('-', '_'));
  const databaseUrl = (await given.databaseUrl?.(database.url)) ?? database.url;
  const backend = createServer(given.backend ?? ((_request, response) => response.end('{}')));
  backend.listen(0, '127.0.0.1');
  await new Promise((resolve) => backend.once('listening', resolve));
  // Safe: a server that listens on TCP has an AddressInfo.
  const { port } = backend.address() as AddressInfo;
  const start = (): Promise<SidecarProcess> =>
    startSidecar({
      workspace,
      config: {
        mode: 'enforce',
        http: { upstream: `http://127.0.0.1:${port}`, listen: '127.0.0.1:0' },
        gateway: { listen: '127.0.0.1:0' },
        record: { databaseUrl, ...(given.redisUrl && { redisUrl: given.redisUrl }) },
        plugins: [
          { plugin: 'api-keys', options: given.options ?? {} },
          ...(given.plugins ?? [{ plugin: 'injection-filter', mode: 'off' }]),
        ],
        ...given.config,
      },
    });
  let sidecar = await start();
  const tokenOf = ({ tokenFile }: SidecarProcess): string => readFileSync(tokenFile, 'utf8').trim();
  return {
    workspace,
    databaseUrl: database.url,
    get sidecar() {
      return sidecar;
    },
    get token() {
      return tokenOf(sidecar);
    },
    get keys() {
      const { actor } = given;
      return apiKeyClient({ gateway: sidecar.gateway, token: tokenOf(sidecar), ...(actor && { actor }) });
    },
    async restart(meanwhile) {
      await sidecar.stop();
      meanwhile?.();
      sidecar = await start();
    },
    async stop() {
      await sidecar.stop();
      backend.close();
      await database.drop();
      rmSync(workspace, { recursive: true, force: true });
    },
  };
}
