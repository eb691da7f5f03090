import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ensureTools,
  nginx,
  otherCore,
  proxyCore,
  start,
  stayOffProxyCore,
  type Contender,
} from './http/contenders.ts';
import { besideStore, type BesideStore } from './http/beside-store.ts';
import { startPostgres } from '../scripts/services.ts';
import { startSidecar } from './http/sidecar.ts';
import { jobs, type Job } from './http/jobs.ts';
import { underLoad, type Figures, type Load } from './http/load.ts';
import { storeWork, type StoreWork } from './http/store-work.ts';
import { interleaved, measure, median, type Bench, type Measure } from './measure.ts';

/**
 * Requests per second through the sidecar with api-keys and injection-filter enforcing and events recorded to a
 * PostgreSQL on the other core, against bare http-proxy, beside which that PostgreSQL does the same work; the data path
 * without plugins and nginx stand beside for reference. `BENCH_ROUNDS` and `BENCH_SECONDS` shorten or lengthen it.
 */
const bench: Bench = async ({ progress }) => {
  ensureTools();
  stayOffProxyCore();
  const folder = mkdtempSync(join(tmpdir(), 'outrider-bench-'));
  const postgres = await startPostgres({ settings: evenWork });
  const backend = await nginx(18_090, otherCore, backendServer());
  const contenders: Record<string, Contender> = {};
  let work: StoreWork | null = null;
  try {
    const sidecar = await startSidecar(18_094, 18_095, upstream, postgres.url);
    contenders['sidecar'] = sidecar.contender;
    Object.assign(contenders, await startReferences());
    work = await storeWork(postgres.url);
    const beside = besideStore(work);
    const measures: Measure[] = [];
    for (const job of jobs(folder, sidecar.key, seconds))
      measures.push(...(await run(job, contenders, beside, progress)));
    return measures;
  } finally {
    await work?.end();
    await Promise.all(Object.values(contenders).map((each) => each.stop()));
    await backend.stop();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};
export default bench;

/** A checkpoint, a vacuum or a new file of the log of PostgreSQL falls into one round and not into the next, and holds the core of the load generator for 20 ms. */
const evenWork = { max_wal_size: '16GB', checkpoint_timeout: '1h', autovacuum: 'off', wal_init_zero: 'off' };

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const seconds = Number(process.env['BENCH_SECONDS'] ?? 3);
const upstream = 'http://127.0.0.1:18090';

function backendServer(): string {
  const body = JSON.stringify({ text: 'x'.repeat(1024 - 11) }).replaceAll('"', '\\"');
  return `location / { default_type application/json; return 200 "${body}"; }`;
}

async function startReferences(): Promise<Record<string, Contender>> {
  const file = (name: string): string => fileURLToPath(new URL(`./http/${name}`, import.meta.url));
  const node = (...args: string[]): string[] => [process.execPath, ...args];
  return {
    'http-proxy': await start(node(file('peer.mjs'), '18091', upstream), 18_091, proxyCore),
    'data path': await start(
      node('--import', 'tsx', file('data-path.ts'), '18092', upstream),
      18_092,
      proxyCore,
    ),
    nginx: await nginx(
      18_093,
      proxyCore,
      'location / { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; }',
      'upstream backend { server 127.0.0.1:18090; keepalive 64; }',
    ),
  };
}

async function run(
  job: Job,
  contenders: Readonly<Record<string, Contender>>,
  beside: BesideStore,
  progress: (line: string) => void,
): Promise<readonly Measure[]> {
  const told = (name: string, measured: () => Promise<Figures>) => async (): Promise<Figures> => {
    const figures = await measured();
    progress(
      `${job.name}, ${name}: ${Math.round(figures.requestsPerSecond)}/s, p99 ${figures.p99Ms} ms, ${figures.cpuMicroseconds.toFixed(1)} µs CPU`,
    );
    return figures;
  };
  /** A first short round warms every compiler and connection up and is thrown away; it begins with the sidecar, whose store others repeat. */
  const all = async (load: Load, names: readonly string[], note: string): Promise<Runs> => {
    const runs: Runs = {};
    for (const name of names) {
      const contender = contenders[name];
      if (!contender) continue;
      await beside.underLoad(name, contender, { ...load, seconds: 2 });
      runs[name] = told(`${name}${note}`, () => beside.underLoad(name, contender, load));
    }
    return runs;
  };
  const runs = await all(job.load, Object.keys(contenders), '');
  const peer = contenders['http-proxy'];
  if (peer) runs[storeAtRest] = told(storeAtRest, () => underLoad(peer, job.load));
  const figures = await interleaved<Figures>(rounds, runs);
  const paced = await interleaved<Figures>(
    rounds,
    await all(job.paced, ['sidecar', 'http-proxy'], ', paced'),
  );
  progress(
    `${job.name}: the sidecar recorded ${beside.recorded.events.toFixed(3)} events a request, in ${Math.round(beside.recorded.batches)} batches a second`,
  );
  return [...measuresOf(job, figures), pacedMeasure(job, paced)];
}

type Runs = Record<string, () => Promise<Figures>>;
const storeAtRest = 'http-proxy, the store at rest';

function measuresOf(job: Job, figures: ReadonlyMap<string, readonly Figures[]>): readonly Measure[] {
  const middle = (name: string, of: (each: Figures) => number): number =>
    median((figures.get(name) ?? []).map(of));
  const peer = 'http-proxy';
  return [...figures.keys()]
    .filter((name) => name !== peer)
    .flatMap((name) => [
      measure({
        name: `${job.name}, ${name}`,
        unit: 'requests/s',
        value: middle(name, (each) => each.requestsPerSecond),
        peer,
        peerValue: middle(peer, (each) => each.requestsPerSecond),
        ...(name === 'sidecar' && { goal: { ratioAtLeast: job.goal } }),
      }),
      measure({
        name: `${job.name}, ${name}, p99`,
        unit: 'ms',
        value: middle(name, (each) => each.p99Ms),
        peer,
        peerValue: middle(peer, (each) => each.p99Ms),
        ...(name === 'sidecar' && { goal: { ratioAtMost: 1 } }),
      }),
      measure({
        name: `${job.name}, ${name}, CPU`,
        unit: 'µs/request',
        value: middle(name, (each) => each.cpuMicroseconds),
        peer,
        peerValue: middle(peer, (each) => each.cpuMicroseconds),
      }),
    ]);
}

/**
 * With as many requests as it answers, whoever is faster fills the core of the load generator more, where the backend and the
 * store wait for their turns: latencies are compared at one pace as well.
 */
function pacedMeasure(job: Job, figures: ReadonlyMap<string, readonly Figures[]>): Measure {
  const p99s = (name: string): readonly number[] => (figures.get(name) ?? []).map(({ p99Ms }) => p99Ms);
  return measure({
    name: `${job.name}, sidecar, p99 at one pace`,
    unit: 'ms',
    value: median(p99s('sidecar')),
    peer: 'http-proxy',
    peerValue: median(p99s('http-proxy')),
    goal: { ratioAtMost: 1 },
  });
}
