import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { isoTimes } from './iso-time.ts';

describe('iso times', () => {
  it('are what toISOString says, in any order', () => {
    assert.equal(isoTimes()(-1), '1969-12-31T23:59:59.999Z');
    const isoTime = isoTimes();
    const moment = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });
    fc.assert(fc.property(moment, (ms) => assert.equal(isoTime(ms), new Date(ms).toISOString())));
    for (const ms of [0, 1, 999, 1_000, 999, -1, 1.7])
      assert.equal(isoTime(ms), new Date(Math.floor(ms)).toISOString());
  });
});
