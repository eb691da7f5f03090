import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { applyPatch, type Operation } from 'rfc6902';
import { z } from 'zod';
import { AnyEvent, event, panel, step, type Panel, type Recorded } from '../../shared/index.ts';
import { viewAt } from '../../shared/testing.ts';
import { fakeRecorder, fakeSnapshots, type FakeRecorder, type FakeSnapshots } from './fake-recorder.ts';
import { fakeTimers, type FakeTimers } from './fake-timers.ts';
import { createPanels, type PanelMessage, type Panels } from './panels.ts';

const Added = event('shop/added', 'forever', z.object({ amount: z.number() }));
const Seen = event('shop/seen', 'days', z.object({ amount: z.number() }));
const Broken = event('shop/broken', 'forever', z.unknown());

/** A sum over one kind; its fold changes the state in place. */
const sum = panel<{ sum: number; last: number[] }>({
  id: 'sum',
  title: 'Sum',
  dashboard: 'overview',
  initial: () => ({ sum: 0, last: [] }),
  fold: [
    step(Added, (state, { data }) => {
      state.sum += data.amount;
      state.last = [...state.last, data.amount].slice(-5);
      return state;
    }),
    step(Broken, () => {
      throw new Error('no such shelf');
    }),
  ],
  // Sorts what it was given: a view that spoils its state must not spoil the fold.
  view: (state, moment) => ({
    kind: 'text',
    markdown: `${state.sum} ${state.last.sort().join(',')} ${moment.toISOString()}`,
  }),
});

const everything = panel<Record<string, number>>({
  id: 'everything',
  title: 'Everything',
  dashboard: 'overview',
  initial: () => ({}),
  fold: [step(AnyEvent, (state, { type }) => ({ ...state, [type]: (state[type] ?? 0) + 1 }))],
  view: (state) => ({ kind: 'text', markdown: JSON.stringify(state) }),
});

describe('panels', () => {
  it('show live and at every past position what folding the log from its start shows, with and without snapshots', async () => {
    const kinds = fc.constantFrom(Added.name, Seen.name, 'orders/placed');
    const facts = fc.array(fc.record({ type: kinds, amount: fc.integer({ min: -9, max: 99 }) }), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(
        facts,
        fc.array(fc.nat(60), { maxLength: 6 }),
        fc.nat(60),
        fc.boolean(),
        checkLikeTestHost,
      ),
      { numRuns: 60 },
    );
  });

  it('show what came while they were being built, without a gap', async () => {
    const { recorder, panels } = start({ before: (log) => put(log, 5_000) });
    put(recorder, 500);
    const { position, view } = await panels.viewAt('shop/sum', null);
    assert.equal(position, 5_500);
    assert.match(textOf(view), /^5500 /);
  });

  it('read the log once for all of them', async () => {
    const recorder = fakeRecorder();
    put(recorder, 3);
    const queries: unknown[] = [];
    const counting: FakeRecorder = Object.assign(Object.create(recorder) as FakeRecorder, {
      read: (query: Parameters<FakeRecorder['read']>[0]) => (queries.push(query), recorder.read(query)),
    });
    const { panels } = start({ recorder: counting });
    await panels.viewAt('shop/sum', null);
    await panels.viewAt('shop/everything', null);
    assert.deepEqual(queries, [{ after: 0, upTo: 3 }]);
  });

  it('leave out events without a position, live as in the past', async () => {
    const { recorder, panels } = start();
    recorder.putSampledAway(Added.name, { amount: 100 });
    put(recorder, 1);
    assert.match(textOf(await settled(panels, 1)), /^1 /);
  });

  it('take more events than their queue holds, from the log', async () => {
    const { recorder, panels } = start();
    put(recorder, 25_000);
    assert.match(textOf(await settled(panels, 25_000)), /^25000 /);
  });

  it('never hold the thread for long, however many events come at once', async () => {
    const { recorder, panels } = start({ before: (log) => put(log, 50_000) });
    let rounds = 0;
    const count = (): void => void ((rounds += 1), setImmediate(count).unref());
    count();
    await panels.viewAt('shop/sum', null);
    assert.ok(rounds > 3, `the event loop went round ${rounds} times`);
    assert.equal(recorder.head, 50_000);
  });

  it('start from the newest snapshot of their own version', async () => {
    const snapshots = fakeSnapshots();
    await snapshots.saveSnapshot(snapshotOf('v1', 3, { sum: 1_000, last: [] }));
    await snapshots.saveSnapshot(snapshotOf('v0', 4, { sum: -1, last: [] }));
    const { panels } = start({ snapshots, before: (log) => put(log, 5) });
    assert.match(textOf(await settled(panels, 5)), /^1002 /);
  });

  it('are kept at the close, and every so many events', async () => {
    const { recorder, panels, snapshots, timers } = start({ snapshotEveryEvents: 10 });
    put(recorder, 20);
    await settled(panels, 20);
    timers.advance(30_000);
    put(recorder, 1);
    await until(() =>
      snapshots.saved.some(({ panel: id, position }) => id === 'shop/sum' && position === 21),
    );
    put(recorder, 1);
    await settled(panels, 22);
    await panels.close();
    assert.deepEqual(snapshots.saved.at(-2), snapshotOf('v1', 22, { sum: 22, last: [1, 1, 1, 1, 1] }));
  });

  it('refuse a moment whose days were dropped, and say where the log begins', async () => {
    const { recorder, panels, snapshots } = start();
    put(recorder, 10);
    snapshots.oldestPosition = 6;
    await assert.rejects(panels.viewAt('shop/everything', 4), { code: 'position_gone' });
    assert.equal((await panels.viewAt('shop/everything', 6)).position, 6);
    // Kinds that live for ever are all still there.
    assert.match(textOf((await panels.viewAt('shop/sum', 4)).view), /^4 /);
  });

  it('take a position beyond the log for its end', async () => {
    const { recorder, panels } = start();
    put(recorder, 3);
    assert.equal((await panels.viewAt('shop/sum', 1_000_000)).position, 3);
  });

  it('compare two moments in either order', async () => {
    const { recorder, panels } = start();
    put(recorder, 9);
    const { from, to } = await panels.compare('shop/sum', 7, 2);
    assert.deepEqual([from.position, to.position], [7, 2]);
    assert.match(textOf(from.view), /^7 /);
    assert.match(textOf(to.view), /^2 /);
  });

  it('give up a look back that takes too long, and go on from there when asked again', async () => {
    const { recorder, panels, snapshots, timers } = start({ maxTravelMs: 1 });
    put(recorder, 40_000);
    await settled(panels, 40_000);
    const late = panels.viewAt('shop/sum', 39_000);
    const failed = assert.rejects(late, { code: 'travel_timeout' });
    await until(() => {
      timers.advance(1);
      return snapshots.saved.some(({ position }) => position > 0 && position < 39_000);
    });
    await failed;
  });

  it('say that there is no such panel', async () => {
    const { panels } = start();
    await assert.rejects(panels.viewAt('shop/none', null), { code: 'panel_unknown' });
    await assert.rejects(panels.viewAt('shop/none', 3), { code: 'panel_unknown' });
  });

  it('wait for a store that is away and go on when it is back', async () => {
    const timers = fakeTimers();
    const recorder = fakeRecorder(timers.now);
    put(recorder, 10);
    recorder.breakReads(true);
    const { panels, warnings } = start({ recorder, timers });
    await until(() => warnings.length > 0);
    recorder.breakReads(false);
    timers.advance(1_000);
    assert.match(textOf(await settled(panels, 10)), /^10 /);
  });

  it('are folded anew when their plugin is reloaded with other code, and kept when it is not', async () => {
    const { recorder, panels, host } = start();
    put(recorder, 4);
    await settled(panels, 4);
    host.replace('shop/sum', doubled, 'v2');
    assert.match(textOf(await settled(panels, 4)), /^8 /);
  });
});

describe('a panel that throws', () => {
  it('keeps its last good view, says where it failed, and folds nothing further', async () => {
    const { recorder, panels, sent, timers } = start();
    put(recorder, 3);
    await settled(panels, 3);
    recorder.put(Broken.name, {});
    put(recorder, 2);
    await settled(panels, 6, 'shop/everything');
    panels.watch(['shop/sum'], sent.take);
    await until(async () => {
      await advance(timers, 250);
      return sent.messages.length >= 2;
    });
    const moment = await panels.viewAt('shop/sum', null);
    assert.match(textOf(moment.view), /^3 /);
    assert.equal(moment.failure, 'The fold failed at position 4: no such shelf');
    assert.deepEqual(new Set(sent.messages.map(({ kind }) => kind)), new Set(['panel', 'panel-failed']));
    const whole = sent.messages.find(({ kind }) => kind === 'panel');
    assert.match(textOf(whole && 'view' in whole ? whole.view : undefined), /^3 /);
  });

  it('leaves the other panels alone', async () => {
    const { recorder, panels } = start();
    recorder.put(Broken.name, {});
    put(recorder, 2);
    assert.equal(textOf(await settled(panels, 3, 'shop/everything')), '{"shop/broken":1,"shop/added":2}');
  });

  it('is shown again when a reload mends it', async () => {
    const { recorder, panels, sent, host, timers } = start();
    recorder.put(Broken.name, {});
    put(recorder, 2);
    await settled(panels, 3, 'shop/everything');
    panels.watch(['shop/sum'], sent.take);
    await until(() => sent.messages.some(({ kind }) => kind === 'panel-failed'));
    host.replace('shop/sum', doubled, 'v2');
    await settled(panels, 3);
    await advance(timers, 250);
    assert.match(textOf(sent.latestView('shop/sum')), /^4 /);
  });

  it('in its view keeps the view sent last', async () => {
    const { recorder, panels, sent, host, timers } = start();
    put(recorder, 1);
    await settled(panels, 1);
    panels.watch(['shop/sum'], sent.take);
    host.replace('shop/sum', { ...sum, view: () => raise('no colours') }, 'v2');
    await until(() => host.version('shop/sum') === 'v2');
    await assert.rejects(panels.viewAt('shop/sum', null), { code: 'panel_failed' });
    await advance(timers, 250);
    assert.deepEqual(sent.messages.at(-1), {
      kind: 'panel-failed',
      panel: 'shop/sum',
      message: 'The panel could not be computed. shop/sum: no colours',
    });
  });
});

describe('watching panels', () => {
  it('sends the whole view first and then patches that make every later one', async () => {
    const { recorder, panels, sent, timers } = start();
    put(recorder, 2);
    await settled(panels, 2);
    panels.watch(['shop/sum', 'shop/everything'], sent.take);
    for (let round = 3; round < 12; round += 1) {
      put(recorder, 1);
      await settled(panels, round);
      await advance(timers, 250);
    }
    const kinds = sent.messages.filter(({ panel: id }) => id === 'shop/sum').map(({ kind }) => kind);
    assert.deepEqual(kinds.slice(0, 3), ['panel', 'panel-patch', 'panel-patch']);
    assert.match(textOf(sent.latestView('shop/sum')), /^11 /);
    assert.equal(textOf(sent.latestView('shop/everything')), '{"shop/added":11}');
  });

  it('pushes a panel at most four times in any second', async () => {
    const { recorder, panels, sent, timers } = start();
    panels.watch(['shop/everything'], sent.take);
    const times: number[] = [];
    sent.onMessage = () => times.push(timers.now().getTime());
    for (let ms = 0; ms < 3_000; ms += 10) {
      put(recorder, 1);
      await settled(panels, recorder.head, 'shop/everything');
      await advance(timers, 10);
    }
    for (const from of times) {
      const within = times.filter((time) => time >= from && time < from + 1_000);
      assert.ok(within.length <= 4, `${within.length} in one second`);
    }
    assert.ok(times.length >= 6, `${times.length} pushes in three seconds`);
  });

  it('sends nothing for a panel that looks the same', async () => {
    const { recorder, panels, sent, timers } = start();
    panels.watch(['shop/everything'], sent.take);
    await settled(panels, 0, 'shop/everything');
    await advance(timers, 250);
    const before = sent.messages.length;
    await advance(timers, 20_000);
    assert.equal(sent.messages.length, before);
    put(recorder, 1);
    await settled(panels, 1, 'shop/everything');
    await advance(timers, 250);
    assert.equal(sent.messages.length, before + 1);
  });

  it('looks again without events, since a view may depend on the time', async () => {
    const { panels, sent, timers } = start();
    await settled(panels, 0);
    panels.watch(['shop/sum'], sent.take);
    await advance(timers, 0);
    await advance(timers, 5_500);
    assert.equal(sent.messages.at(-1)?.kind, 'panel-patch');
  });

  it('sends whole views to a watcher that refused a message, and patches to the others', async () => {
    const { recorder, panels, sent, timers } = start();
    const slow = collector();
    await settled(panels, 0);
    panels.watch(['shop/everything'], sent.take);
    panels.watch(['shop/everything'], slow.take);
    await advance(timers, 0);
    slow.isFull = true;
    put(recorder, 1);
    await settled(panels, 1, 'shop/everything');
    await advance(timers, 250);
    slow.isFull = false;
    await advance(timers, 250);
    assert.equal(sent.messages.at(-1)?.kind, 'panel-patch');
    assert.deepEqual(
      slow.messages.map(({ kind }) => kind),
      ['panel', 'panel'],
    );
    assert.equal(textOf(slow.latestView('shop/everything')), '{"shop/added":1}');
  });

  it('ends with its close, and costs nothing afterwards', async () => {
    const { recorder, panels, sent, timers } = start();
    await settled(panels, 0);
    const watch = panels.watch(['shop/sum'], sent.take);
    await advance(timers, 0);
    watch.close();
    put(recorder, 1);
    await settled(panels, 1);
    await advance(timers, 60_000);
    assert.equal(sent.messages.length, 1);
  });

  it('sends a panel again that is asked for again, and not those no longer asked for', async () => {
    const { recorder, panels, sent, timers } = start();
    await settled(panels, 0);
    const watch = panels.watch(['shop/sum', 'shop/everything'], sent.take);
    await advance(timers, 0);
    watch.replace(['shop/everything']);
    put(recorder, 1);
    await settled(panels, 1);
    await advance(timers, 250);
    assert.deepEqual(
      sent.messages.map(({ kind, panel: id }) => `${kind} ${id}`),
      ['panel shop/sum', 'panel shop/everything', 'panel shop/everything', 'panel-patch shop/everything'],
    );
  });

  it('tells of a panel that does not exist, and shows it once a reload brings it', async () => {
    const { panels, sent, host, timers } = start();
    panels.watch(['shop/later'], sent.take);
    await advance(timers, 0);
    assert.deepEqual(sent.messages, [
      { kind: 'panel-failed', panel: 'shop/later', message: 'There is no such panel.' },
    ]);
    host.replace('shop/later', everything, 'v1');
    await settled(panels, 0, 'shop/later');
    await advance(timers, 250);
    assert.equal(textOf(sent.latestView('shop/later')), '{}');
  });
});

async function checkLikeTestHost(
  facts: readonly { readonly type: string; readonly amount: number }[],
  cuts: readonly number[],
  reloadAt: number,
  hasSnapshots: boolean,
): Promise<void> {
  const snapshots = fakeSnapshots();
  const timers = fakeTimers();
  const recorder = fakeRecorder(timers.now);
  const place = (part: typeof facts): void => {
    for (const { type, amount } of part) {
      timers.advance(1_000);
      recorder.put(type, { amount });
    }
  };
  place(facts.slice(0, reloadAt));
  const first = start({ recorder, snapshots, timers, snapshotEveryEvents: hasSnapshots ? 3 : 1e9 });
  await settled(first.panels, recorder.head);
  if (hasSnapshots) await first.panels.close();
  const { panels } = start({ recorder, snapshots, timers });
  place(facts.slice(reloadAt));
  for (const [id, each] of [
    ['shop/sum', sum],
    ['shop/everything', everything],
  ] as const) {
    await settled(panels, recorder.head, id);
    const live = await panels.viewAt(id, null);
    assert.deepEqual(live.view, plain(viewAt(each, recorder.events, Infinity, new Date(live.at))));
    for (const cut of cuts) {
      const past = await panels.viewAt(id, cut);
      assert.deepEqual(past.view, plain(viewAt(each, recorder.events, past.position, new Date(past.at))));
      assert.equal(past.position, Math.min(cut, recorder.head));
    }
  }
}

interface Started {
  readonly recorder: FakeRecorder;
  readonly snapshots: FakeSnapshots;
  readonly timers: FakeTimers;
  readonly panels: Panels;
  readonly host: ReturnType<typeof fakeHost>;
  readonly sent: ReturnType<typeof collector>;
  readonly warnings: readonly string[];
}

function start(
  given: {
    readonly recorder?: FakeRecorder;
    readonly snapshots?: FakeSnapshots;
    readonly timers?: FakeTimers;
    readonly snapshotEveryEvents?: number;
    readonly maxTravelMs?: number;
    readonly before?: (recorder: FakeRecorder) => void;
  } = {},
): Started {
  const timers = given.timers ?? fakeTimers();
  const recorder = given.recorder ?? fakeRecorder(timers.now);
  const snapshots = given.snapshots ?? fakeSnapshots();
  const host = fakeHost();
  const warnings: string[] = [];
  given.before?.(recorder);
  const panels = createPanels({
    host,
    recorder,
    store: snapshots,
    now: timers.now,
    after: timers.after,
    log: { info: () => undefined, warn: (message) => void warnings.push(message) },
    ...(given.snapshotEveryEvents !== undefined && { snapshotEveryEvents: given.snapshotEveryEvents }),
    ...(given.maxTravelMs !== undefined && { maxTravelMs: given.maxTravelMs }),
  });
  return { recorder, snapshots, timers, panels, host, sent: collector(), warnings };
}

function fakeHost() {
  const found = new Map<string, { panel: Panel; version: string }>([
    ['shop/sum', { panel: sum, version: 'v1' }],
    ['shop/everything', { panel: everything, version: 'v1' }],
  ]);
  const calls: ((what: 'plugins' | 'findings') => void)[] = [];
  return {
    panels: () =>
      [...found].map(
        ([
          id,
          {
            panel: { title, dashboard },
          },
        ]) => ({ id, title, dashboard, plugin: 'shop' }),
      ),
    panel: (id: string) => found.get(id),
    version: (id: string) => found.get(id)?.version,
    onChanged(call: (what: 'plugins' | 'findings') => void) {
      calls.push(call);
      return () => undefined;
    },
    replace(id: string, next: Panel, version: string) {
      found.set(id, { panel: next, version });
      for (const call of calls) call('plugins');
    },
  };
}

/** A watcher that applies what it gets, as an editor does. */
function collector() {
  const messages: PanelMessage[] = [];
  const views = new Map<string, { view: unknown; position: number }>();
  const sent = {
    messages,
    isFull: false,
    onMessage: (): unknown => undefined,
    latestView: (id: string) => views.get(id)?.view,
    take(message: PanelMessage): boolean {
      if (sent.isFull) return false;
      messages.push(plain(message));
      sent.onMessage();
      if (message.kind === 'panel') views.set(message.panel, plain(message));
      if (message.kind === 'panel-patch') applyTo(views, plain(message));
      return true;
    },
  };
  return sent;
}

function applyTo(
  views: Map<string, { view: unknown; position: number }>,
  message: Extract<PanelMessage, { kind: 'panel-patch' }>,
): void {
  const held = views.get(message.panel);
  assert.ok(held, 'a patch came before a whole view');
  assert.equal(held.position, message.from);
  assert.deepEqual(
    applyPatch(
      held,
      message.patch.map((each) => ({ ...each, path: `/view${each.path}` })) as Operation[],
    ).filter(Boolean),
    [],
  );
  held.position = message.position;
}

const doubled = panel<{ sum: number }>({
  ...sum,
  initial: () => ({ sum: 0 }),
  fold: [step(Added, (state, { data }) => ({ sum: state.sum + 2 * data.amount }))],
  view: (state) => ({ kind: 'text', markdown: `${state.sum} doubled` }),
});

function put(recorder: FakeRecorder, count: number): void {
  for (let index = 0; index < count; index += 1)
    recorder.put(Added.name, { amount: 1 } satisfies Recorded['data']);
}

function snapshotOf(version: string, position: number, state: unknown) {
  return { panel: 'shop/sum', version, position, state };
}

/** The live view once everything up to a position was folded. */
async function settled(panels: Panels, position: number, id = 'shop/sum'): Promise<unknown> {
  let moment = await panels.viewAt(id, null);
  await until(async () => {
    moment = await panels.viewAt(id, null);
    return moment.position >= position;
  });
  return moment.view;
}

/** Moves time on and lets what became due have its turn. */
async function advance(timers: FakeTimers, ms: number): Promise<void> {
  timers.advance(ms);
  for (let round = 0; round < 5; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let round = 0; round < 20_000; round += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail('It did not come to that.');
}

function textOf(view: unknown): string {
  return typeof view === 'object' && view !== null && 'markdown' in view ? String(view.markdown) : '';
}

function raise(message: string): never {
  throw new Error(message);
}

function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
