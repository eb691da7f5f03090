import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  PrivateStore,
  Shared,
  type Allowed,
  type Denied,
  type SharedState,
  type Store,
} from '../../shared/index.ts';
import { memoryShared, memoryStore } from '../../shared/testing/memory-store.ts';
import { FakeClock, fakeExchange, testHost, type TestHost } from '../../shared/testing.ts';
import apiKeys from './index.ts';

/** Shared state that can go away, like a Redis. */
function redisLike(clock: FakeClock): SharedState & { isShared: boolean; comeBack(): void; forget(): void } {
  const memory = memoryShared(() => clock.now());
  const reconnected = new Set<() => void>();
  let counters = memory;
  const state = {
    ...memory,
    isShared: true,
    increment: async (key: string, by: number, ttlSeconds: number) => counters.increment(key, by, ttlSeconds),
    forget() {
      counters = memoryShared(() => clock.now());
    },
    publish: async (channel: string, message: string) => {
      if (state.isShared) await memory.publish(channel, message);
    },
    onReconnected(call: () => void) {
      reconnected.add(call);
      return () => void reconnected.delete(call);
    },
    comeBack() {
      state.isShared = true;
      for (const call of reconnected) call();
    },
  };
  return state;
}

interface Pair {
  readonly one: TestHost;
  readonly two: TestHost;
  readonly shared: ReturnType<typeof redisLike>;
  readonly store: Store;
  both(seconds: number): Promise<void>;
}

/** Two sidecars on one store and one Redis. */
async function pair(options: object = {}): Promise<Pair> {
  const clock = new FakeClock('2026-01-01T00:00:00.000Z');
  const shared = redisLike(clock);
  const store = memoryStore(() => clock.now());
  const services = { [PrivateStore.id]: store, [Shared.id]: shared };
  const one = await testHost(apiKeys, { options, services });
  const two = await testHost(apiKeys, { options, services });
  // Ids of test hosts count from 1: let the second go ahead, so that the two never make the same.
  for (let skipped = 0; skipped < 100; skipped += 1) await two.request({});
  return {
    one,
    two,
    shared,
    store,
    async both(seconds) {
      await Promise.all([clock.advance(seconds), one.advance(seconds), two.advance(seconds)]);
    },
  };
}

const create = async (host: TestHost, input: object = {}): Promise<{ key: string; id: string }> =>
  // Safe: the command's output is JSON of this shape.
  (await host.run('create', { label: 'ci', ...input })) as { key: string; id: string };

const check = async (host: TestHost, key: string): Promise<string> => {
  const verdict: Allowed | Denied = await host.check(fakeExchange({ headers: { 'x-api-key': key } }));
  return verdict.allow ? 'allowed' : verdict.code;
};

/** How many of `tries` requests at each of the sidecars are let through. */
const admittedOf = async (key: string, hosts: readonly TestHost[], tries = 100): Promise<number> => {
  let admitted = 0;
  for (let count = 0; count < tries; count += 1)
    for (const host of hosts) if ((await check(host, key)) === 'allowed') admitted += 1;
  return admitted;
};

/** Lets what was published be read: it takes a few turns of the event loop. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('api-keys on several sidecars', () => {
  it('know a new key at once, and a revoked one', async () => {
    const { one, two } = await pair();
    const { key, id } = await create(one);
    await settled();
    assert.equal(await check(two, key), 'allowed');
    await two.run('revoke', { id });
    await settled();
    assert.equal(await check(one, key), 'key_revoked');
  });

  it('refuse a revoked key within a second also while Redis is away', async () => {
    const { one, two, shared, both } = await pair();
    const { key, id } = await create(one);
    await settled();
    shared.isShared = false;
    await one.run('revoke', { id });
    await settled();
    assert.equal(await check(two, key), 'allowed');
    await both(0.9);
    assert.equal(await check(two, key), 'key_revoked');
  });

  it('read again what was missed once Redis is back', async () => {
    const { one, two, shared } = await pair();
    const { key, id } = await create(one);
    await settled();
    shared.isShared = false;
    await one.run('revoke', { id });
    shared.comeBack();
    await settled();
    assert.equal(await check(two, key), 'key_revoked');
  });

  it('remember after a restart what was revoked', async () => {
    const clock = new FakeClock('2026-01-01T00:00:00.000Z');
    const services = { [PrivateStore.id]: memoryStore(() => clock.now()) };
    const before = await testHost(apiKeys, { services });
    const { key, id } = await create(before);
    await before.run('revoke', { id });
    await before.dispose();
    assert.equal(await check(await testHost(apiKeys, { services }), key), 'key_revoked');
  });

  it('catch up however many changes were missed', async () => {
    const { one, two, shared, both } = await pair();
    shared.isShared = false;
    const { key, id } = await create(one);
    for (let changes = 0; changes < 150; changes += 1) await one.run('update', { id, label: `v${changes}` });
    await one.run('revoke', { id });
    await both(0.6);
    assert.equal(await check(two, key), 'key_revoked');
  });

  it('take many changes at once, on both', async () => {
    const { one, two, both } = await pair({ failures: 1000 });
    const made = [];
    for (let count = 0; count < 60; count += 1) made.push(await create(one));
    await both(1);
    await Promise.all(made.map(({ id }, index) => (index % 2 ? one : two).run('revoke', { id })));
    await both(1);
    for (const { key } of made)
      for (const host of [one, two]) assert.equal(await check(host, key), 'key_revoked');
  });

  it('tell of a change later when it was kept and could not be announced', async () => {
    const { one, two, store, both } = await pair();
    const { key, id } = await create(one);
    await settled();
    const { replace } = store;
    store.replace = async (name, ...rest) => {
      if (name === 'changes') throw new Error('The store went away.');
      return replace(name, ...rest);
    };
    await assert.rejects(one.run('revoke', { id }));
    store.replace = replace;
    await both(1);
    await both(1);
    assert.equal(await check(two, key), 'key_revoked');
  });

  it('hold one limit together, to the request', async () => {
    const { one, two, both } = await pair();
    const { key } = await create(one, { rateLimit: { requests: 100, seconds: 1 } });
    await settled();
    let admitted = 0;
    for (let ms = 0; ms < 3000; ms += 2) {
      for (const host of [one, two]) if ((await check(host, key)) === 'allowed') admitted += 1;
      await both(0.002);
    }
    assert.ok(admitted >= 285 && admitted <= 315, `${admitted} of 300`);
  });

  it('each let through their share while Redis is away', async () => {
    const { one, two, shared } = await pair();
    const { key } = await create(one, { rateLimit: { requests: 10, seconds: 60 } });
    await settled();
    shared.isShared = false;
    assert.equal(await admittedOf(key, [one, two]), 10);
    shared.comeBack();
    assert.equal(await admittedOf(key, [one, two]), 0);
  });

  it('count what was let through while Redis was away once it is back', async () => {
    const { one, two, shared } = await pair();
    const { key } = await create(one, { rateLimit: { requests: 10, seconds: 60 } });
    await settled();
    shared.isShared = false;
    assert.equal(await admittedOf(key, [one]), 5);
    shared.comeBack();
    await settled();
    assert.equal(await admittedOf(key, [two]), 5);
  });

  it('take no lease from themselves when Redis goes away while they ask it', async () => {
    const { one, two, shared } = await pair();
    const { key } = await create(one, { rateLimit: { requests: 10, seconds: 60 } });
    await settled();
    const own = [new Map<string, number>(), new Map<string, number>()];
    let asked = 0;
    shared.increment = async (name, by) => {
      // As the real one does: this process alone stands in.
      shared.isShared = false;
      const sums = own[(asked += 1) % 2] ?? new Map<string, number>();
      sums.set(name, (sums.get(name) ?? 0) + by);
      return sums.get(name) ?? 0;
    };
    let admitted = 0;
    for (let tries = 0; tries < 50; tries += 1) {
      admitted += await admittedOf(key, [one, two], 1);
      shared.isShared = true;
    }
    assert.equal(admitted, 10);
  });

  it('use while Redis is away what they had leased before, and no more than was left', async () => {
    const { one, two, shared, both } = await pair();
    const { key } = await create(one, { rateLimit: { requests: 10, seconds: 60 } });
    await settled();
    assert.equal(await admittedOf(key, [one], 9), 9);
    assert.equal(await check(two, key), 'allowed');
    assert.equal(await check(two, key), 'rate_limited');
    shared.isShared = false;
    assert.equal(await admittedOf(key, [two]), 0);
    await both(60);
    assert.equal(await admittedOf(key, [one, two]), 10);
  });

  it('let through no more than the limit when every lease is late', async () => {
    const { one, two, shared } = await pair();
    const { key } = await create(one, { rateLimit: { requests: 20, seconds: 60 } });
    await settled();
    const { increment } = shared;
    const late: (() => void)[] = [];
    shared.increment = (...given) =>
      new Promise((resolve) => late.push(() => void increment(...given).then(resolve)));
    const first = Array.from({ length: 60 }, (_, index) => check(index % 2 ? one : two, key));
    // Nobody answers: who waits is refused after a moment, not let through.
    const refused = await Promise.all(first);
    assert.deepEqual(new Set(refused), new Set(['rate_limited']));
    for (const answer of late.splice(0)) answer();
    await settled();
    shared.increment = increment;
    assert.equal(await admittedOf(key, [one, two]), 20);
  });

  it('keep to the limit when Redis loses its memory', async () => {
    const { one, two, shared } = await pair();
    const { key } = await create(one, { rateLimit: { requests: 100, seconds: 60 } });
    await settled();
    const before = await admittedOf(key, [one, two], 40);
    shared.forget();
    const later = await admittedOf(key, [one, two], 100);
    assert.ok(before + later <= 105, `${before} and ${later}`);
  });

  it('lease ahead, so that a new window need not wait for anybody', async () => {
    const { one, shared, both } = await pair();
    const { key } = await create(one, { rateLimit: { requests: 100, seconds: 10 } });
    await settled();
    await both(9);
    assert.equal(await check(one, key), 'allowed');
    await settled();
    shared.increment = () => new Promise(() => undefined);
    await both(2);
    assert.equal(await admittedOf(key, [one], 5), 5);
  });

  it('hold the burst as well as the limit', async () => {
    const { one, both } = await pair();
    const { key } = await create(one, { rateLimit: { requests: 60, seconds: 60, burst: 5 } });
    await settled();
    assert.equal(await admittedOf(key, [one], 20), 5);
    await both(3);
    assert.equal(await admittedOf(key, [one], 20), 3);
  });

  it('go on by themselves when the shared count fails', async () => {
    const { one, two, shared } = await pair();
    const { key } = await create(one, { rateLimit: { requests: 10, seconds: 60 } });
    shared.increment = async () => Promise.reject(new Error('READONLY'));
    assert.equal(await admittedOf(key, [one, two]), 10);
  });

  it('hold one small quota together, to the request', async () => {
    const { one, two } = await pair();
    const { key } = await create(one, { quota: { dayRequests: 10 } });
    await settled();
    const asked = Array.from({ length: 60 }, (_, index) => check(index % 2 ? one : two, key));
    const answers = await Promise.all(asked);
    assert.equal(answers.filter((each) => each === 'allowed').length, 10);
    assert.equal(await check(one, key), 'quota_exhausted');
  });

  describe('hold one large quota together', () => {
    const eachTime = 5;

    /** Requests at both sidecars, `eachTime` a quarter of a second, until nobody lets any through. */
    async function exhausted({ one, two, both }: Pair, key: string): Promise<number> {
      let admitted = 0;
      for (let last = -1; last !== admitted;) {
        last = admitted;
        admitted += await admittedOf(key, [one, two], eachTime);
        await both(0.25);
      }
      return admitted;
    }
    const assertHeld = (admitted: number, limit: number): void =>
      assert.ok(admitted >= limit && admitted <= limit * 1.05, `${admitted} of ${limit}`);

    it('all the time', async () => {
      const all = await pair();
      const { key, id } = await create(all.one, { quota: { dayRequests: 1000 } });
      await settled();
      assert.equal(await exhausted(all, key), 1000);
      await all.both(2);
      const { used } = (await all.two.run('read', { id })) as { used: { dayRequests: number } };
      assert.equal(used.dayRequests, 1000);
    });

    it('over the store while Redis is away, and over both once it is back', async () => {
      const all = await pair();
      const { one, two, shared, both } = all;
      const { key } = await create(one, { quota: { dayRequests: 200 } });
      await settled();
      let admitted = await admittedOf(key, [one, two], 20);
      shared.isShared = false;
      admitted += await admittedOf(key, [one, two], 30);
      await both(4);
      assert.equal(admitted, 100);
      shared.comeBack();
      assertHeld(admitted + (await exhausted(all, key)), 200);
    });

    it('when Redis comes back without its memory', async () => {
      const all = await pair();
      const { one, two, shared, both } = all;
      const { key } = await create(one, { quota: { dayRequests: 200 } });
      await settled();
      assert.equal(await admittedOf(key, [one, two], 50), 100);
      await both(4);
      shared.forget();
      assertHeld(100 + (await exhausted(all, key)), 200);
    });
  });

  it('rotate a key once, however many ask at the same time', async () => {
    const { one, two } = await pair();
    const { id } = await create(one);
    await settled();
    const results = await Promise.allSettled([one.run('rotate', { id }), two.run('rotate', { id })]);
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const { keys } = (await one.run('list')) as { keys: object[] };
    assert.equal(keys.length, 2);
  });

  it('tell of an end once', async () => {
    const { one, two, both } = await pair();
    await create(one, { expiresAt: '2026-01-01T00:05:00.000Z' });
    await settled();
    await both(600);
    const told = [...one.events, ...two.events].filter(({ type }) => type === 'api-keys/ended');
    assert.equal(told.length, 1);
  });
});
