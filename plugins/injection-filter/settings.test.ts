import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { OutriderError, PrivateStore, type Store } from '../../shared/index.ts';
import { memoryStore } from '../../shared/testing/memory-store.ts';
import { FakeClock, fakeExchange, testHost } from '../../shared/testing.ts';
import injectionFilter from './index.ts';

const attack = (): ReturnType<typeof fakeExchange> => fakeExchange({ target: "/a?id=1'%20OR%20'1'='1" });

describe('what people changed, when the store is away at the start', () => {
  it('waits for the store while the configuration is enforced', async () => {
    const clock = new FakeClock('2026-01-01T00:00:00.000Z');
    const kept = memoryStore(() => clock.now());
    await kept.set('settings', { rules: { 'sql/*': 'off' } });
    let isAway = true;
    const store: Store = {
      ...kept,
      get: async (name) => {
        if (isAway) throw new OutriderError('store_unavailable', 'connect ECONNREFUSED');
        return kept.get(name);
      },
    };
    const host = await testHost(injectionFilter, { services: { [PrivateStore.id]: store } });
    assert.equal((await host.check(attack())).allow, false);
    isAway = false;
    await host.advance(6);
    assert.equal((await host.check(attack())).allow, true);
    await host.dispose();
  });
});
