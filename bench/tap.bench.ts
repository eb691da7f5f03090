import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { aptInstall } from '../scripts/apt.ts';
import { ensurePostgres, startPostgres, type Service } from '../scripts/services.ts';
import { otherCore, proxyCore, start, type Contender } from './http/contenders.ts';
import { normalising } from './tap/normalising.ts';
import { interleaved, measure, median, type Bench, type Measure } from './measure.ts';

/**
 * pgbench, select-only, directly and through the tap and through pgbouncer in session mode; each proxy alone on one
 * core, PostgreSQL and pgbench on the other. `BENCH_ROUNDS` and `BENCH_SECONDS` shorten or lengthen it.
 */
const bench: Bench = async ({ progress }) => {
  if (!existsSync('/usr/sbin/pgbouncer'))
    aptInstall(['pgbouncer'], 'pgbouncer is what the tap is compared with');
  // What this process starts from here on runs beside pgbench; the contenders pin themselves elsewhere.
  execFileSync('taskset', ['-a', '-p', '-c', otherCore, String(process.pid)], { stdio: 'ignore' });
  const folder = mkdtempSync(join(tmpdir(), 'outrider-bench-tap-'));
  const postgres = await startPostgres({ port: 18_100 });
  const contenders: Record<string, Contender> = { direct: directly(postgres) };
  try {
    contenders['pgbouncer'] = await startPgbouncer(folder, postgres);
    contenders['tap'] = await startTap(postgres);
    await pgbench(postgres.port, ['--initialize', '--quiet', '--scale=5']);
    const measures: Measure[] = [await normalising()];
    progress('warming up');
    for (const contender of Object.values(contenders))
      for (const { protocol } of jobs) await underLoad(contender, { clients: 8, protocol });
    for (const job of jobs) measures.push(...(await run(job, contenders, progress)));
    return measures;
  } finally {
    await Promise.all(Object.values(contenders).map((each) => each.stop()));
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};
export default bench;

interface Job {
  readonly clients: number;
  readonly protocol: 'simple' | 'prepared';
}

interface Figures {
  readonly transactionsPerSecond: number;
  readonly cpuMicroseconds: number;
}

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 7);
const seconds = Number(process.env['BENCH_SECONDS'] ?? 2);

const jobs: readonly Job[] = [1, 8].flatMap((clients) =>
  (['simple', 'prepared'] as const).map((protocol) => ({ clients, protocol })),
);

async function run(
  { clients, protocol }: Job,
  contenders: Readonly<Record<string, Contender>>,
  progress: (line: string) => void,
): Promise<readonly Measure[]> {
  const name = `${protocol}, ${clients} client${clients === 1 ? '' : 's'}`;
  const runs = Object.fromEntries(
    Object.entries(contenders).map(([who, contender]) => [
      who,
      () => underLoad(contender, { clients, protocol }),
    ]),
  );
  const figures = await interleaved(rounds, runs);
  const middle = (who: string, of: keyof Figures): number =>
    median((figures.get(who) ?? []).map((each) => each[of]));
  const [direct, bouncer, tap] = ['direct', 'pgbouncer', 'tap'].map((who) =>
    middle(who, 'transactionsPerSecond'),
  );
  progress(
    `${name}: direct ${direct?.toFixed()}, pgbouncer ${bouncer?.toFixed()}, tap ${tap?.toFixed()} a second`,
  );
  const common = { peer: 'pgbouncer' } as const;
  return [
    measure({
      ...common,
      name: `${name}: throughput`,
      value: tap ?? Number.NaN,
      unit: 'transactions/s',
      peerValue: bouncer ?? Number.NaN,
      goal: { ratioAtLeast: 0.9 },
    }),
    measure({
      ...common,
      name: `${name}: CPU`,
      value: middle('tap', 'cpuMicroseconds'),
      unit: 'µs/transaction',
      peerValue: middle('pgbouncer', 'cpuMicroseconds'),
      goal: { ratioAtMost: 1.5 },
    }),
    measure({
      name: `${name}: against no proxy`,
      value: tap ?? Number.NaN,
      unit: 'transactions/s',
      peer: 'direct',
      peerValue: direct ?? Number.NaN,
    }),
  ];
}

async function underLoad(contender: Contender, { clients, protocol }: Job): Promise<Figures> {
  const before = contender.cpuSeconds();
  const printed = await pgbench(contender.port, [
    '--select-only',
    '--no-vacuum',
    `--protocol=${protocol}`,
    `--client=${clients}`,
    `--time=${seconds}`,
  ]);
  const transactions = Number(/actually processed: (\d+)/.exec(printed)?.[1]);
  return {
    transactionsPerSecond: Number(/tps = ([\d.]+)/.exec(printed)?.[1]),
    cpuMicroseconds: ((contender.cpuSeconds() - before) * 1e6) / transactions,
  };
}

async function pgbench(port: number, options: readonly string[]): Promise<string> {
  const url = `postgresql://outrider:outrider@127.0.0.1:${port}/postgres?sslmode=disable`;
  const { stdout } = await promisify(execFile)(join(ensurePostgres(), 'pgbench'), [...options, url]);
  return stdout;
}

function directly({ port }: Service): Contender {
  return { port, cpuSeconds: () => 0, stop: () => Promise.resolve() };
}

function startTap({ port }: Service): Promise<Contender> {
  const file = fileURLToPath(new URL('./tap/tap-process.ts', import.meta.url));
  const command = [process.execPath, '--import', 'tsx', file, '127.0.0.1:18101', `127.0.0.1:${port}`];
  return start(command, 18_101, proxyCore);
}

function startPgbouncer(folder: string, { port }: Service): Promise<Contender> {
  const file = join(folder, 'pgbouncer.ini');
  const lines = [
    '[databases]',
    `* = host=127.0.0.1 port=${port} user=outrider password=outrider`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    'listen_port = 18102',
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = session',
    'ignore_startup_parameters = extra_float_digits',
    // It does not run as root.
    ...(process.getuid?.() === 0 ? ['user = postgres'] : []),
  ];
  writeFileSync(file, lines.join('\n'));
  chmodSync(folder, 0o755);
  return start(['/usr/sbin/pgbouncer', '--quiet', file], 18_102, proxyCore);
}
