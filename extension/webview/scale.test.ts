import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { clockLabel, niceCeiling, niceTicks, shortNumber, timeTicks } from './scale.ts';

describe('Scales of charts', () => {
  it('steps in round numbers', () => {
    assert.deepEqual(niceTicks(0, 97, 4), [0, 50]);
    assert.deepEqual(niceTicks(0, 100, 5), [0, 20, 40, 60, 80, 100]);
    assert.deepEqual(niceTicks(0, 0.3, 3), [0, 0.1, 0.2, 0.3]);
  });

  it('ends an axis at the next round number', () => {
    assert.equal(niceCeiling(97, 4), 100);
    assert.equal(niceCeiling(0, 4), 1);
  });

  it('survives a range of one point', () => {
    assert.deepEqual(niceTicks(5, 5, 4), [5]);
    assert.deepEqual(timeTicks(5, 5, 4), [5]);
  });

  it('steps in minutes and hours as a clock does', () => {
    const start = Date.parse('2026-11-23T10:03:00Z');
    const ticks = timeTicks(start, start + 60 * 60_000, 6);
    assert.deepEqual(
      ticks.map((tick) => new Date(tick).toISOString().slice(11, 16)),
      ['10:10', '10:20', '10:30', '10:40', '10:50', '11:00'],
    );
  });

  it('steps by the local day where that is not UTC’s', () => {
    const offset = 5.5 * 3_600_000;
    const [first] = timeTicks(
      Date.parse('2026-11-22T00:00:00Z'),
      Date.parse('2026-11-26T00:00:00Z'),
      4,
      offset,
    );
    assert.equal(new Date(first ?? 0).toISOString(), '2026-11-22T18:30:00.000Z');
  });

  it('writes numbers shortly', () => {
    assert.deepEqual([0, 0.25, 7.25, 999, 1500, 12_345, 3_400_000].map(shortNumber), [
      '0',
      '0.25',
      '7.3',
      '999',
      '1500',
      '12.3k',
      '3.4M',
    ]);
  });

  it('writes seconds only where the span needs them', () => {
    const at = new Date(2026, 10, 23, 14, 5, 9).getTime();
    assert.equal(clockLabel(at, 60_000), '14:05:09');
    assert.equal(clockLabel(at, 3_600_000), '14:05');
    assert.equal(clockLabel(at, 30 * 86_400_000), '23/11');
  });
});
