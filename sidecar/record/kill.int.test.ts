import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'mocha';
import type { Recorded } from '../../shared/index.ts';
import { recordSchema } from '../config-schema.ts';
import { silentLog, testDatabase, testDirectory } from '../store/contract-databases.ts';
import { collected, until } from '../store/contract-events.ts';
import { openGate, type Gate } from '../store/contract-gate.ts';
import { createStore } from '../store/create-store.ts';
import { createRecorder } from './create-recorder.ts';

const child = fileURLToPath(new URL('./kill-child.ts', import.meta.url));

describe('a sidecar killed with SIGKILL under load', function () {
  this.timeout(240_000);

  it('has lost no acknowledged event on PostgreSQL', async () => {
    const database = await testDatabase();
    const directory = testDirectory();
    try {
      const acknowledged = await killedRuns(5, directory.path, database.url);
      check(acknowledged, await drained(directory.path, database.url));
    } finally {
      directory.remove();
      await database.drop();
    }
  });

  it('has lost no acknowledged event on PostgreSQL that comes and goes', async () => {
    const database = await testDatabase();
    const directory = testDirectory();
    const gate = await openGate(new URL(database.url));
    const swinging = swing(gate);
    try {
      const acknowledged = await killedRuns(5, directory.path, gate.url);
      swinging.stop();
      check(acknowledged, await drained(directory.path, database.url));
    } finally {
      swinging.stop();
      await gate.close();
      directory.remove();
      await database.drop();
    }
  });

  it('has lost no acknowledged event in the embedded store', async () => {
    const directory = testDirectory();
    try {
      const acknowledged = await killedRuns(4, directory.path);
      check(acknowledged, await drained(directory.path));
    } finally {
      directory.remove();
    }
  });
});

async function killedRuns(runs: number, dataDir: string, url?: string): Promise<ReadonlySet<string>> {
  const acknowledged = new Set<string>();
  for (let run = 0; run < runs; run += 1) await killedRun(`r${run}`, acknowledged, dataDir, url);
  return acknowledged;
}

/** Lets a child acknowledge for a random moment, and kills it. */
async function killedRun(
  run: string,
  acknowledged: Set<string>,
  dataDir: string,
  url?: string,
): Promise<void> {
  const args = ['--import', 'tsx', child, dataDir, run, ...(url === undefined ? [] : [url])];
  const process = spawn('node', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  process.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const exited = once(process, 'exit');
  try {
    const enough = 5 + Math.floor(Math.random() * 30);
    await until(
      () => text.split('\n').length > enough || process.exitCode !== null,
      `${enough} acknowledgements`,
      60,
    );
    assert.equal(process.exitCode, null, 'The child ended by itself.');
  } finally {
    process.kill('SIGKILL');
    await exited;
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  for (const name of whole.split(/\s+/)) if (name !== '') acknowledged.add(name);
}

/** What the log holds once a new sidecar has drained what the killed ones left. */
async function drained(dataDir: string, url?: string): Promise<readonly Recorded[]> {
  const config = recordSchema.parse(url === undefined ? {} : { databaseUrl: url });
  const store = createStore(config, dataDir, silentLog);
  const recorder = await createRecorder({ store, config, dataDir, log: silentLog });
  try {
    await until(() => recorder.stats.spooled === 0 && !recorder.stats.isStoreAway, 'the spool to drain', 60);
    assert.equal(recorder.stats.lost, 0);
    return await collected(store.stream({}));
  } finally {
    await recorder.close(5_000);
    await store.close();
  }
}

function check(acknowledged: ReadonlySet<string>, events: readonly Recorded[]): void {
  assert.ok(acknowledged.size > 50, `Only ${acknowledged.size} events were acknowledged.`);
  assert.deepEqual(
    events.map(({ position }) => position),
    events.map((_, index) => index + 1),
  );
  const names = events.filter(({ type }) => type !== 'test/noise').map(nameOf);
  assert.equal(new Set(names).size, names.length, 'An event was placed twice.');
  const found = new Set(names);
  assert.deepEqual(
    [...acknowledged].filter((name) => !found.has(name)),
    [],
  );
  inOrder(names);
}

/** Rounds and their events in the order in which they were recorded, apart from those appended past the queue. */
function inOrder(names: readonly string[]): void {
  const keys = names
    .filter((name) => !name.includes('direct'))
    .map((name) => name.slice(1).split('-').map(Number))
    .map(([run = 0, round = 0, index = 0]) => run * 1e9 + round * 1e3 + index);
  assert.deepEqual(
    keys,
    [...keys].sort((a, b) => a - b),
  );
}

function nameOf({ data }: Recorded): string {
  return typeof data === 'object' && data !== null && 'name' in data ? String(data.name) : '';
}

/** Opens and shuts the way to PostgreSQL every few hundred milliseconds. */
function swing(gate: Gate): { stop(): void } {
  let isOpen = true;
  const timer = setInterval(() => {
    isOpen = !isOpen;
    if (isOpen) gate.open();
    else gate.shut();
  }, 300);
  return { stop: () => clearInterval(timer) };
}
