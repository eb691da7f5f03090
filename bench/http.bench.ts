import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
import { startPostgres } from '../scripts/services.ts';
import { startSidecar } from './http/sidecar.ts';
import { underLoad, type Figures, type Load } from './http/load.ts';
import { storeWork, type StoreWork, type Written } from './http/store-work.ts';
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
  try {
    const sidecar = await startSidecar(18_094, 18_095, upstream, postgres.url);
    contenders['sidecar'] = sidecar.contender;
    Object.assign(contenders, await startReferences());
    const work = await storeWork(postgres.url);
    const measures: Measure[] = [];
    for (const job of jobs(folder, sidecar.key))
      measures.push(...(await run(job, contenders, work, progress)));
    await work.end();
    return measures;
  } finally {
    await Promise.all(Object.values(contenders).map((each) => each.stop()));
    await backend.stop();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};
export default bench;

/** A checkpoint, a vacuum or a new file of the log of PostgreSQL falls into one round and not into the next, and holds the core of the load generator for 20 ms. */
const evenWork = { max_wal_size: '16GB', checkpoint_timeout: '1h', autovacuum: 'off', wal_init_zero: 'off' };

interface Job {
  readonly name: string;
  readonly load: Load;
  readonly goal: number;
}

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

function jobs(folder: string, key: string): readonly Job[] {
  const script = (name: string, lines: readonly string[]): string => {
    const file = join(folder, `${name}.lua`);
    writeFileSync(file, lines.join('\n'));
    return file;
  };
  const fields = [
    'wrk.headers["Accept"] = "application/json"',
    'wrk.headers["User-Agent"] = "bench/1.0"',
    `wrk.headers["Authorization"] = "Bearer ${key}"`,
  ].join('\n');
  const get = script('get', [fields]);
  const post = script('post', [
    'wrk.method = "POST"',
    fields,
    'wrk.headers["Content-Type"] = "application/json"',
    `wrk.body = [==[${ordinaryBody()}]==]`,
  ]);
  const common = { seconds, connections: 32 };
  return [
    { name: 'GET 1 KB', load: { ...common, path: '/agents/7?expand=tools', script: get }, goal: 2 },
    { name: 'POST 2 KB', load: { ...common, path: '/agents', script: post }, goal: 1.2 },
  ];
}

/** 2 KB of JSON as an agent builder's front end sends it. */
function ordinaryBody(): string {
  const tools = Array.from({ length: 8 }, (_, at) => ({
    name: `tool-${at}`,
    description: `Looks up what the customer asked for in source ${at} and answers in one sentence.`,
    isEnabled: at % 2 === 0,
    parameters: { limit: at * 10, region: 'eu-central', tags: ['support', 'orders'] },
  }));
  const agent = { name: 'Support agent', model: 'large-2', temperature: 0.2, tools, prompt: '' };
  const missing = 2048 - JSON.stringify(agent).length;
  return JSON.stringify({
    ...agent,
    prompt: 'Be brief and kind. '.repeat(200).slice(0, Math.max(0, missing)),
  });
}

async function run(
  job: Job,
  contenders: Readonly<Record<string, Contender>>,
  work: StoreWork,
  progress: (line: string) => void,
): Promise<readonly Measure[]> {
  let perSecond: Written = { events: 0, batches: 0 };
  const besideStore = async (name: string, contender: Contender, load: Load): Promise<Figures> => {
    if (name === 'sidecar') {
      const before = await work.written();
      const figures = await underLoad(contender, load);
      const { events, batches } = await work.written();
      perSecond = {
        events: (events - before.events) / load.seconds,
        batches: (batches - before.batches) / load.seconds,
      };
      return figures;
    }
    const stop = await work.repeat(perSecond);
    return underLoad(contender, load).finally(stop);
  };
  const runs: Record<string, () => Promise<Figures>> = {};
  const add = (name: string, measured: () => Promise<Figures>): void => {
    runs[name] = async () => {
      const figures = await measured();
      progress(
        `${job.name}, ${name}: ${Math.round(figures.requestsPerSecond)}/s, p99 ${figures.p99Ms} ms, ${figures.cpuMicroseconds.toFixed(1)} µs CPU`,
      );
      return figures;
    };
  };
  for (const [name, contender] of Object.entries(contenders))
    add(name, () => besideStore(name, contender, job.load));
  const peer = contenders['http-proxy'];
  if (peer) add('http-proxy, the store at rest', () => underLoad(peer, job.load));
  // A first short round warms every compiler and connection up and is thrown away; it begins with the sidecar, whose store others repeat.
  for (const [name, contender] of Object.entries(contenders))
    await besideStore(name, contender, { ...job.load, seconds: 2 });
  const figures = await interleaved<Figures>(rounds, runs);
  progress(
    `${job.name}: the sidecar recorded ${Math.round(perSecond.events)} events a second in ${Math.round(perSecond.batches)} batches`,
  );
  return measuresOf(job, figures);
}

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
