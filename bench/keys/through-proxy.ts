import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort, startPostgres } from '../../scripts/services.ts';
import { ensureTools, nginx, otherCore, stayOffProxyCore, type Contender } from '../http/contenders.ts';
import { underLoad, type Figures, type Load } from '../http/load.ts';
import { startSidecar } from '../http/sidecar.ts';
import { interleaved, measure, middleRound, type Measure } from '../measure.ts';

/** Sidecars of one build differ by a percent from start to start, in what the compiler happened to do; so several pairs are asked. */
const pairs = Number(process.env['BENCH_PAIRS'] ?? 4);
/** Even: of two that begin together, the one that is started first costs a percent or two more. */
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 10);
const seconds = Number(process.env['BENCH_SECONDS'] ?? 1);
/** Plugins of both: only api-keys differs. */
const others = [{ plugin: 'injection-filter', mode: 'enforce' }];

interface Pair {
  readonly withKeys: Contender;
  readonly without: Contender;
  readonly load: Load;
}

/** One list for each of the two, a round in the same place of both. */
interface Rounds {
  readonly withKeys: Figures[];
  readonly without: Figures[];
}

/**
 * The whole sidecar twice, with api-keys enforcing (scopes and a rate limit) and without it. Throughput is measured in short
 * turns. CPU time is measured while both are under load at the same time on the same core, so whatever else the machine does
 * to a request it does to both alike.
 */
export async function throughProxy(progress: (line: string) => void): Promise<readonly Measure[]> {
  ensureTools();
  stayOffProxyCore();
  const folder = mkdtempSync(join(tmpdir(), 'outrider-bench-keys-'));
  const stops: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  const inTurn: Rounds = { withKeys: [], without: [] };
  const together: Rounds = { withKeys: [], without: [] };
  try {
    const postgres = await startPostgres();
    stops.push(postgres.stop);
    const backendPort = await freePort();
    stops.push((await nginx(backendPort, otherCore, backendLocation)).stop);
    for (let number = 0; number < pairs; number += 1) {
      progress(`pair ${number + 1} of ${pairs} …`);
      const upstream = `http://127.0.0.1:${backendPort}`;
      const pair = await startPair({ number, upstream, serverUrl: postgres.url, folder });
      try {
        await measureInTurn(pair, inTurn, progress);
        await measureTogether(pair, together, progress);
      } finally {
        await pair.withKeys.stop();
        await pair.without.stop();
      }
    }
    return measuresOf(inTurn, together);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

const oneKilobyte = JSON.stringify({ text: 'x'.repeat(1024 - 11) }).replaceAll('"', '\\"');
const backendLocation = `location / { default_type application/json; return 200 "${oneKilobyte}"; }`;

interface PairOptions {
  readonly number: number;
  readonly upstream: string;
  readonly serverUrl: string;
  readonly folder: string;
}

/** They take turns at beginning, here and below, so that it favours neither. */
async function startPair({ number, upstream, serverUrl, folder }: PairOptions): Promise<Pair> {
  const start = async (mode: 'enforce' | 'off') => {
    const url = await ownDatabase(serverUrl, `keys_${mode}_${number}`);
    const plugins = [{ plugin: 'api-keys', mode }, ...others];
    return startSidecar(await freePort(), await freePort(), upstream, url, {
      plugins,
      keyInput: mode === 'off' ? null : keyInput,
    });
  };
  const isTurned = number % 2 === 1;
  const first = await start(isTurned ? 'off' : 'enforce');
  const second = await start(isTurned ? 'enforce' : 'off').catch(async (error: unknown) => {
    await first.contender.stop();
    throw error;
  });
  const [withKeys, without] = isTurned ? [second, first] : [first, second];
  return { withKeys: withKeys.contender, without: without.contender, load: loadWith(folder, withKeys.key) };
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

async function measureInTurn(
  { withKeys, without, load }: Pair,
  figures: Rounds,
  progress: (line: string) => void,
): Promise<void> {
  // A first round warms compilers and connections up and is thrown away.
  for (const contender of [withKeys, without]) await underLoad(contender, { ...load, seconds: 5 });
  const turn = (name: keyof Rounds, contender: Contender) => async (): Promise<Figures> => {
    const measured = await underLoad(contender, load);
    const { requestsPerSecond, cpuMicroseconds } = measured;
    progress(`${name}: ${Math.round(requestsPerSecond)}/s, ${cpuMicroseconds.toFixed(1)} µs CPU`);
    return measured;
  };
  const turns = await interleaved<Figures>(rounds, {
    withKeys: turn('withKeys', withKeys),
    without: turn('without', without),
  });
  figures.withKeys.push(...(turns.get('withKeys') ?? []));
  figures.without.push(...(turns.get('without') ?? []));
}

async function measureTogether(
  { withKeys, without, load }: Pair,
  figures: Rounds,
  progress: (line: string) => void,
): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const isTurned = round % 2 === 1;
    const order = isTurned ? [without, withKeys] : [withKeys, without];
    const measured = await Promise.all(order.map((contender) => underLoad(contender, load)));
    const [ofKeys, ofNone] = isTurned ? [measured[1], measured[0]] : measured;
    if (!ofKeys || !ofNone) throw new Error('A round has no figures.');
    figures.withKeys.push(ofKeys);
    figures.without.push(ofNone);
    progress(
      `together: ${ofKeys.cpuMicroseconds.toFixed(1)} and ${ofNone.cpuMicroseconds.toFixed(1)} µs CPU`,
    );
  }
}

function measuresOf(inTurn: Rounds, together: Rounds): readonly Measure[] {
  const compared = (
    name: string,
    unit: string,
    { withKeys, without }: Rounds,
    of: (each: Figures) => number,
  ) => ({
    name,
    unit,
    ...middleRound(withKeys.map(of), without.map(of)),
    peer: 'without the plugin',
  });
  const throughput = 'through the proxy, keys with scopes and a rate limit';
  const cpu = 'the same, CPU while both are under load together, median round';
  return [
    measure({
      ...compared(throughput, 'requests/s', inTurn, ({ requestsPerSecond }) => requestsPerSecond),
      goal: { ratioAtLeast: 0.95 },
    }),
    measure(compared('the same, p99', 'ms', inTurn, ({ p99Ms }) => p99Ms)),
    measure({
      ...compared(cpu, 'µs/request', together, ({ cpuMicroseconds }) => cpuMicroseconds),
      goal: { ratioAtMost: 1.05 },
    }),
  ];
}
