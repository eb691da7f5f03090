import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { z } from 'zod';
import { event, type Recorded } from '../../shared/index.ts';
import { silentLog, testDirectory } from '../store/contract-databases.ts';
import { collected, isCode, until } from '../store/contract-events.ts';
import { eventMemory, memoryEventStore, type EventMemory } from '../store/memory-event-store.ts';
import { breakableStore, refusedData, type BreakableStore } from './breakable-store.ts';
import { createRecorder, type RecorderOptions } from './create-recorder.ts';
import type { Recorder } from './recorder.ts';

const Kept = event('test/kept', 'forever', z.unknown());
const Counted = event('test/counted', 'days', z.unknown());
const Seen = event('test/seen', 'live', z.unknown());

describe('recorder', () => {
  let directory: ReturnType<typeof testDirectory>;
  let memory: EventMemory;
  let store: BreakableStore;
  const open: Recorder[] = [];

  beforeEach(() => {
    directory = testDirectory();
    memory = eventMemory();
    store = breakableStore(memoryEventStore(() => new Date(), memory));
  });
  afterEach(async () => {
    store.mode = 'works';
    await Promise.all(open.splice(0).map((each) => each.close(5_000)));
    directory.remove();
  });

  const config = { days: 7, eventsPerSecond: 500, queuedEvents: 1_000, spoolBytes: 1024 * 1024 };
  async function start(options: Partial<RecorderOptions> = {}): Promise<Recorder> {
    const recorder = await createRecorder({
      store,
      config,
      dataDir: directory.path,
      log: silentLog,
      ...options,
    });
    open.push(recorder);
    return recorder;
  }
  async function crash(recorder: Recorder): Promise<void> {
    // As near to a dead process as one gets within one: nothing is drained any more, the lock is let go.
    store.mode = 'away';
    open.splice(open.indexOf(recorder), 1);
    await recorder.close(0).catch(() => undefined);
  }
  const numbers = (events: readonly Recorded[]): readonly unknown[] => events.map(({ data }) => data);
  const spoolFiles = (): readonly string[] =>
    readdirSync(join(directory.path, 'spool')).filter((name) => name.endsWith('.spool'));

  it('writes what was recorded, in order, in few batches', async () => {
    const recorder = await start({ config: { ...config, queuedEvents: 5_000 } });
    for (let index = 0; index < 2_500; index += 1)
      recorder.record(Kept, index, { exchangeId: 'x', stream: 's/1' });
    await recorder.flushed(5_000);
    assert.deepEqual(
      numbers(memory.events),
      Array.from({ length: 2_500 }, (_, index) => index),
    );
    assert.deepEqual(store.asked, [1_000, 1_000, 500]);
    assert.equal(memory.events.at(-1)?.streamVersion, 2_500);
    assert.equal(recorder.stats.appended, 2_500);
  });

  it('gives an event its time, and what it is about', async () => {
    const recorder = await start();
    const about = {
      traceId: 't',
      exchangeId: 'x',
      causedBy: 3,
      stream: 's',
      atMs: Date.parse('2026-02-03T04:05:06.007Z'),
    };
    recorder.record(Kept, { a: 1 }, about);
    await recorder.flushed(5_000);
    const { id, day: _day, ...event } = memory.events[0] ?? assert.fail('nothing was written');
    assert.ok(id.length > 10);
    assert.deepEqual(event, {
      position: 1,
      type: 'test/kept',
      at: '2026-02-03T04:05:06.007Z',
      stream: 's',
      streamVersion: 1,
      traceId: 't',
      exchangeId: 'x',
      causedBy: 3,
      data: { a: 1 },
    });
  });

  it('mends what no store could take and skips what is no JSON, telling that it did', async () => {
    const recorder = await start();
    const endless: { self?: unknown } = {};
    endless.self = endless;
    recorder.record(Kept, 'first', { stream: `nul\0${'x'.repeat(600)}`, atMs: Number.NaN });
    recorder.record(Kept, endless);
    recorder.record(Kept, undefined);
    await assert.rejects(recorder.flushed(5_000), (error) => isCode(error, 'internal'));
    assert.deepEqual(numbers(memory.events), ['first', null]);
    assert.equal(memory.events[0]?.stream?.length, 512);
    assert.equal(recorder.stats.lost, 1);
  });

  it('lets one event that the store refuses keep no other out, directly and from the spool', async () => {
    const recorder = await start();
    for (const data of [1, refusedData, 2]) recorder.record(Kept, data);
    await assert.rejects(recorder.flushed(5_000), (error) => isCode(error, 'internal'));
    store.mode = 'away';
    for (const data of [3, refusedData, 4]) recorder.record(Kept, data);
    await recorder.kept(5_000);
    store.mode = 'works';
    await assert.rejects(recorder.flushed(5_000), (error) => isCode(error, 'internal'));
    recorder.record(Kept, 5);
    await recorder.flushed(5_000);
    assert.deepEqual(numbers(memory.events), [1, 2, 3, 4, 5]);
    assert.equal(recorder.stats.lost, 2);
  });

  describe('under pressure', () => {
    it('keeps so many events of kind days a second, every important one, and shows the others live', async () => {
      const recorder = await start({ nowMs: () => 1_000_000 });
      const loose: Recorded[] = [];
      recorder.subscribe(0, (events) => loose.push(...events.filter(({ position }) => position === 0)));
      await until(() => recorder.stats.queued === 0, 'the start');
      for (let index = 0; index < 600; index += 1) recorder.record(Counted, index);
      for (let index = 0; index < 50; index += 1)
        recorder.record(Counted, 'important', { isImportant: true });
      await until(() => memory.events.length === 550, 'the events');
      assert.equal(recorder.stats.sampledAway, 100);
      await until(() => loose.length === 100, 'the live events');
      assert.deepEqual(
        numbers(loose),
        Array.from({ length: 100 }, (_, index) => 500 + index),
      );
    });

    it('drops and counts events of kind days when the queue is full, and none that are kept forever', async () => {
      const recorder = await start({ config: { ...config, eventsPerSecond: 10_000 } });
      for (let index = 0; index < 1_500; index += 1) recorder.record(Counted, index);
      for (let index = 0; index < 500; index += 1) recorder.record(Kept, index);
      await recorder.flushed(5_000);
      assert.equal(memory.events.length, 1_500);
      assert.equal(recorder.stats.dropped, 500);
      assert.equal(recorder.stats.lost, 0);
    });
  });

  describe('while the store is away', () => {
    it('keeps events on disk and drains them in order, before what comes after', async () => {
      const recorder = await start();
      recorder.record(Kept, 0);
      await recorder.flushed(5_000);
      store.mode = 'away';
      for (let index = 1; index <= 100; index += 1) {
        recorder.record(Kept, index);
        if (index % 10 === 0) await recorder.kept(5_000);
      }
      assert.equal(recorder.stats.isStoreAway, true);
      assert.equal(recorder.stats.spooled, 100);
      await assert.rejects(recorder.flushed(20), (error) => isCode(error, 'store_unavailable'));
      store.mode = 'works';
      recorder.record(Kept, 101);
      await recorder.flushed(5_000);
      assert.deepEqual(
        numbers(memory.events),
        Array.from({ length: 102 }, (_, index) => index),
      );
      await until(() => recorder.stats.spooled === 0 && spoolFiles().length === 0, 'the spool to be empty');
      assert.equal(recorder.stats.isStoreAway, false);
    });

    it('places nothing twice when only the answer was lost', async () => {
      const recorder = await start();
      store.mode = 'mute';
      for (let index = 0; index < 20; index += 1) {
        recorder.record(Kept, index);
        await recorder.kept(5_000);
      }
      store.mode = 'works';
      await recorder.flushed(5_000);
      assert.deepEqual(
        numbers(memory.events),
        Array.from({ length: 20 }, (_, index) => index),
      );
    });

    it('delivers what was spooled to subscribers once it has its place', async () => {
      const recorder = await start();
      const seen: Recorded[] = [];
      recorder.subscribe(0, (events) => seen.push(...events));
      store.mode = 'away';
      recorder.record(Kept, 'a');
      await recorder.kept(5_000);
      store.mode = 'works';
      recorder.record(Kept, 'b');
      await until(() => seen.length === 2, 'both events');
      assert.deepEqual(
        seen.map(({ position, data }) => [position, data]),
        [
          [1, 'a'],
          [2, 'b'],
        ],
      );
    });

    it('is not held up by a store that never answers', async () => {
      const recorder = await start({ storeMs: 50 });
      store.mode = 'hangs';
      recorder.record(Kept, 1);
      await recorder.kept(15_000);
      assert.equal(recorder.stats.isStoreAway, true);
    });

    it('starts without a store, and finds it when it is there', async () => {
      memory.head = 0;
      store.mode = 'away';
      const recorder = await start();
      const seen: Recorded[] = [];
      recorder.subscribe(0, (events) => seen.push(...events));
      recorder.record(Kept, 'early');
      await recorder.kept(5_000);
      store.mode = 'works';
      await recorder.flushed(5_000);
      await until(() => seen.length === 1, 'the event');
    });

    it('samples events of kind days to disk and counts the others', async () => {
      const recorder = await start();
      store.mode = 'away';
      recorder.record(Kept, 'makes it notice');
      await recorder.kept(5_000);
      for (let index = 0; index < 100; index += 1) recorder.record(Counted, index);
      recorder.record(Kept, 'last');
      await recorder.kept(5_000);
      assert.equal(recorder.stats.dropped, 90);
      store.mode = 'works';
      await recorder.flushed(5_000);
      assert.equal(memory.events.length, 12);
    });

    it('holds events in memory when the disk may take no more, and then loses them loudly', async () => {
      const warnings: string[] = [];
      const log = { ...silentLog, warn: (message: string) => void warnings.push(message) };
      const recorder = await start({ log, config: { ...config, spoolBytes: 2_000, queuedEvents: 50 } });
      store.mode = 'away';
      recorder.record(Kept, 'notice');
      await recorder.kept(5_000);
      recorder.record(Kept, 'x'.repeat(3_000));
      await until(() => warnings.some((each) => each.includes('spool is full')), 'the warning');
      for (let index = 0; index < 150; index += 1) recorder.record(Kept, index);
      assert.equal(recorder.stats.lost, 50);
      assert.equal(recorder.stats.queued, 100);
      store.mode = 'works';
      await crash(recorder);
    });
  });

  describe('after a crash', () => {
    it('drains what the process before it had spooled, in order and once', async () => {
      const first = await start();
      store.mode = 'mute';
      for (let index = 0; index < 30; index += 1) {
        first.record(Kept, index);
        await first.kept(5_000);
      }
      await crash(first);
      store.mode = 'works';
      const second = await start();
      second.record(Kept, 30);
      await second.flushed(5_000);
      assert.deepEqual(
        numbers(memory.events),
        Array.from({ length: 31 }, (_, index) => index),
      );
    });

    it('reads a spool whose last line is torn and whose middle is damaged as far as it goes', async () => {
      const first = await start();
      store.mode = 'away';
      for (const data of ['one', 'two', 'three']) {
        first.record(Kept, data);
        await first.kept(5_000);
      }
      await crash(first);
      const paths = spoolFiles().map((name) => join(directory.path, 'spool', name));
      const text = paths.map((path) => readFileSync(path, 'utf8')).join('');
      writeFileSync(paths[0] ?? '', text.replace('"two"', '"TWO"') + text.slice(0, 50));
      for (const path of paths.slice(1)) writeFileSync(path, '');
      store.mode = 'works';
      const second = await start();
      second.record(Kept, 'four');
      await second.flushed(5_000);
      assert.deepEqual(numbers(memory.events), ['one', 'three', 'four']);
      assert.equal(second.stats.lost, 1);
    });

    it('is refused while the first process lives', async () => {
      await start();
      await assert.rejects(start(), (error) => isCode(error, 'directory_locked'));
    });
  });

  describe('subscribers', () => {
    const fill = async (recorder: Recorder, count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) recorder.record(Kept, index);
      await recorder.flushed(5_000);
    };

    it('get every event after a position, then the live ones, without a gap', async () => {
      const recorder = await start({ config: { ...config, queuedEvents: 50_000 } });
      await fill(recorder, 12_345);
      const seen: number[] = [];
      recorder.subscribe(45, (events) => seen.push(...events.map(({ position }) => position)));
      await fill(recorder, 500);
      await until(() => seen.at(-1) === 12_845, 'the last event');
      assert.deepEqual(
        seen,
        Array.from({ length: 12_800 }, (_, index) => 46 + index),
      );
    });

    it('get the events of other sidecars in their places', async () => {
      const recorder = await start();
      const other = memoryEventStore(() => new Date(), memory);
      const seen: Recorded[] = [];
      recorder.subscribe(0, (events) => seen.push(...events));
      const theirs = (data: string) => ({
        ...memory.events[0],
        id: data,
        type: 't',
        keep: 'forever' as const,
        at: '2026-01-01T00:00:00.000Z',
        stream: null,
        traceId: null,
        exchangeId: null,
        causedBy: null,
        data,
      });
      for (let round = 0; round < 50; round += 1) {
        recorder.record(Kept, `own ${round}`);
        await Promise.all([other.append([theirs(`their ${round}`)]), recorder.flushed(5_000)]);
      }
      await until(() => seen.length === 100, 'all of them');
      assert.deepEqual(
        seen.map(({ position }) => position),
        Array.from({ length: 100 }, (_, index) => index + 1),
      );
      assert.equal(recorder.head, 100);
    });

    it('that throw harm nobody, and those that ended hear nothing more', async () => {
      const recorder = await start();
      const seen: unknown[] = [];
      recorder.subscribe(0, () => assert.fail('a subscriber of a test'));
      const stop = recorder.subscribe(0, (events) => seen.push(...numbers(events)));
      recorder.record(Kept, 1);
      await until(() => seen.length === 1, 'the event');
      stop();
      recorder.record(Kept, 2);
      await recorder.flushed(5_000);
      assert.deepEqual(seen, [1]);
    });

    it('hear of live events at once, which are never written', async () => {
      const recorder = await start();
      const seen: Recorded[] = [];
      recorder.subscribe(0, (events) => seen.push(...events));
      await fill(recorder, 1);
      recorder.record(Seen, 'live');
      await until(() => seen.length === 2, 'the live event');
      assert.equal(seen[1]?.position, 0);
      assert.equal(memory.events.length, 1);
    });
  });

  describe('its event log', () => {
    it('appends with a version check, durable when it answers, and tells subscribers', async () => {
      const recorder = await start();
      const seen: Recorded[] = [];
      recorder.subscribe(0, (events) => seen.push(...events));
      const first = await recorder.log.append(
        'agents/7',
        [
          { type: 'a/created', data: 1 },
          { type: 'a/named', data: 2, causedBy: 1 },
        ],
        0,
      );
      assert.deepEqual(first, { version: 2, positions: [1, 2] });
      await assert.rejects(recorder.log.append('agents/7', [{ type: 'a/lost', data: 3 }], 0), (error) =>
        isCode(error, 'version_conflict'),
      );
      assert.deepEqual(await recorder.log.append('agents/7', [], 'any'), { version: 2, positions: [] });
      assert.deepEqual(
        (await recorder.log.append('agents/7', [{ type: 'a/any', data: 4 }], 'any')).version,
        3,
      );
      await until(() => seen.length === 3, 'the events');
      assert.equal(await recorder.log.head(), 3);
      assert.deepEqual(numbers(await collected(recorder.log.read({ stream: 'agents/7', after: 1 }))), [2, 4]);
      assert.deepEqual(
        (await recorder.log.streams({})).map(({ stream, version }) => [stream, version]),
        [['agents/7', 3]],
      );
    });

    it('refuses what cannot be appended', async () => {
      const recorder = await start();
      const { log } = recorder;
      for (const stream of ['', 'x'.repeat(513), 'nul\0'])
        await assert.rejects(log.append(stream, [{ type: 't', data: 1 }], 'any'), (error) =>
          isCode(error, 'input_invalid'),
        );
      await assert.rejects(log.append('s', [{ type: 't', data: 10n }], 'any'), (error) =>
        isCode(error, 'input_invalid'),
      );
      await assert.rejects(
        log.append(
          's',
          Array.from({ length: 1_001 }, () => ({ type: 't', data: 1 })),
          'any',
        ),
        (error) => isCode(error, 'input_invalid'),
      );
      store.mode = 'away';
      await assert.rejects(log.append('s', [{ type: 't', data: 1 }], 'any'), (error) =>
        isCode(error, 'store_unavailable'),
      );
    });
  });

  it('writes everything before it closes, and takes nothing after', async () => {
    const recorder = await start({ config: { ...config, queuedEvents: 5_000 } });
    for (let index = 0; index < 3_000; index += 1)
      recorder.record(index % 2 ? Kept : Counted, index, { isImportant: true });
    await recorder.close(5_000);
    open.pop();
    assert.equal(memory.events.length, 3_000);
    recorder.record(Kept, 'too late');
    assert.equal(recorder.stats.lost, 1);
  });

  it('closes with everything on disk when the store is away', async () => {
    const recorder = await start();
    store.mode = 'away';
    for (let index = 0; index < 10; index += 1) recorder.record(Kept, index);
    await recorder.close(5_000);
    open.pop();
    store.mode = 'works';
    const next = await start();
    await until(() => memory.events.length === 10, 'the events');
    assert.equal(next.stats.lost, 0);
  });
});
