import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { z } from 'zod';
import { AnyEvent, event, panel, step, type Log, type Recorded } from '../../shared/index.ts';
import { viewAt } from '../../shared/testing.ts';
import { testDatabase } from '../store/contract-databases.ts';
import { postgresStore } from '../store/postgres.ts';
import { createRecorder } from './create-recorder.ts';
import { createPanels, type Panels } from './panels.ts';
import type { Recorder } from './recorder.ts';

const Placed = event('orders/placed', 'forever', z.object({ amount: z.number(), by: z.string() }));

const totals = panel<{ sum: number; by: Record<string, number> }>({
  id: 'totals',
  title: 'Totals',
  dashboard: 'overview',
  initial: () => ({ sum: 0, by: {} }),
  fold: [
    step(Placed, (state, { data: { amount, by } }) => {
      state.sum += amount;
      state.by[by] = (state.by[by] ?? 0) + 1;
      return state;
    }),
  ],
  view: (state) => ({ kind: 'text', markdown: JSON.stringify(state) }),
});

const everything = panel<{ count: number; last: number }>({
  id: 'everything',
  title: 'Everything',
  dashboard: 'overview',
  initial: () => ({ count: 0, last: 0 }),
  fold: [step(AnyEvent, ({ count }, { position }) => ({ count: count + 1, last: position }))],
  view: (state) => ({ kind: 'text', markdown: JSON.stringify(state) }),
});

const log: Log = { info: () => undefined, warn: () => undefined };
const host = {
  panels: () =>
    [totals, everything].map(({ id, title, dashboard }) => ({
      id: `orders/${id}`,
      title,
      dashboard,
      plugin: 'orders',
    })),
  panel: (id: string) => {
    const found = [totals, everything].find((each) => `orders/${each.id}` === id);
    return found && { panel: found, version: '1' };
  },
  onChanged: () => () => undefined,
};

describe('panels over a real recorder and PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let directory: string;

  before(async () => {
    database = await testDatabase();
    directory = await mkdtemp(join(tmpdir(), 'outrider-panels-'));
  });
  after(async () => {
    await database.drop();
    await rm(directory, { recursive: true });
  });

  it('agree with the log, live, in the past and after a restart, also over what other sidecars record', async () => {
    const here = await sidecar('here');
    const there = await sidecar('there');
    for (let index = 0; index < 3_000; index += 1) {
      const from = index % 3 === 0 ? there : here;
      from.recorder.record(Placed, { amount: index, by: `user-${index % 7}` });
      if (index % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await here.recorder.flushed(10_000);
    await there.recorder.flushed(10_000);
    await agreesWithTheLog(here.recorder, here.panels);
    await agreesWithTheLog(there.recorder, there.panels);
    await here.close();
    there.recorder.record(Placed, { amount: 1, by: 'later' });
    await there.recorder.flushed(10_000);

    const again = await sidecar('here');
    assert.ok(again.readAtStart() < 10, `${again.readAtStart()} events were read again`);
    await agreesWithTheLog(again.recorder, again.panels);
    await again.close();
    await there.close();
  });

  async function sidecar(name: string) {
    const store = postgresStore({
      url: database.url,
      log: database.log,
      now: () => new Date(),
      newId: ids(name),
    });
    const config = { days: 7, eventsPerSecond: 500, queuedEvents: 50_000, spoolBytes: 1e8 };
    const recorder = await createRecorder({ store, config, dataDir: join(directory, name), log });
    let read = 0;
    const counting: Recorder = {
      ...recorder,
      // A getter would be read once by the spread.
      get head() {
        return recorder.head;
      },
      async *read(query) {
        for await (const each of recorder.read(query)) {
          read += 1;
          yield each;
        }
      },
    };
    const panels = createPanels({ host, recorder: counting, store, now: () => new Date(), log });
    await panels.viewAt('orders/totals', null);
    const readAtStart = read;
    return {
      recorder,
      panels,
      readAtStart: () => readAtStart,
      async close() {
        await panels.close();
        await recorder.close(5_000);
        await store.close();
      },
    };
  }
});

async function agreesWithTheLog(recorder: Recorder, panels: Panels): Promise<void> {
  const events: Recorded[] = [];
  for await (const each of recorder.read({})) events.push(each);
  const last = events.at(-1)?.position ?? 0;
  for (const each of [totals, everything]) {
    const id = `orders/${each.id}`;
    let live = await panels.viewAt(id, null);
    for (let round = 0; live.position < last && round < 1_000; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      live = await panels.viewAt(id, null);
    }
    assert.equal(live.position, last, `head ${recorder.head}, ${JSON.stringify(recorder.stats)}`);
    assert.deepEqual(live.view, viewAt(each, events, last, new Date()));
    for (const position of [0, 1, Math.floor(last / 3), last - 1]) {
      const { view } = await panels.viewAt(id, position);
      assert.deepEqual(view, viewAt(each, events, position, new Date()), `${id} at ${position}`);
    }
  }
}

function ids(prefix: string): () => string {
  let last = 0;
  return () => `${prefix}-${(last += 1)}`;
}
