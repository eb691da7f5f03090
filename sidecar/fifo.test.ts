import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import fc from 'fast-check';
import { Fifo } from './fifo.ts';

describe('a queue', () => {
  it('gives what was put in, in order, however pushes and shifts follow each other', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer()), { maxLength: 200 }), (steps) => {
        const queue = new Fifo<number>();
        const expected: number[] = [];
        for (const step of steps) {
          if (step !== null) {
            queue.push(step);
            expected.push(step);
          } else {
            assert.equal(queue.head(), expected[0]);
            assert.equal(queue.shift(), expected.shift());
          }
          assert.equal(queue.length, expected.length);
          assert.deepEqual([...queue], expected);
        }
      }),
    );
  });

  it('holds nothing once it is cleared', () => {
    const queue = new Fifo<string>();
    queue.push('a');
    queue.push('b');
    queue.shift();
    queue.push('c');
    queue.clear();
    assert.equal(queue.length, 0);
    assert.equal(queue.shift(), undefined);
  });
});
