import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import fc from 'fast-check';
import { timeReader } from './time-reader.ts';

describe('reading times', () => {
  it('gives what Date.parse gives, in any order', () => {
    const read = timeReader();
    const times = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(times, fc.nat(1500), (time, laterMs) => {
        for (const each of [time, new Date(time.getTime() + laterMs), time])
          assert.equal(read(each.toISOString()), each.getTime());
      }),
    );
  });

  it('reads other forms as well', () => {
    const read = timeReader();
    assert.equal(read('2026-01-01T00:00:00Z'), Date.parse('2026-01-01T00:00:00Z'));
    assert.ok(Number.isNaN(read('never')));
  });
});
