import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { afterEach, describe, it } from 'mocha';
import { redisUrl } from '../../scripts/services.ts';
import { openGate, type Gate } from './contract-gate.ts';
import { silentLog } from './contract-databases.ts';
import { until } from './contract-events.ts';
import { redisState, type RedisState } from './redis.ts';
import { sharedStateContract } from './shared-state-contract.ts';

const now = (): Date => new Date();
const ownPrefix = (): string => `test:${randomBytes(6).toString('hex')}:`;

sharedStateContract('Redis', async () => {
  const options = { url: redisUrl(), log: silentLog, now, prefix: ownPrefix() };
  const [state, same] = await Promise.all([redisState(options), redisState(options)]);
  return {
    state,
    same,
    // Redis keeps its own time.
    advance: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
    dispose: async () => void (await Promise.all([state.close(), same.close()])),
  };
});

describe('Redis going away', () => {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()));
  });

  async function behindGate(): Promise<{
    readonly gate: Gate;
    readonly state: RedisState;
    readonly direct: RedisState;
  }> {
    const gate = await openGate(new URL(redisUrl()));
    const prefix = ownPrefix();
    const state = await redisState({ url: gate.url, log: silentLog, now, prefix });
    const direct = await redisState({ url: redisUrl(), log: silentLog, now, prefix });
    open.push(state, direct, gate);
    return { gate, state, direct };
  }

  for (const how of ['shut', 'hang'] as const) {
    it(`is answered from local memory at once when the connection ${how}s, and shared again when it is back`, async () => {
      const { gate, state, direct } = await behindGate();
      let reconnections = 0;
      state.onReconnected(() => (reconnections += 1));
      assert.equal(await state.increment('count', 5, 60), 5);

      gate[how]();
      await until(async () => {
        await state.increment('probe', 1, 60);
        return !state.isShared;
      }, 'Redis to be noticed away');
      assert.equal(await state.increment('count', 1, 60), 1);
      assert.equal(await state.get('count'), '1');
      const heard: string[] = [];
      state.subscribe('news', (message) => heard.push(message));
      await state.publish('news', 'local');
      assert.deepEqual(heard, ['local']);

      gate.open();
      await until(() => state.isShared, 'Redis to be back');
      assert.equal(reconnections, 1);
      assert.equal(await state.get('count'), '5');
      await direct.publish('news', 'from the other');
      await until(() => heard.includes('from the other'), 'the message of the other sidecar');
    });
  }

  it('is no reason not to start', async () => {
    const gate = await openGate(new URL(redisUrl()));
    gate.shut();
    const state = await redisState({ url: gate.url, log: silentLog, now, prefix: ownPrefix() });
    open.push(state, gate);
    assert.equal(state.isShared, false);
    assert.equal(await state.increment('count', 1, 60), 1);
    gate.open();
    await until(() => state.isShared, 'Redis to be there');
    assert.equal(await state.get('count'), null);
  });
});
