import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort, startPostgres } from '../../scripts/services.ts';
import { ensureTools, nginx, otherCore, stayOffProxyCore, type Contender } from '../http/contenders.ts';
import { underLoad, type Figures, type Load } from '../http/load.ts';
import { startSidecar } from '../http/sidecar.ts';
import { interleaved, measure, middleRound, type Measure } from '../measure.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 31);
const seconds = Number(process.env['BENCH_SECONDS'] ?? 1);
/** Plugins of both: only api-keys differs. */
const others = [{ plugin: 'injection-filter', mode: 'enforce' }];

/**
 * The whole sidecar twice, with api-keys enforcing (scopes and a rate limit) and without it. Throughput is measured in short
 * turns. CPU time is measured while both are under load at the same time on the same core, so whatever else the machine does
 * to a request it does to both alike.
 */
export async function throughProxy(progress: (line: string) => void): Promise<readonly Measure[]> {
  ensureTools();
  stayOffProxyCore();
  const folder = mkdtempSync(join(tmpdir(), 'outrider-bench-keys-'));
  const stops: (() => Promise<void>)[] = [];
  try {
    const postgres = await startPostgres();
    stops.push(postgres.stop);
    const body = JSON.stringify({ text: 'x'.repeat(1024 - 11) }).replaceAll('"', '\\"');
    const location = `location / { default_type application/json; return 200 "${body}"; }`;
    const backendPort = await freePort();
    stops.push((await nginx(backendPort, otherCore, location)).stop);
    const sidecar = async (mode: 'enforce' | 'off') => {
      const url = await ownDatabase(postgres.url, `keys_${mode}`);
      const plugins = [{ plugin: 'api-keys', mode }, ...others];
      const upstream = `http://127.0.0.1:${backendPort}`;
      const started = await startSidecar(await freePort(), await freePort(), upstream, url, {
        plugins,
        keyInput: mode === 'off' ? null : keyInput,
      });
      stops.push(started.contender.stop);
      return started;
    };
    const { contender: withKeys, key } = await sidecar('enforce');
    const { contender: without } = await sidecar('off');
    const load = loadWith(folder, key);
    const contenders = { 'with keys': withKeys, 'without keys': without };
    return [
      ...measuresOf(await figuresOf(contenders, load, progress)),
      await costTogether(contenders, load, progress),
    ];
  } finally {
    for (const stop of stops.reverse()) await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const keyInput = {
  label: 'bench',
  scopes: ['GET /agents/:id', 'POST /agents'],
  rateLimit: { requests: 1_000_000, seconds: 1 },
};

/** One log each: neither has to read what the other records. */
async function ownDatabase(serverUrl: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`).finally(() => client.end());
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Both get the key: reading one more field is not what is measured. */
function loadWith(folder: string, key: string): Load {
  const script = join(folder, 'get.lua');
  writeFileSync(script, `wrk.headers["X-API-Key"] = "${key}"\nwrk.headers["Accept"] = "application/json"`);
  return { seconds, connections: 32, path: '/agents/7', script };
}

async function figuresOf(
  contenders: Readonly<Record<string, Contender>>,
  load: Load,
  progress: (line: string) => void,
): Promise<ReadonlyMap<string, readonly Figures[]>> {
  // A first round warms compilers and connections up and is thrown away.
  for (const contender of Object.values(contenders)) await underLoad(contender, { ...load, seconds: 5 });
  const runs = Object.entries(contenders).map(([name, contender]) => [
    name,
    async (): Promise<Figures> => {
      const figures = await underLoad(contender, load);
      progress(
        `${name}: ${Math.round(figures.requestsPerSecond)}/s, ${figures.cpuMicroseconds.toFixed(1)} µs CPU`,
      );
      return figures;
    },
  ]);
  return interleaved<Figures>(rounds, Object.fromEntries(runs));
}

function measuresOf(figures: ReadonlyMap<string, readonly Figures[]>): readonly Measure[] {
  const compared = (name: string, unit: string, of: (each: Figures) => number) => ({
    name,
    unit,
    ...middleRound((figures.get('with keys') ?? []).map(of), (figures.get('without keys') ?? []).map(of)),
    peer: 'without the plugin',
  });
  return [
    measure({
      ...compared(
        'through the proxy, keys with scopes and a rate limit',
        'requests/s',
        ({ requestsPerSecond }) => requestsPerSecond,
      ),
      goal: { ratioAtLeast: 0.95 },
    }),
    measure(compared('the same, p99', 'ms', ({ p99Ms }) => p99Ms)),
  ];
}

async function costTogether(
  contenders: Readonly<Record<'with keys' | 'without keys', Contender>>,
  load: Load,
  progress: (line: string) => void,
): Promise<Measure> {
  const costs: Figures[] = [];
  const peerCosts: Figures[] = [];
  const run = (name: keyof typeof contenders): Promise<Figures> => underLoad(contenders[name], load);
  for (let round = 0; round < rounds; round += 1) {
    // They take turns at beginning, so that it favours neither.
    const isTurned = round % 2 === 1;
    const [first, second] = await Promise.all(
      isTurned ? [run('without keys'), run('with keys')] : [run('with keys'), run('without keys')],
    );
    const [withKeys, without] = isTurned ? [second, first] : [first, second];
    costs.push(withKeys);
    peerCosts.push(without);
    progress(
      `together: ${withKeys.cpuMicroseconds.toFixed(1)} and ${without.cpuMicroseconds.toFixed(1)} µs CPU`,
    );
  }
  const microseconds = ({ cpuMicroseconds }: Figures): number => cpuMicroseconds;
  return measure({
    name: 'the same, CPU while both are under load together, median round',
    ...middleRound(costs.map(microseconds), peerCosts.map(microseconds)),
    peer: 'without the plugin',
    unit: 'µs/request',
    goal: { ratioAtMost: 1.05 },
  });
}
