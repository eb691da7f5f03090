import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { sampler } from './sampler.ts';

describe('sampler', () => {
  const offer = (sample: ReturnType<typeof sampler>, count: number, nowMs: number): readonly string[] =>
    Array.from({ length: count }, (_, index) => `exchange-${nowMs}-${index}`).filter((id) =>
      sample.keeps(nowMs, id),
    );

  it('keeps everything up to so many a second', () => {
    const sample = sampler(100);
    for (let second = 0; second < 5; second += 1)
      assert.equal(offer(sample, 100, second * 1_000).length, 100);
  });

  it('keeps no more than that, in any second', () => {
    const sample = sampler(100);
    assert.equal(offer(sample, 10_000, 0).length, 100);
    const next = offer(sample, 10_000, 1_000).length;
    assert.ok(next > 50 && next <= 100, `${next} were kept`);
  });

  it('keeps all events of an exchange or none once it knows the load', () => {
    const sample = sampler(1_000);
    offer(sample, 5_000, 0);
    const fates = new Map<string, Set<boolean>>();
    for (let statement = 0; statement < 10; statement += 1) {
      for (let index = 0; index < 400; index += 1) {
        const id = `exchange-${index}`;
        fates.set(id, (fates.get(id) ?? new Set()).add(sample.keeps(1_500, id)));
      }
    }
    assert.ok([...fates.values()].every(({ size }) => size === 1));
    const kept = [...fates.values()].filter((fate) => fate.has(true)).length;
    assert.ok(kept > 50 && kept < 110, `${kept} of 400 exchanges were kept`);
  });

  it('forgets a rush when a quiet time follows, and bears a clock that is set back', () => {
    const sample = sampler(10);
    offer(sample, 1_000, 100_000);
    assert.equal(offer(sample, 10, 110_000).length, 10);
    assert.equal(offer(sample, 10, 5_000).length, 10);
  });
});
