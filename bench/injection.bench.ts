import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../scripts/services.ts';
import { fakeExchange } from '../shared/testing.ts';
import { ensureTools, nginx, otherCore, stayOffProxyCore, type Contender } from './http/contenders.ts';
import { underLoad, type Figures, type Load } from './http/load.ts';
import { startSidecar } from './http/sidecar.ts';
import { ordinaryBody } from './injection/body.ts';
import { hostileTexts } from './injection/hostile.ts';
import { costOf, filterGuard, guardedServer, slowestMs } from './injection/in-process.ts';
import { ensureModSecurity, modSecurity } from './injection/modsecurity.ts';
import { evasionScores, hasData, score } from './injection/scores.ts';
import { interleaved, measure, median, type Bench, type Goal, type Measure } from './measure.ts';

/**
 * What the injection filter catches and blocks by mistake, over real HTTP; what a check costs in process; and the CPU a
 * request costs the whole sidecar with the filter enforcing, against nginx with ModSecurity and the OWASP rule set.
 * The labelled data lies beside the repository (`../shared`); without it the scores are left out.
 */
const bench: Bench = async ({ progress }) => [
  ...(await scores(progress)),
  ...(await inProcess(progress)),
  ...(await againstModSecurity(progress)),
];
export default bench;

const scoreGoals: Readonly<Record<string, Goal>> = {
  sqli: { valueAtLeast: 96 },
  xss: { valueAtLeast: 97 },
  command: { valueAtLeast: 93 },
  attacks: { valueAtLeast: 96 },
  benign: { valueAtMost: 1 },
  text: { valueAtMost: 0.3 },
  prompts: { valueAtMost: 0.5 },
  code: { valueAtMost: 3 },
  'balanced accuracy': { valueAtLeast: 97.5 },
  're-encoded': { valueAtLeast: 95 },
  'in a sentence': { valueAtLeast: 95 },
};

async function scores(progress: (line: string) => void): Promise<readonly Measure[]> {
  if (!hasData()) {
    progress('The labelled data is not here; scores are left out.');
    return [];
  }
  const server = await guardedServer(await filterGuard());
  try {
    progress('scoring every labelled row over HTTP');
    const figures = { ...(await score(server.url)), ...evasionScores() };
    return Object.entries(figures).map(([name, value]) => {
      const goal = scoreGoals[name];
      return measure({ name: `${name}${isBlocked(name)}`, value, unit: '%', ...(goal && { goal }) });
    });
  } finally {
    await server.close();
  }
}

function isBlocked(name: string): string {
  if (name === 'balanced accuracy') return '';
  return ['benign', 'text', 'prompts', 'code'].includes(name) ? ' blocked' : ' caught';
}

const fields = {
  'user-agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36',
  accept: 'application/json',
  cookie: 'theme=dark; sid=0b9c7e',
};

async function inProcess(progress: (line: string) => void): Promise<readonly Measure[]> {
  progress('measuring one check in process');
  const guard = await filterGuard();
  const headers = { ...fields, 'content-type': 'application/json' };
  const post = fakeExchange({ method: 'POST', target: '/api/v1/agents', headers, body: ordinaryBody() });
  const get = fakeExchange({ target: '/api/v1/agents?page=1&q=hello+world&limit=20', headers: fields });
  return [
    measure({
      name: 'check of a 2 KB JSON body',
      value: costOf(guard, post, 2000),
      unit: 'µs CPU',
      goal: { valueAtMost: 60 },
    }),
    measure({
      name: 'slowest hostile text of 64 KB',
      value: slowestMs(hostileTexts(65_536)),
      unit: 'ms',
      goal: { valueAtMost: 5 },
    }),
    measure({ name: 'check of a GET with 3 parameters', value: costOf(guard, get, 10_000), unit: 'µs CPU' }),
  ];
}

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3);
const seconds = Number(process.env['BENCH_SECONDS'] ?? 4);
const peer = 'nginx + ModSecurity + CRS';

async function againstModSecurity(progress: (line: string) => void): Promise<readonly Measure[]> {
  ensureTools();
  ensureModSecurity();
  stayOffProxyCore();
  const folder = mkdtempSync(join(tmpdir(), 'outrider-bench-injection-'));
  const postgres = await startPostgres();
  const started: Contender[] = [];
  const keep = <Each extends Contender>(contender: Each): Each => {
    started.push(contender);
    return contender;
  };
  try {
    keep(await nginx(18_110, otherCore, 'location / { default_type application/json; return 200 "{}"; }'));
    const { contender, key } = await startSidecar(18_111, 18_112, 'http://127.0.0.1:18110', postgres.url);
    const contenders = { sidecar: keep(contender), [peer]: keep(await modSecurity(18_113, 18_110)) };
    const measures: Measure[] = [];
    for (const job of jobs(folder, key)) measures.push(await compare(job, contenders, progress));
    return measures;
  } finally {
    await Promise.all(started.map((each) => each.stop()));
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Job {
  readonly name: string;
  readonly load: Load;
  readonly timesLess: number;
}

function jobs(folder: string, key: string): readonly Job[] {
  const script = (name: string, lines: readonly string[]): string => {
    const file = join(folder, `${name}.lua`);
    writeFileSync(file, lines.join('\n'));
    return file;
  };
  const common = Object.entries({ ...fields, Authorization: `Bearer ${key}` }).map(
    ([name, value]) => `wrk.headers["${name}"] = "${value}"`,
  );
  const post = [
    ...common,
    'wrk.method = "POST"',
    'wrk.headers["Content-Type"] = "application/json"',
    `wrk.body = [==[${ordinaryBody()}]==]`,
  ];
  return [
    {
      name: 'GET with 3 parameters',
      load: {
        seconds,
        connections: 16,
        path: '/api/v1/agents?page=1&q=hello+world&limit=20',
        script: script('get', common),
      },
      timesLess: 20,
    },
    {
      name: 'POST of 2 KB JSON',
      load: { seconds, connections: 16, path: '/api/v1/agents', script: script('post', post) },
      timesLess: 45,
    },
  ];
}

async function compare(
  job: Job,
  contenders: Readonly<Record<string, Contender>>,
  progress: (line: string) => void,
): Promise<Measure> {
  for (const contender of Object.values(contenders)) await underLoad(contender, { ...job.load, seconds: 2 });
  const runs = Object.entries(contenders).map(([name, contender]) => [
    name,
    async (): Promise<Figures> => {
      const figures = await underLoad(contender, job.load);
      progress(
        `${job.name}, ${name}: ${Math.round(figures.requestsPerSecond)}/s, ${figures.cpuMicroseconds.toFixed(0)} µs CPU`,
      );
      return figures;
    },
  ]);
  const figures = await interleaved<Figures>(rounds, Object.fromEntries(runs));
  const middle = (name: string): number =>
    median((figures.get(name) ?? []).map((each) => each.cpuMicroseconds));
  return measure({
    name: `${job.name}, CPU of the whole sidecar`,
    value: middle('sidecar'),
    unit: 'µs/request',
    peer,
    peerValue: middle(peer),
    goal: { ratioAtMost: 1 / job.timesLess },
  });
}
