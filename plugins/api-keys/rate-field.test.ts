import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import { rateFields, ratePolicy } from './rate-field.ts';

const taken = (remaining: number, resetSeconds: number) => ({ isWithin: true, remaining, resetSeconds });
const policy = ratePolicy('"key";q=100;w=60');
const told = (remaining: number, resetSeconds: number, of = policy) =>
  rateFields(of, taken(remaining, resetSeconds)).map(([, value]) => value);

describe('the RateLimit fields of a key', () => {
  it('say what the limit is, what is left, and until when', () =>
    assert.deepEqual(rateFields(policy, taken(99, 1)), [
      ['ratelimit-policy', '"key";q=100;w=60'],
      ['ratelimit', '"key";r=99;t=1'],
    ]));

  it('are the same frozen list for the same numbers, so that the host writes them out once', () => {
    const fields = rateFields(policy, taken(41, 2));
    assert.ok(Object.isFrozen(fields) && fields.every((field) => Object.isFrozen(field)));
    assert.equal(rateFields(ratePolicy('"key";q=100;w=60'), taken(41, 2)), fields);
  });

  it('are others when only the time has changed', () => {
    rateFields(policy, taken(40, 2));
    assert.deepEqual(told(40, 3), ['"key";q=100;w=60', '"key";r=40;t=3']);
    assert.deepEqual(told(40, 2), ['"key";q=100;w=60', '"key";r=40;t=2']);
  });

  it('are right for more numbers than are remembered', () => {
    for (let remaining = 0; remaining < 10_000; remaining += 1)
      assert.equal(told(remaining, 1)[1], `"key";r=${remaining};t=1`);
  });

  it('are right for more policies than there are places, and for what two of them share', () => {
    const policies = Array.from({ length: 3000 }, (_, index) => `"key";q=${index + 1};w=1`);
    for (let round = 0; round < 2; round += 1)
      for (const value of policies)
        for (const remaining of [7, 7 + 2 ** 20, 7 + 2 ** 21])
          assert.deepEqual(told(remaining, 1, ratePolicy(value)), [value, `"key";r=${remaining};t=1`]);
  });
});
