import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import type { Store } from '../../shared/index.ts';
import { isCode } from './contract-events.ts';

export interface PrivateStoresUnderTest {
  readonly store: Store;
  /** The same plugin's store as another sidecar has it; the same object where there is only one. */
  readonly same: Store;
  readonly other: Store;
  advance(seconds: number): void;
}

/** The suite every private store passes; put it inside a `describe` whose `before` makes the stores. */
export function privateStoreContract(tested: () => PrivateStoresUnderTest): void {
  describe('private store', () => {
    let store: Store;
    let same: Store;
    let other: Store;
    before(() => ({ store, same, other } = tested()));

    const keys = async (prefix: string): Promise<readonly string[]> => {
      const found: string[] = [];
      for await (const { key } of store.list(prefix)) found.push(key);
      return found;
    };

    it('gives back what was set, to every sidecar, and to no other plugin', async () => {
      const value = { list: [1, 'two', null], text: 'ü\u0000' };
      await store.set('a', value);
      assert.deepEqual(await same.get('a'), value);
      assert.equal(await other.get('a'), undefined);
      await store.set('a', 0);
      assert.equal(await store.get('a'), 0);
      await same.delete('a');
      assert.equal(await store.get('a'), undefined);
      await store.delete('a');
    });

    it('forgets a value when its time is over, and keeps it when it is set anew without one', async () => {
      await store.set('short', 1, { ttlSeconds: 60 });
      await store.set('kept', 1, { ttlSeconds: 60 });
      await store.set('kept', 2);
      tested().advance(59);
      assert.equal(await store.get('short'), 1);
      tested().advance(2);
      assert.equal(await store.get('short'), undefined);
      assert.deepEqual(await keys('short'), []);
      assert.equal(await store.get('kept'), 2);
    });

    it('replaces only what it expects', async () => {
      assert.equal(await store.replace('r', { n: 1 }, { n: 2 }), false);
      assert.equal(await store.replace('r', undefined, { n: 1 }), true);
      assert.equal(await same.replace('r', undefined, { n: 9 }), false);
      assert.equal(await store.replace('r', { n: 0 }, { n: 9 }), false);
      assert.equal(await same.replace('r', { n: 1 }, { n: 2 }), true);
      assert.deepEqual(await store.get('r'), { n: 2 });
    });

    it('takes a value whose time is over for none', async () => {
      await store.set('ended', 1, { ttlSeconds: 10 });
      tested().advance(11);
      assert.equal(await store.replace('ended', 1, 2), false);
      assert.equal(await store.replace('ended', undefined, 3), true);
      tested().advance(100);
      assert.equal(await store.get('ended'), 3);
    });

    it('lets exactly one of many replacements win', async () => {
      await store.set('race', 0);
      const wins = await Promise.all(
        Array.from({ length: 10 }, (_, index) => (index % 2 ? store : same).replace('race', 0, index + 1)),
      );
      assert.equal(wins.filter(Boolean).length, 1);
    });

    it('lists by prefix in key order, also more than one page, and takes no wildcard', async () => {
      const many = Array.from({ length: 1100 }, (_, index) => `many/${String(index).padStart(4, '0')}`);
      for (let from = 0; from < many.length; from += 50)
        await Promise.all(many.slice(from, from + 50).map((key) => store.set(key, key)));
      await store.set('man', 1);
      await store.set('many%', 1);
      assert.deepEqual(await keys('many/'), many);
      assert.deepEqual(await keys('many%'), ['many%']);
      assert.deepEqual(await keys('nothing/'), []);
    });

    it('refuses keys and values that are too large or not JSON', async () => {
      await assert.rejects(store.set('', 1), (error) => isCode(error, 'input_invalid'));
      await assert.rejects(store.set('k'.repeat(513), 1), (error) => isCode(error, 'input_invalid'));
      await assert.rejects(store.set('nul\u0000', 1), (error) => isCode(error, 'input_invalid'));
      await assert.rejects(store.set('undefined', undefined), (error) => isCode(error, 'input_invalid'));
      await assert.rejects(store.set('large', 'x'.repeat(1024 * 1024)), (error) =>
        isCode(error, 'value_too_large'),
      );
      await store.set('k'.repeat(512), 'x'.repeat(1024 * 1024 - 2));
    });
  });
}
