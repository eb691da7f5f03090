import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ensurePostgres, type Service } from '../../scripts/services.ts';
import { otherCore, proxyCore, start, type Contender } from '../http/contenders.ts';
import { interleaved, measure, median, type Measure } from '../measure.ts';

const bin = fileURLToPath(new URL('../../sidecar/bin/outrider.mjs', import.meta.url));
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 7);
const seconds = Number(process.env['BENCH_SECONDS'] ?? 2);
const clients = 8;

/** Every plugin that reads statements, with a connection of its own to explain them, against a tap that only records. */
const sqlPlugins = ['slow-queries', 'n-plus-one', 'code-lines'];

/**
 * pgbench, select-only with 8 clients, through two whole sidecars in turns: their taps alike, one with every plugin for
 * SQL and one with none. Each has one core, PostgreSQL and pgbench the other.
 */
export async function tapThroughput(
  postgres: Service,
  progress: (line: string) => void,
): Promise<readonly Measure[]> {
  execFileSync('taskset', ['-a', '-p', '-c', otherCore, String(process.pid)], { stdio: 'ignore' });
  await pgbench(postgres.port, ['--initialize', '--quiet', '--scale=5']);
  const contenders: Record<string, Contender> = {};
  try {
    contenders['off'] = await startTap(18_141, postgres, []);
    contenders['on'] = await startTap(18_143, postgres, sqlPlugins);
    progress('tap with and without plugins: warming up');
    // Until the compiler has seen all of it.
    for (let round = 0; round < 3; round += 1)
      for (const contender of Object.values(contenders)) await underLoad(contender);
    const runs = Object.entries(contenders).map(([name, each]) => [name, () => underLoad(each)] as const);
    const figures = await interleaved(rounds, Object.fromEntries(runs));
    const of = (name: string, pick: (figure: Figure) => number): readonly number[] =>
      (figures.get(name) ?? []).map(pick);
    const perSecond = (name: string): readonly number[] => of(name, (each) => each.perSecond);
    const cpu = (name: string): number => median(of(name, (each) => each.cpuMicroseconds));
    progress(`a second, with: ${shown(perSecond('on'))}; without: ${shown(perSecond('off'))}`);
    return [
      measure({
        name: 'tap: throughput with every SQL plugin',
        value: median(perSecond('on')),
        unit: 'transactions/s',
        peer: 'without',
        peerValue: median(perSecond('off')),
        goal: { ratioAtLeast: 0.95 },
      }),
      // All threads: what is worked on beside the relay counts here.
      measure({
        name: 'tap: CPU with every SQL plugin',
        value: cpu('on'),
        unit: 'µs/transaction',
        peer: 'without',
        peerValue: cpu('off'),
      }),
    ];
  } finally {
    await Promise.all(Object.values(contenders).map((each) => each.stop()));
    execFileSync('taskset', ['-a', '-p', '-c', `${proxyCore},${otherCore}`, String(process.pid)], {
      stdio: 'ignore',
    });
  }
}

async function startTap(port: number, postgres: Service, plugins: readonly string[]): Promise<Contender> {
  const folder = mkdtempSync(join(tmpdir(), 'outrider-bench-sql-'));
  const file = join(folder, 'outrider.config.json');
  const config = {
    mode: 'observe',
    dataDir: join(folder, 'data'),
    gateway: { listen: `127.0.0.1:${port + 1}` },
    sql: {
      listen: `127.0.0.1:${port}`,
      upstream: `127.0.0.1:${postgres.port}`,
      inspectUrl: postgres.url,
    },
    record: { databaseUrl: postgres.url },
    plugins: plugins.map((plugin) => ({ plugin })),
    log: { level: 'warn' },
  };
  writeFileSync(file, JSON.stringify(config));
  const contender = await start([process.execPath, bin, '--config', file], port, proxyCore, folder);
  return {
    ...contender,
    async stop() {
      await contender.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Figure {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
}

const shown = (figures: readonly number[]): string => figures.map(Math.round).join(', ');

async function underLoad(contender: Contender): Promise<Figure> {
  const before = contender.cpuSeconds();
  const printed = await pgbench(contender.port, [
    '--select-only',
    '--no-vacuum',
    '--protocol=prepared',
    `--client=${clients}`,
    `--time=${seconds}`,
  ]);
  const transactions = Number(/actually processed: (\d+)/.exec(printed)?.[1]);
  const perSecond = Number(/tps = ([\d.]+)/.exec(printed)?.[1]);
  // A machine too busy for one transaction gives no figure, and a median over what is no number means nothing.
  if (!(perSecond > 0 && transactions > 0))
    throw new Error(`pgbench told no figure: ${printed.slice(0, 200)}`);
  return {
    perSecond,
    cpuMicroseconds: ((contender.cpuSeconds() - before) * 1e6) / transactions,
  };
}

async function pgbench(port: number, options: readonly string[]): Promise<string> {
  const url = `postgresql://outrider:outrider@127.0.0.1:${port}/postgres?sslmode=disable`;
  const { stdout } = await promisify(execFile)(join(ensurePostgres(), 'pgbench'), [...options, url]);
  return stdout;
}
