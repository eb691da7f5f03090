import assert from 'node:assert/strict';
import { before, after, describe, it } from 'mocha';
import type { SharedState } from '../../shared/index.ts';
import { until } from './contract-events.ts';

export interface SharedStateUnderTest {
  readonly state: SharedState;
  /** The same state as another sidecar has it; the same object where there is only one. */
  readonly same: SharedState;
  /** Lets so much time pass for the state, really or not. */
  advance(seconds: number): Promise<void>;
  dispose(): Promise<void>;
}

/** The suite every shared state passes. */
export function sharedStateContract(name: string, create: () => Promise<SharedStateUnderTest>): void {
  describe(`shared state contract: ${name}`, () => {
    let tested: SharedStateUnderTest;
    let state: SharedState;
    let same: SharedState;
    before(async () => {
      tested = await create();
      ({ state, same } = tested);
    });
    after(async () => tested.dispose());

    it('adds up what every sidecar adds, whole numbers and fractions', async () => {
      assert.equal(await state.increment('sum', 1, 60), 1);
      assert.equal(await same.increment('sum', 2, 60), 3);
      assert.equal(await state.increment('sum', 0.5, 60), 3.5);
      assert.equal(await same.increment('sum', -3.5, 60), 0);
      assert.equal(await state.get('sum'), '0');
    });

    it('loses no increment of many at once', async () => {
      const sums = await Promise.all(
        Array.from({ length: 200 }, (_, index) => (index % 2 ? state : same).increment('many', 1, 60)),
      );
      assert.equal(Math.max(...sums), 200);
      assert.equal(new Set(sums).size, 200);
    });

    it('ends a counter its time after the first increment, however often it is added to', async () => {
      await state.increment('short', 1, 1);
      let last = await same.increment('short', 1, 1);
      assert.equal(last, 2);
      await until(async () => {
        await tested.advance(0.05);
        last = await state.increment('short', 1, 1);
        return last === 1;
      }, 'the counter to begin anew');
    });

    it('keeps a value for its time, and forgets it when told to', async () => {
      assert.equal(await state.get('value'), null);
      await state.set('value', 'one', 60);
      assert.equal(await same.get('value'), 'one');
      await same.set('value', 'ü\u0000🚀', 1);
      assert.equal(await state.get('value'), 'ü\u0000🚀');
      await until(async () => {
        await tested.advance(0.05);
        return (await state.get('value')) === null;
      }, 'the value to end');
      await state.set('value', 'again', 60);
      await same.delete('value');
      assert.equal(await state.get('value'), null);
    });

    it('tells messages to every sidecar, this one included, in order, until ended', async () => {
      const heard: string[] = [];
      const heardBySame: string[] = [];
      const stop = state.subscribe('news', (message) => heard.push(message));
      const stopSame = same.subscribe('news', (message) => heardBySame.push(message));
      await until(async () => {
        await state.publish('news', 'ready?');
        return heard.length > 0 && heardBySame.length > 0;
      }, 'both to listen');
      for (const message of ['one', 'two', 'three']) await same.publish('news', message);
      const isThere = (messages: readonly string[]): boolean => messages.includes('three');
      await until(() => isThere(heard) && isThere(heardBySame), 'the messages');
      assert.deepEqual(heard.slice(-3), ['one', 'two', 'three']);
      stop();
      const before = heard.length;
      await state.publish('news', 'four');
      await until(() => heardBySame.includes('four'), 'the message');
      assert.equal(heard.length, before);
      stopSame();
    });

    it('tells one channel nothing of another', async () => {
      const heard: string[] = [];
      const stop = state.subscribe('a', (message) => heard.push(`a ${message}`));
      const stopOther = state.subscribe('b', (message) => heard.push(`b ${message}`));
      await until(async () => {
        await state.publish('b', 'x');
        return heard.length > 0;
      }, 'a message');
      assert.ok(heard.every((each) => each === 'b x'));
      stop();
      stopOther();
    });
  });
}
