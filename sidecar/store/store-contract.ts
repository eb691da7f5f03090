import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { LogQuery, Recorded } from '../../shared/index.ts';
import { appended, collected, isCode, until } from './contract-events.ts';
import { privateStoreContract } from './private-store-contract.ts';
import type { EventStore } from './store.ts';

/** What a suite needs to put a store to the test: an empty one, and what goes with it. */
export interface StoreUnderTest {
  readonly store: EventStore;
  /** Another sidecar's store on the same data; null when only one process can have it. */
  readonly second: EventStore | null;
  /** A clock the stores read, moved by the suite. */
  advance(seconds: number): void;
  dispose(): Promise<void>;
}

/** The one suite every event store passes. */
export function storeContract(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`event store contract: ${name}`, () => {
    let tested: StoreUnderTest;
    let store: EventStore;
    const page = (query: LogQuery): Promise<readonly Recorded[]> => store.page(query);

    before(async () => {
      tested = await create();
      store = tested.store;
      await store.open();
      await tested.second?.open();
    });
    after(async () => tested.dispose());

    it('begins at head 0 with nothing in it, and opens again without harm', async () => {
      await store.open();
      assert.equal(await store.head(), 0);
      assert.equal(await store.oldest(), 1);
      assert.deepEqual(await page({}), []);
    });

    it('places a batch in order and gives every field back as it was', async () => {
      const batch = [
        appended({
          type: 'test/first',
          data: { text: 'Grüße 🚀 \u0000 "quoted" \\', nested: [1, 2.5, null, true] },
        }),
        appended({
          type: 'test/second',
          keep: 'days',
          traceId: '0af7651916cd43dd8448eb211c80319c',
          exchangeId: 'x-1',
          causedBy: 1,
          data: null,
        }),
        appended({ type: 'test/third', stream: 'agents/7', at: '2026-03-04T05:06:07.080Z', data: 'text' }),
      ];
      const placed = await store.append(batch);
      assert.deepEqual(placed, [
        { position: 1, streamVersion: null },
        { position: 2, streamVersion: null },
        { position: 3, streamVersion: 1 },
      ]);
      const read = await page({});
      assert.deepEqual(
        read,
        batch.map(({ keep: _keep, ...event }, index) => ({ ...event, ...placed[index] })),
      );
    });

    it('keeps JSON text as it was given, lone surrogates and key order included', async () => {
      const data = { z: '\ud800', '10': 'ten', a: 1e21 };
      await store.append([appended({ type: 'test/json', data, json: JSON.stringify(data) })]);
      const [read] = await page({ types: ['test/json'] });
      assert.equal(JSON.stringify(read?.data), JSON.stringify(data));
    });

    it('gives back names with any character in them but NUL', async () => {
      const odd = ['odd/\u001d', 'odd/\u001e\u001f', '\u001f', "odd/'\\", 'odd/ü🚀'];
      await store.append(odd.map((stream) => appended({ stream, type: 'test/odd', traceId: stream })));
      const read = await page({ types: ['test/odd'] });
      assert.deepEqual(
        read.map(({ stream, traceId }) => [stream, traceId]),
        odd.map((name) => [name, name]),
      );
    });

    it('counts the versions of several streams within one batch', async () => {
      const streams = ['s/a', 's/b', null, 's/a', 's/a', 's/b'];
      const placed = await store.append(streams.map((stream) => appended({ stream })));
      assert.deepEqual(
        placed.map(({ streamVersion }) => streamVersion),
        [1, 1, null, 2, 3, 2],
      );
      const again = await store.append([appended({ stream: 's/b' })]);
      assert.equal(again[0]?.streamVersion, 3);
    });

    it('refuses a stream at another version and leaves nothing behind', async () => {
      const headBefore = await store.head();
      const batch = [appended({ stream: 'checked/1' }), appended({ stream: 'checked/1' })];
      await store.append(batch, { stream: 'checked/1', version: 0 });
      await assert.rejects(
        store.append([appended({ stream: 'checked/1' })], { stream: 'checked/1', version: 1 }),
        (error) => isCode(error, 'version_conflict') && /at version 2, not 1/.test(error.message),
      );
      await store.append([appended({ stream: 'checked/1' })], { stream: 'checked/1', version: 2 });
      assert.equal(await store.head(), headBefore + 3);
    });

    it('lets exactly one of many writers win the same version', async () => {
      const tries = Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? store : (tested.second ?? store))
          .append([appended({ stream: 'race/1' })], { stream: 'race/1', version: 0 })
          .then(
            () => true,
            (error: unknown) => (isCode(error, 'version_conflict') ? false : Promise.reject(error)),
          ),
      );
      const wins = (await Promise.all(tries)).filter(Boolean);
      assert.equal(wins.length, 1);
    });

    it('places a batch once, however often its writer sends it', async () => {
      const batch = [appended({ stream: 'once/1' }), appended({})];
      const first = await store.append(batch, undefined, { writer: 'w-1', number: 7 });
      const headAfter = await store.head();
      assert.deepEqual(await store.append(batch, undefined, { writer: 'w-1', number: 7 }), first);
      assert.deepEqual(await store.append([appended({})], undefined, { writer: 'w-1', number: 6 }), []);
      assert.equal(await store.head(), headAfter);
      await store.append([appended({})], undefined, { writer: 'w-1', number: 8 });
      await store.append([appended({})], undefined, { writer: 'w-2', number: 1 });
      assert.equal(await store.head(), headAfter + 2);
    });

    it('gives positions without gaps, in an order no reader ever sees broken, to many writers at once', async () => {
      const from = await store.head();
      let isWriting = true;
      const seen: number[] = [];
      const reading = (async () => {
        for (let done = false; !done;) {
          done = !isWriting;
          const events = await page({ after: seen.at(-1) ?? from });
          seen.push(...events.map(({ position }) => position));
          done &&= events.length === 0;
        }
      })();
      const writers = Array.from({ length: 6 }, async (_, writer) => {
        const to = writer % 2 === 0 ? store : (tested.second ?? store);
        for (let round = 0; round < 15; round += 1)
          await to.append(
            Array.from({ length: 1 + ((writer + round) % 7) }, () =>
              appended({ keep: round % 2 ? 'days' : 'forever' }),
            ),
          );
      });
      await Promise.all(writers);
      isWriting = false;
      await reading;
      assert.deepEqual(
        seen,
        Array.from({ length: (await store.head()) - from }, (_, index) => from + 1 + index),
      );
    });

    it('pages forward and backward, bounded on both sides', async () => {
      const placed = await store.append(Array.from({ length: 10 }, () => appended({ type: 'test/paged' })));
      const [first = 0] = placed.map(({ position }) => position);
      const positions = async (query: LogQuery): Promise<readonly number[]> =>
        (await page({ types: ['test/paged'], ...query })).map(({ position }) => position - first);
      assert.deepEqual(await positions({ limit: 3 }), [0, 1, 2]);
      assert.deepEqual(await positions({ after: first + 2, limit: 2 }), [3, 4]);
      assert.deepEqual(await positions({ after: first + 2, upTo: first + 5 }), [3, 4, 5]);
      assert.deepEqual(await positions({ isBackward: true, limit: 2 }), [9, 8]);
      assert.deepEqual(await positions({ isBackward: true, upTo: first + 4, after: first + 1 }), [4, 3, 2]);
    });

    it('finds by type, stream, trace and exchange, and by several of them', async () => {
      const traceId = 'ffffffffffffffffffffffffffffffff';
      await store.append([
        appended({ type: 'find/a', traceId, exchangeId: 'find-1' }),
        appended({ type: 'find/b', traceId, exchangeId: 'find-2', keep: 'days' }),
        appended({ type: 'find/b', stream: 'find/1' }),
        appended({ type: 'find/c' }),
      ]);
      const types = async (query: LogQuery): Promise<readonly string[]> =>
        (await page(query)).map(({ type }) => type);
      assert.deepEqual(await types({ types: ['find/a', 'find/c'] }), ['find/a', 'find/c']);
      assert.deepEqual(await types({ types: ['find/c', 'find/b', 'find/a'], isBackward: true }), [
        'find/c',
        'find/b',
        'find/b',
        'find/a',
      ]);
      assert.deepEqual(await types({ stream: 'find/1' }), ['find/b']);
      assert.deepEqual(await types({ traceId }), ['find/a', 'find/b']);
      assert.deepEqual(await types({ exchangeId: 'find-2' }), ['find/b']);
      assert.deepEqual(await types({ traceId, types: ['find/b'] }), ['find/b']);
      assert.deepEqual(await types({ types: [] }), []);
      assert.deepEqual(await types({ stream: "x' OR true --" }), []);
    });

    it('gives at most 1,000 events a page and everything in a stream', async () => {
      await store.append(Array.from({ length: 1500 }, () => appended({ type: 'test/many' })));
      await store.append(Array.from({ length: 1000 }, () => appended({ type: 'test/many', keep: 'days' })));
      assert.equal((await page({ types: ['test/many'] })).length, 1000);
      assert.equal((await page({ types: ['test/many'], limit: 5000 })).length, 1000);
      const all = await collected(store.stream({ types: ['test/many'] }));
      assert.equal(all.length, 2500);
      assert.ok(all.every((event, index) => index === 0 || event.position > (all[index - 1]?.position ?? 0)));
      assert.equal((await collected(store.stream({ types: ['test/many'], limit: 1200 }))).length, 1200);
      const backward = await collected(store.stream({ types: ['test/many'], isBackward: true, limit: 1100 }));
      assert.deepEqual(
        backward.map(({ position }) => position),
        all
          .slice(-1100)
          .reverse()
          .map(({ position }) => position),
      );
    });

    it('ends a stream that is left early, and what is appended meanwhile is not waited for', async () => {
      const seen: number[] = [];
      for await (const { position } of store.stream({})) {
        seen.push(position);
        if (seen.length === 10) break;
      }
      assert.equal(seen.length, 10);
      const headBefore = await store.head();
      let last = 0;
      for await (const { position } of store.stream({ after: headBefore - 5 })) {
        last = position;
        await store.append([appended({})]);
      }
      assert.equal(last, headBefore);
    });

    it('lists streams by name with their version and last moment', async () => {
      await store.append(
        ['list/a', 'list/b', 'list/b', 'list/c'].map((stream) =>
          appended({ stream, at: '2026-05-06T07:08:09.010Z' }),
        ),
      );
      const names = async (query: Parameters<EventStore['streams']>[0]): Promise<readonly string[]> =>
        (await store.streams(query)).map(({ stream }) => stream);
      assert.deepEqual(await store.streams({ prefix: 'list/', after: 'list/a', limit: 1 }), [
        { stream: 'list/b', version: 2, lastAt: '2026-05-06T07:08:09.010Z' },
      ]);
      assert.deepEqual(await names({ prefix: 'list/' }), ['list/a', 'list/b', 'list/c']);
      assert.deepEqual(await names({ prefix: 'list/_' }), []);
    });

    it('tells the other sidecar, where there may be one, within a second that something was appended', async () => {
      if (!tested.second) return assert.equal(store.kind, 'embedded');
      let hints = 0;
      const stop = tested.second.onAppended(() => (hints += 1));
      await until(() => hints > 0, 'the listener to be ready');
      hints = 0;
      await store.append([appended({})]);
      await until(() => hints > 0, 'the hint');
      stop();
    });

    it('keeps snapshots by panel and version, and finds the newest at or before a position', async () => {
      const save = (position: number, version = 'v1'): Promise<void> =>
        store.saveSnapshot({
          panel: 'p/overview',
          version,
          position,
          state: { at: position, zero: '\u0000' },
        });
      await save(10);
      await save(20);
      await save(20);
      await save(15, 'v2');
      assert.deepEqual(await store.snapshot('p/overview', 'v1', 19), {
        panel: 'p/overview',
        version: 'v1',
        position: 10,
        state: { at: 10, zero: '\u0000' },
      });
      assert.equal((await store.snapshot('p/overview', 'v1', Infinity))?.position, 20);
      assert.equal(await store.snapshot('p/overview', 'v1', 9), undefined);
      assert.equal(await store.snapshot('p/other', 'v1', 99), undefined);
    });

    it('drops whole days that ended too long ago, and nothing that is kept forever', async () => {
      const now = new Date('2026-07-20T12:00:00Z');
      const on = (day: string, keep: 'days' | 'forever') =>
        appended({ type: 'test/retained', keep, at: `${day}T10:00:00.000Z` });
      const placed = await store.append([
        on('2026-07-10', 'days'),
        on('2026-07-10', 'forever'),
        on('2026-07-13', 'days'),
        on('2026-07-20', 'days'),
      ]);
      const dropped = await store.retain(7, now);
      assert.ok(dropped.includes('2026-07-10') && !dropped.includes('2026-07-13'));
      const left = await page({ types: ['test/retained'] });
      assert.deepEqual(
        left.map(({ position }) => position),
        placed.slice(1).map(({ position }) => position),
      );
      assert.equal(await store.oldest(), placed[2]?.position);
      assert.deepEqual(await store.retain(7, now), []);
      await store.append([on('2026-07-21', 'days')]);
      assert.deepEqual(await store.retain(7, new Date('2026-07-29T00:00:01Z')), [
        '2026-07-13',
        '2026-07-20',
        '2026-07-21',
      ]);
      assert.equal(await store.oldest(), (await store.head()) + 1);
    });

    it('refuses what PostgreSQL cannot hold without placing any of the batch', async () => {
      const headBefore = await store.head();
      await assert.rejects(store.append([appended({}), appended({ stream: 'nul/\u0000' })]), (error) =>
        isCode(error, 'store_unavailable'),
      );
      assert.equal(await store.head(), headBefore);
    });

    privateStoreContract(() => ({
      store: store.privateStore('plugin-a'),
      same: (tested.second ?? store).privateStore('plugin-a'),
      other: store.privateStore('plugin-b'),
      advance: tested.advance,
    }));
  });
}
