import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startSidecar, type SidecarProcess } from '../../docker/demo/sidecar-process.ts';
import { startPostgres, startRedis } from '../../scripts/services.ts';
import { apiKeyClient, type ApiKeyClient } from '../../shared/index.ts';
import { measure, median, type Measure } from '../measure.ts';

const rounds = Number(process.env['BENCH_REVOCATIONS'] ?? 20);
const goalMs = 1000;
const mostSeconds = 10;

/** From the moment a revocation is asked for at one sidecar until the other refuses the key: two whole sidecars on one PostgreSQL. */
export async function revocations(progress: (line: string) => void): Promise<readonly Measure[]> {
  const stops: (() => Promise<void>)[] = [];
  try {
    const pair = await startPair(stops);
    const measures: Measure[] = [];
    const told = async (when: string): Promise<void> => {
      progress(`revoking ${rounds} keys ${when} …`);
      measures.push(...measuresOf(when, await timesOf(pair)));
    };
    await told('with Redis');
    await pair.redis.stop();
    await told('while Redis is away');
    pair.redis = await startRedis({ port: pair.redis.port });
    await told('once Redis is back');
    progress('revoking keys while the other sidecar is restarted …');
    measures.push(await afterRestart(pair));
    return measures;
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

interface Pair {
  redis: Awaited<ReturnType<typeof startRedis>>;
  readonly sidecars: [SidecarProcess, SidecarProcess];
  readonly keys: ApiKeyClient;
  restart(): Promise<void>;
}

async function startPair(stops: (() => Promise<void>)[]): Promise<Pair> {
  const postgres = await startPostgres();
  stops.push(postgres.stop);
  const redis = await startRedis();
  const backend = await startBackend();
  stops.push(async () => void backend.close());
  // Safe: a server that listens on TCP has an AddressInfo.
  const { port } = backend.address() as AddressInfo;
  const config = {
    mode: 'enforce',
    http: { upstream: `http://127.0.0.1:${port}`, listen: '127.0.0.1:0' },
    gateway: { listen: '127.0.0.1:0' },
    record: { databaseUrl: postgres.url, redisUrl: redis.url },
    plugins: [{ plugin: 'api-keys', options: { failures: 1_000_000 } }],
  };
  const start = (): Promise<SidecarProcess> => {
    const workspace = mkdtempSync(join(tmpdir(), 'outrider-bench-keys-'));
    stops.push(async () => rmSync(workspace, { recursive: true, force: true }));
    return startSidecar({ workspace, config });
  };
  const sidecars: [SidecarProcess, SidecarProcess] = [await start(), await start()];
  const [{ gateway, tokenFile }] = sidecars;
  const pair: Pair = {
    redis,
    sidecars,
    keys: apiKeyClient({ gateway, token: readFileSync(tokenFile, 'utf8').trim() }),
    async restart() {
      await sidecars[1].stop();
      sidecars[1] = await start();
    },
  };
  stops.push(async () => {
    await Promise.all(sidecars.map((sidecar) => sidecar.stop()));
    await pair.redis.stop();
  });
  return pair;
}

async function startBackend(): Promise<Server> {
  const backend = createServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1');
  await new Promise((resolve) => backend.once('listening', resolve));
  return backend;
}

async function timesOf(pair: Pair): Promise<readonly number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { id, key } = await pair.keys.createApiKey({ label: `round ${round}` });
    await answered(pair.sidecars[1], key, 200);
    const startedAt = performance.now();
    const revoked = pair.keys.revokeApiKey(id, 'bench');
    await answered(pair.sidecars[1], key, 401);
    times.push(performance.now() - startedAt);
    await revoked;
  }
  return times;
}

/** Asks again and again until the status is the one that is waited for. */
async function answered({ http }: SidecarProcess, key: string, wanted: number): Promise<void> {
  const untilMs = performance.now() + mostSeconds * 1000;
  while ((await statusAt(http, key)) !== wanted) {
    if (performance.now() > untilMs) throw new Error(`${wanted} did not come within ${mostSeconds} s.`);
    await pause(1);
  }
}

async function statusAt(http: string | null, key: string): Promise<number> {
  const response = await fetch(`${http}/things/1`, { headers: { 'x-api-key': key } });
  await response.arrayBuffer();
  return response.status;
}

function measuresOf(when: string, times: readonly number[]): readonly Measure[] {
  const name = `revoked at one sidecar, refused by the other, ${when}`;
  return [
    measure({ name: `${name}, median of ${times.length}`, value: median(times), unit: 'ms' }),
    measure({
      name: `${name}, longest`,
      value: Math.max(...times),
      unit: 'ms',
      goal: { valueAtMost: goalMs },
    }),
  ];
}

/** Revoked while the other is down: its first answer after the start counts. */
async function afterRestart(pair: Pair): Promise<Measure> {
  const made = await Promise.all(
    Array.from({ length: rounds }, (_, round) => pair.keys.createApiKey({ label: `restart ${round}` })),
  );
  for (const { key } of made) await answered(pair.sidecars[1], key, 200);
  await Promise.all([pair.restart(), ...made.map(({ id }) => pair.keys.revokeApiKey(id, 'bench'))]);
  const statuses = await Promise.all(made.map(({ key }) => statusAt(pair.sidecars[1].http, key)));
  return measure({
    name: `revoked while the other is restarted: let through of the first ${rounds} requests after it`,
    value: statuses.filter((status) => status !== 401).length,
    unit: 'requests',
    goal: { valueAtMost: 0 },
  });
}
