import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createMarks } from './hidden-values.ts';

const marks = createMarks(Buffer.alloc(32, 7));

describe('marks of hidden values', () => {
  it('are equal for equal values of one exchange and differ for others', () => {
    assert.equal(marks('e1')('hunter2'), marks('e1')('hunter2'));
    assert.notEqual(marks('e1')('hunter2'), marks('e1')('hunter3'));
  });

  it('tell nothing across exchanges, nor after a restart', () => {
    assert.notEqual(marks('e1')('hunter2'), marks('e2')('hunter2'));
    assert.notEqual(createMarks()('e1')('hunter2'), createMarks()('e1')('hunter2'));
  });

  it('are all the same where no exchange is known', () => {
    assert.equal(marks(null)('hunter2'), '[redacted]');
  });

  it('do not hold the value', () => {
    assert.match(marks('e1')('hunter2'), /^\[redacted [\w-]{6}\]$/);
  });
});
