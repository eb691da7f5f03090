import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createTurns } from './turns.ts';

describe('turns', () => {
  it('are over after a quarter of a millisecond, and begin anew', async () => {
    let nowMs = 0;
    const turn = createTurns(() => nowMs).take();
    nowMs = 0.2;
    assert.equal(turn.isOver(), false);
    nowMs = 0.25;
    assert.equal(turn.isOver(), true);
    await turn.next();
    assert.equal(turn.isOver(), false);
  });

  it('go round: one loop in each round of the event loop, however many wait', async () => {
    const turns = createTurns();
    const order: string[] = [];
    const loop = async (name: string): Promise<void> => {
      const turn = turns.take();
      for (let count = 0; count < 3; count += 1) {
        await turn.next();
        order.push(name);
      }
    };
    let isDone = false;
    const loops = Promise.all([loop('a'), loop('b'), loop('c')]).then(() => (isDone = true));
    while (!isDone) {
      await new Promise((resolve) => setImmediate(resolve));
      order.push('|');
    }
    await loops;
    assert.doesNotMatch(order.join(''), /[abc]{2}/);
    assert.equal(order.filter((each) => each !== '|').join(''), 'abcabcabc');
  });
});
