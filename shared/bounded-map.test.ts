import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { boundedMap } from './bounded-map.ts';

describe('a bounded map', () => {
  it('keeps what is asked for and forgets the rest', () => {
    const cache = boundedMap<number>(4);
    for (let each = 0; each < 100; each += 1) {
      if (cache.get('always') === undefined) cache.set('always', -1);
      cache.set(`text ${each}`, each);
    }
    assert.equal(cache.get('always'), -1);
    assert.equal(cache.get('text 0'), undefined);
    assert.ok(cache.size <= 8);
  });

  it('is bounded by characters as well', () => {
    const cache = boundedMap<number>(1_000, 100);
    for (let each = 0; each < 50; each += 1) cache.set(`${each}`.padEnd(40, 'x'), each);
    assert.ok(cache.size <= 4);
    assert.equal(cache.get('49'.padEnd(40, 'x')), 49);
  });
});
