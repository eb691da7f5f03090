import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { fakeRecorder } from './fake-recorder.ts';
import { createTail } from './tail.ts';

describe('a tail', () => {
  it('takes every event once and in order, however often its reader is full', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }), (before, steps) => {
        const recorder = fakeRecorder();
        for (let index = 0; index < before; index += 1) recorder.put('a/b', {});
        const taken: number[] = [];
        let room = 3;
        const tail = createTail({
          recorder,
          after: 0,
          take({ position }) {
            if (room === 0) return false;
            room -= 1;
            return taken.push(position) > 0;
          },
          onBatch: () => undefined,
        });
        for (const isPut of steps) {
          if (isPut) recorder.put('a/b', {});
          else {
            room = 2;
            tail.resume();
          }
        }
        room = Infinity;
        tail.resume();
        assert.deepEqual(
          taken,
          recorder.events.map(({ position }) => position),
        );
        tail.close();
        assert.equal(recorder.subscribers, 0);
      }),
    );
  });

  it('holds no subscription while its reader is full', () => {
    const recorder = fakeRecorder();
    recorder.put('a/b', {});
    createTail({ recorder, after: 0, take: () => false, onBatch: () => undefined });
    assert.equal(recorder.subscribers, 0);
  });

  it('shows events without a position, and does not stop for one that was not taken', () => {
    const recorder = fakeRecorder();
    const seen: number[] = [];
    createTail({
      recorder,
      after: 0,
      take: ({ position }) => seen.push(position) > 1,
      onBatch: () => undefined,
    });
    recorder.putSampledAway('a/b', {});
    recorder.put('a/b', {});
    assert.deepEqual(seen, [0, 1]);
  });
});
