import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { startPostgres, startRedis, type Service } from './services.ts';

/**
 * The whole test run: real services are started, then mocha runs the unit, integration and end-to-end tests.
 * With arguments, mocha gets those instead: `node --import tsx scripts/test.ts 'sidecar/store/*.int.test.ts'`.
 */
const suites = [
  {
    name: 'unit',
    files: ['{shared,plugins,sidecar,extension,scripts}/**/*.test.ts'],
    ignore: '**/*.int.test.ts',
    timeoutMs: 20_000,
  },
  {
    name: 'integration',
    files: ['{shared,plugins,sidecar,extension,scripts,docker}/**/*.int.test.ts'],
    timeoutMs: 120_000,
  },
  // An editor on a busy machine now and then misses a click; a step that fails twice has failed.
  { name: 'end to end', files: ['e2e/**/*.test.ts'], timeoutMs: 300_000, retries: 1 },
] as const;

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly exitCode: number;
}

async function main(): Promise<number> {
  const started: Service[] = [];
  try {
    console.error('setup: starting PostgreSQL and Redis for this run …');
    const postgres = await startPostgres();
    started.push(postgres);
    const redis = await startRedis();
    started.push(redis);
    const environment = { TEST_POSTGRES_URL: postgres.url, TEST_REDIS_URL: redis.url };
    const given = process.argv.slice(2);
    return given.length > 0 ? (await mocha(given, environment)).exitCode : await everything(environment);
  } finally {
    await Promise.all(started.map((service) => service.stop()));
  }
}

async function everything(environment: Readonly<Record<string, string>>): Promise<number> {
  await prepare();
  const outcomes: Outcome[] = [];
  for (const suite of suites) {
    console.error(`\n— ${suite.name} —`);
    const ignore = 'ignore' in suite ? ['--ignore', suite.ignore] : [];
    const retries = 'retries' in suite ? ['--retries', String(suite.retries)] : [];
    const never = ['--ignore', '**/node_modules/**', '--ignore', '**/dist/**', '--ignore', '.cache/**'];
    outcomes.push(
      await mocha(
        ['--timeout', String(suite.timeoutMs), ...retries, ...ignore, ...never, ...suite.files],
        environment,
      ),
    );
  }
  const passed = outcomes.reduce((sum, each) => sum + each.passed, 0);
  const failed = outcomes.reduce((sum, each) => sum + each.failed, 0);
  const isBroken = outcomes.some(({ exitCode, passed: ran }) => exitCode !== 0 || ran === 0);
  console.log(`\n${passed} passed, ${failed} failed`);
  return isBroken ? 1 : 0;
}

/** What the end-to-end tests drive must be there before the first of them starts its clock. */
async function prepare(): Promise<void> {
  const { ensureChromium } = await import('./vscode/chromium.ts');
  const { ensureCodeServer } = await import('./vscode/code-server.ts');
  const { ensureSqlmap } = await import('./sqlmap.ts');
  const { build } = await import('./build.ts');
  ensureSqlmap();
  await ensureChromium();
  await ensureCodeServer();
  await build({ vsix: true });
}

function mocha(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Outcome> {
  const child = spawn('node_modules/.bin/mocha', args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  let tail = '';
  child.stdout.on('data', (chunk: Buffer) => {
    process.stdout.write(chunk);
    tail = (tail + chunk.toString()).slice(-200_000);
  });
  const count = (word: string): number => Number(new RegExp(`^\\s+(\\d+) ${word}`, 'm').exec(tail)?.[1] ?? 0);
  return new Promise((resolve) => {
    child.once('close', (code) =>
      resolve({ passed: count('passing'), failed: count('failing'), exitCode: code ?? 1 }),
    );
  });
}

if (!existsSync('node_modules')) throw new Error('Run `npm ci` first.');
process.exitCode = await main();
