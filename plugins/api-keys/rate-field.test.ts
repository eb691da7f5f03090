import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import { rateField } from './rate-field.ts';

const taken = (remaining: number, resetSeconds: number) => ({ isWithin: true, remaining, resetSeconds });

describe('the RateLimit field of a key', () => {
  it('says what is left, and until when', () =>
    assert.deepEqual(rateField(taken(99, 1)), ['ratelimit', '"key";r=99;t=1']));

  it('is the same frozen field for the same numbers', () => {
    const field = rateField(taken(41, 2));
    assert.ok(Object.isFrozen(field));
    assert.equal(rateField(taken(41, 2)), field);
  });

  it('is another one when only the time has changed', () => {
    rateField(taken(40, 2));
    assert.equal(rateField(taken(40, 3))[1], '"key";r=40;t=3');
    assert.equal(rateField(taken(40, 2))[1], '"key";r=40;t=2');
  });

  it('is right for more numbers than are remembered', () => {
    for (let remaining = 0; remaining < 10_000; remaining += 1)
      assert.equal(rateField(taken(remaining, 1))[1], `"key";r=${remaining};t=1`);
  });
});
