import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { timeOf } from './clock.ts';

describe('a moment as people read it', () => {
  const now = new Date(2026, 10, 30, 12, 0, 0);
  const said = (...parts: [number, number, number, number]): string =>
    timeOf(new Date(...parts).toISOString(), now);

  it('is a time of today, with its day on another one', () => {
    assert.equal(said(2026, 10, 30, 9), '09:00:00');
    assert.match(said(2026, 10, 29, 9), /29.* 09:00:00$/);
    assert.doesNotMatch(said(2026, 10, 29, 9), /2026/);
  });

  it('has its year when that is another: a key may end in years', () => {
    assert.match(said(2030, 10, 30, 9), /2030.* 09:00:00$/);
  });

  it('is left as it is when it is none', () => assert.equal(timeOf('never', now), 'never'));
});
