import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import { fieldLines } from './forward.ts';

describe('fields written as lines', () => {
  const frozen = Object.freeze(['X-A', '1'] as const);

  it('are the same for frozen and other pairs, each time', () => {
    for (let time = 0; time < 2; time += 1)
      assert.equal(fieldLines([frozen, ['X-B', '2']]), 'X-A: 1\r\nX-B: 2\r\n');
  });

  it('follow a pair that is not frozen when it changes', () => {
    const pair: [string, string] = ['X-C', '1'];
    assert.equal(fieldLines([pair]), 'X-C: 1\r\n');
    pair[1] = '2';
    assert.equal(fieldLines([pair]), 'X-C: 2\r\n');
  });

  for (const [what, pair] of [
    ['a line break in a value', ['X-D', 'a\r\nX-E: b']],
    ['a blank in a name', ['X D', 'a']],
    ['a character that is no byte', ['X-D', '\u0100']],
  ] as const)
    it(`leave out ${what}, frozen or not, each time`, () => {
      const safe = Object.freeze([...pair] as [string, string]);
      for (let time = 0; time < 2; time += 1)
        assert.equal(fieldLines([safe, [...pair], frozen]), 'X-A: 1\r\n');
    });
});
