import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { memoryShared, memoryStore } from '../../shared/testing/memory-store.ts';
import { memoryState } from './memory.ts';
import { privateStoreContract } from './private-store-contract.ts';
import { sharedStateContract } from './shared-state-contract.ts';

function clock() {
  let nowMs = Date.parse('2026-01-02T03:04:05Z');
  return { now: () => new Date(nowMs), advance: (seconds: number) => void (nowMs += seconds * 1000) };
}

for (const [name, create] of [
  ['memory', memoryState],
  ['memory of the test host', memoryShared],
] as const) {
  sharedStateContract(name, async () => {
    const { now, advance } = clock();
    const state = create(now);
    return {
      state,
      same: state,
      advance: async (seconds) => advance(seconds),
      dispose: async () => undefined,
    };
  });
}

describe('memory of the test host', () => {
  const { now, advance } = clock();
  const store = memoryStore(now);
  privateStoreContract(() => ({ store, same: store, other: memoryStore(now), advance }));
});

describe('memory state', () => {
  it('keeps no more keys than it may: what ended goes first, then the oldest', async () => {
    const { now, advance } = clock();
    const state = memoryState(now, 10);
    await state.set('ended', '1', 1);
    for (let index = 0; index < 9; index += 1) await state.set(`k${index}`, '1', 60);
    advance(2);
    await state.set('k9', '1', 60);
    assert.equal(await state.get('k0'), '1');
    await state.set('k10', '1', 60);
    assert.equal(await state.get('k0'), null);
    assert.equal(await state.get('k1'), '1');
    assert.equal(await state.get('k10'), '1');
  });
});
