import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startPostgres } from '../scripts/services.ts';
import { event, type Log } from '../shared/index.ts';
import { recordSchema } from '../sidecar/config-schema.ts';
import { createRecorder } from '../sidecar/record/create-recorder.ts';
import { createStore } from '../sidecar/store/create-store.ts';
import type { Appended, EventStore } from '../sidecar/store/store.ts';
import { plainInserts, type PlainInserts } from './events/plain-inserts.ts';
import { interleaved, measure, median, type Bench, type Measure } from './measure.ts';

/**
 * Appends (500 bytes of JSON, durable, in the recorder's batches of 1,000) and replay of the whole log, on both
 * stores. The peer writes and reads the same rows in a table with the same indexes by plain SQL through `pg`: no
 * positions, no streams, no batch numbers. And what `record` costs its caller.
 */
const rounds = 5;
const appendedPerRound = 10_000;
const batchEvents = 1_000;
const log: Log = { info: () => undefined, warn: () => undefined };

const bench: Bench = async ({ progress }) => {
  const directory = mkdtempSync(join(tmpdir(), 'outrider-bench-events-'));
  const postgres = await startPostgres();
  const server = createStore(recordSchema.parse({ databaseUrl: postgres.url }), directory, log);
  const embedded = createStore(recordSchema.parse({}), directory, log);
  const plain = await plainInserts(postgres.url);
  try {
    progress('opening both stores …');
    await server.open();
    await embedded.open();
    await retainToday(server, embedded);
    progress('appending …');
    const appends = await appendRates(server, embedded, plain);
    progress('replaying …');
    const replays = await replayRates(server, embedded, plain);
    progress('recording …');
    return [...appends, ...replays, ...(await recordCosts(embedded, directory))];
  } finally {
    await Promise.all([server.close(), embedded.close(), plain.close()]);
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  }
};
export default bench;

async function retainToday(...stores: readonly EventStore[]): Promise<void> {
  for (const store of stores) await store.retain(7, new Date());
}

async function appendRates(
  server: EventStore,
  embedded: EventStore,
  plain: PlainInserts,
): Promise<readonly Measure[]> {
  const into = (append: (batch: readonly Appended[]) => Promise<unknown>) => async (): Promise<number> => {
    const batches = Array.from({ length: appendedPerRound / batchEvents }, batchOf);
    return rate(appendedPerRound, async () => {
      for (const batch of batches) await append(batch);
    });
  };
  const rates = await interleaved(rounds, {
    server: into((batch) => server.append(batch)),
    embedded: into((batch) => embedded.append(batch)),
    plain: into(plain.append),
  });
  return compared(rates, 'appends, durable, batches of 1,000', 'INSERT … VALUES by pg', {
    // The peer gives no gapless places and forgets which batch it has had.
    server: 0.8,
    embedded: 0.5,
  });
}

async function replayRates(
  server: EventStore,
  embedded: EventStore,
  plain: PlainInserts,
): Promise<readonly Measure[]> {
  const events = rounds * appendedPerRound;
  const through = (store: EventStore) => async (): Promise<number> =>
    rate(events, async () => {
      let count = 0;
      for await (const _event of store.stream({})) count += 1;
      if (count !== events) throw new Error(`Replayed ${count} of ${events} events.`);
    });
  const rates = await interleaved(rounds, {
    server: through(server),
    embedded: through(embedded),
    plain: async () => rate(events, plain.readAll),
  });
  return compared(rates, 'replay of the whole log', 'SELECT … ORDER BY by pg', { server: 1 });
}

function compared(
  rates: ReadonlyMap<string, readonly number[]>,
  what: string,
  peer: string,
  goals: { readonly server: number; readonly embedded?: number },
): readonly Measure[] {
  const of = (name: string): number => median(rates.get(name) ?? []);
  const row = (name: 'server' | 'embedded', label: string): Measure =>
    measure({
      name: `${label}: ${what}`,
      value: of(name),
      unit: 'events/s',
      peer,
      peerValue: of('plain'),
      ...(goals[name] !== undefined && { goal: { ratioAtLeast: goals[name] } }),
    });
  return [row('server', 'PostgreSQL'), row('embedded', 'embedded')];
}

/** What one `record` costs whoever calls it: kept, and sampled away with nobody watching. */
async function recordCosts(store: EventStore, dataDir: string): Promise<readonly Measure[]> {
  const Finished = event('bench/finished', 'days', z.unknown());
  const data = dataOf(1);
  const recorder = await createRecorder({
    store,
    dataDir,
    log,
    config: { days: 7, eventsPerSecond: 5_000, queuedEvents: 50_000, spoolBytes: 2 ** 20 },
  });
  const costs = { kept: [] as number[], sampledAway: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    const away = recorder.stats.sampledAway;
    const kept = nanosecondsOf(4_000, () =>
      recorder.record(Finished, data, { exchangeId: 'x', isImportant: true }),
    );
    if (recorder.stats.sampledAway === away) costs.kept.push(kept);
    nanosecondsOf(6_000, () => recorder.record(Finished, data));
    costs.sampledAway.push(nanosecondsOf(50_000, () => recorder.record(Finished, data)));
    await drained(() => recorder.stats.queued === 0);
  }
  await recorder.close(10_000);
  const row = (name: string, values: readonly number[], most: number): Measure =>
    measure({ name, value: median(values) / 1_000, unit: 'µs', goal: { valueAtMost: most } });
  return [
    row('record of an event that is kept', costs.kept, 2),
    row('record of an event that is sampled away', costs.sampledAway, 1),
  ];
}

function nanosecondsOf(times: number, work: () => void): number {
  const startedMs = performance.now();
  for (let index = 0; index < times; index += 1) work();
  return ((performance.now() - startedMs) * 1e6) / times;
}

async function drained(isDone: () => boolean): Promise<void> {
  const untilMs = Date.now() + 30_000;
  while (!isDone()) {
    if (Date.now() > untilMs) throw new Error('The recorder did not drain within 30 s.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function rate(events: number, work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (events * 1_000) / (performance.now() - startedMs);
}

let made = 0;

function batchOf(): readonly Appended[] {
  return Array.from({ length: batchEvents }, () => {
    made += 1;
    const exchange = made.toString(16).padStart(26, '0');
    return {
      id: `bench-${made}`,
      type: made % 2 === 0 ? 'http/finished' : 'sql/finished',
      keep: 'days',
      at: new Date().toISOString(),
      stream: null,
      traceId: exchange.padStart(32, 'f'),
      exchangeId: exchange,
      causedBy: null,
      data: dataOf(made),
    };
  });
}

/** 500 bytes as JSON. */
function dataOf(number: number): unknown {
  const event = {
    method: 'GET',
    route: '/api/agents/:id',
    target: `/api/agents/${number}`,
    status: 200,
    durationMs: 12.345,
    firstByteMs: 11.2,
    requestBytes: 0,
    replyBytes: 1024,
    principal: { kind: 'api-key', id: 'key_0123456789', label: 'demo' },
    clientAddress: '127.0.0.1',
    servedBy: 'backend',
    text: '',
  };
  return { ...event, text: 'x'.repeat(500 - JSON.stringify(event).length) };
}
