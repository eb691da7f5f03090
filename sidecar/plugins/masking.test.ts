import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { maskedData, maskedText, targetMask } from './masking.ts';

describe('masking', () => {
  const texts: readonly (readonly [string, string])[] = [
    ['postgresql://app:hunter2@db/x', 'postgresql://app:[redacted]@db/x'],
    ['redis://:p@ss@cache:6379', 'redis://:[redacted]@cache:6379'],
    ['see http://a/b?token=abc&x=1', 'see http://a/b?token=[redacted]&x=1'],
    ['Authorization: Bearer abcdefghijklmnop', 'Authorization: Bearer [redacted]'],
    ['key sc_live_DUO077eGl19HEY10quRP', 'key sc_live_[redacted]'],
    ['12 tokens at 10:30', '12 tokens at 10:30'],
  ];
  for (const [text, expected] of texts) {
    it(`makes \`${expected}\` of a text`, () => assert.equal(maskedText(text), expected));
  }

  it('takes fields by their names, at any depth, but never a number', () => {
    const data = { password: 'a', apiKey: 'b', nested: [{ clientSecret: 'c', tokens: 5 }], label: 'd' };
    assert.deepEqual(maskedData(data), {
      password: '[redacted]',
      apiKey: '[redacted]',
      nested: [{ clientSecret: '[redacted]', tokens: 5 }],
      label: 'd',
    });
  });

  it('bounds whatever it is given', () => {
    const deep: Record<string, unknown> = {};
    deep['self'] = deep;
    const text = JSON.stringify(maskedData({ deep, long: 'x'.repeat(10_000), many: Array(5_000).fill(1) }));
    assert.equal(text.length < 5_000, true);
  });

  it('cuts a target at 2,048 characters and minds malformed escapes', () => {
    const target = targetMask(['token']);
    assert.equal(target('/a', `x=${'y'.repeat(5_000)}`).length, 2_048);
    assert.equal(target('/a', '%zz=1&token=2&flag'), '/a?%zz=1&token=[redacted]&flag');
    assert.equal(target('/a', ''), '/a');
  });
});
