import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { OutriderError, PrivateStore, type Store } from '../../shared/index.ts';
import { memoryStore } from '../../shared/testing/memory-store.ts';
import { FakeClock, fakeExchange, testHost, type TestHost } from '../../shared/testing.ts';
import apiKeys from './index.ts';

/** A store that can go away, with a key in it. */
async function storeWithKey(): Promise<{ store: Store & { failure: Error | null }; key: string }> {
  const clock = new FakeClock('2026-01-01T00:00:00.000Z');
  const kept = memoryStore(() => clock.now());
  const host = await testHost(apiKeys, { services: { [PrivateStore.id]: kept } });
  const { key } = (await host.run('create', { label: 'ci' })) as { key: string };
  await host.dispose();
  const orFail = <Result>(run: () => Result): Result => {
    if (store.failure) throw store.failure;
    return run();
  };
  const store: Store & { failure: Error | null } = {
    failure: null,
    get: async (name) => orFail(() => kept.get(name)),
    set: async (...given) => orFail(() => kept.set(...given)),
    replace: async (...given) => orFail(() => kept.replace(...given)),
    list: (prefix) => orFail(() => kept.list(prefix)),
    delete: async (name) => orFail(() => kept.delete(name)),
  };
  return { store, key };
}

const away = (): Error => new OutriderError('store_unavailable', 'connect ECONNREFUSED');

const verdictFor = async (host: TestHost, key: string, target = '/things') =>
  host.check(fakeExchange({ target, headers: { 'x-api-key': key } }));

describe('api-keys that start while the store is away', () => {
  it('answer 503 with Retry-After, and let public routes through', async () => {
    const { store, key } = await storeWithKey();
    store.failure = away();
    const options = { publicRoutes: ['GET /health'] };
    const host = await testHost(apiKeys, { options, services: { [PrivateStore.id]: store } });
    const verdict = await verdictFor(host, key);
    assert.ok(!verdict.allow);
    assert.deepEqual([verdict.status, verdict.retryAfterSeconds], [503, 1]);
    assert.equal((await verdictFor(host, 'nonsense', '/health')).allow, true);
    await assert.rejects(host.run('list'), { code: 'store_unavailable' });
  });

  it('read the keys as soon as it is back', async () => {
    const { store, key } = await storeWithKey();
    store.failure = away();
    const host = await testHost(apiKeys, { services: { [PrivateStore.id]: store } });
    await host.advance(3);
    assert.equal((await verdictFor(host, key)).allow, false);
    store.failure = null;
    await host.advance(8);
    assert.equal((await verdictFor(host, key)).allow, true);
  });

  it('say so a few times, and not with each attempt of everything else', async () => {
    const { store } = await storeWithKey();
    store.failure = away();
    const host = await testHost(apiKeys, { services: { [PrivateStore.id]: store } });
    await host.advance(60);
    const told = host.logged.filter(({ level }) => level === 'warn');
    assert.ok(told.length >= 3 && told.length <= 12, `${told.length}`);
    assert.ok(told.every(({ message }) => message.includes('503')));
  });

  it('write nothing over what they could not read', async () => {
    const { store, key } = await storeWithKey();
    store.failure = away();
    const host = await testHost(apiKeys, { services: { [PrivateStore.id]: store } });
    store.failure = null;
    await host.dispose();
    const after = await testHost(apiKeys, { services: { [PrivateStore.id]: store } });
    assert.equal((await verdictFor(after, key)).allow, true);
  });

  it('do not start at all with something that does not mend itself', async () => {
    const { store } = await storeWithKey();
    store.failure = new TypeError('A key is not what it should be.');
    await assert.rejects(testHost(apiKeys, { services: { [PrivateStore.id]: store } }), TypeError);
  });
});

describe('api-keys while the store is away for a while', () => {
  it('go on with the keys they know, and fill no log', async () => {
    const { store, key } = await storeWithKey();
    const host = await testHost(apiKeys, { services: { [PrivateStore.id]: store } });
    store.failure = away();
    await host.advance(120);
    assert.equal((await verdictFor(host, key)).allow, true);
    assert.ok(host.logged.length <= 20, `${host.logged.length}`);
  });
});
