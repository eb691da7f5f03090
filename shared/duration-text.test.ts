import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { durationText } from './duration-text.ts';

describe('A duration for people', () => {
  for (const [ms, text] of [
    [null, '–'],
    [0.0625, '0.06 ms'],
    [1.25, '1.3 ms'],
    [42.4, '42 ms'],
    [999.4, '999 ms'],
    [999.6, '1.00 s'],
    [9994, '9.99 s'],
    [22_257, '22.3 s'],
    [59_900, '1 min 0 s'],
    [370_874, '6 min 11 s'],
    [3_600_000, '1 h 0 min'],
    [90_059_000, '25 h 0 min'],
  ] as const)
    it(`of ${ms} ms is “${text}”`, () => assert.equal(durationText(ms), text));
});
