import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { deadlines, type Deadlines } from './deadlines.ts';

describe('Deadlines', () => {
  let nowMs: number;
  let look: (() => void) | null;
  let limits: Deadlines;
  let late: string[];

  beforeEach(() => {
    nowMs = 0;
    look = null;
    late = [];
    limits = deadlines(15_000, {
      nowMs: () => nowMs,
      every(_ms, call) {
        look = call;
        return () => void (look = null);
      },
    });
  });

  const passes = (ms: number): void => {
    nowMs += ms;
    look?.();
  };

  it('tell of what took too long, once', () => {
    limits.start(() => late.push('first'));
    passes(14_999);
    assert.deepEqual(late, []);
    passes(1);
    passes(15_000);
    assert.deepEqual(late, ['first']);
  });

  it('say nothing of what ended in time', () => {
    const end = limits.start(() => late.push('first'));
    limits.start(() => late.push('second'));
    end();
    passes(20_000);
    assert.deepEqual(late, ['second']);
  });

  it('look at nothing while nothing is waited for', () => {
    limits.start(() => late.push('first'));
    passes(15_000);
    assert.equal(look, null);
    limits.start(() => late.push('second'));
    passes(15_000);
    assert.deepEqual(late, ['first', 'second']);
  });
});
