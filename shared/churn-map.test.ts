import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { ChurnMap } from './churn-map.ts';

describe('a churn map', () => {
  it('holds what a Map would, in the same order, whatever comes and goes', () => {
    const step = fc.record({ key: fc.nat(40), isSet: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { minLength: 3_000, maxLength: 4_000, size: 'max' }), (steps) => {
        const churned = new ChurnMap<number, number>();
        const plain = new Map<number, number>();
        steps.forEach(({ key, isSet }, at) => {
          if (isSet) {
            churned.set(key, at);
            plain.set(key, at);
          } else assert.equal(churned.delete(key), plain.delete(key));
          assert.equal(churned.get(key), plain.get(key));
          assert.equal(churned.has(key), plain.has(key));
        });
        assert.deepEqual([...churned], [...plain]);
        assert.deepEqual([...churned.keys()], [...plain.keys()]);
        assert.deepEqual([...churned.values()], [...plain.values()]);
        assert.equal(churned.size, plain.size);
      }),
      { numRuns: 20 },
    );
  });

  it('can be deleted from while it is gone through', () => {
    const map = new ChurnMap<number, string>();
    for (let key = 0; key < 5_000; key += 1) map.set(key, `value ${key}`);
    for (const [key] of map) map.delete(key);
    assert.equal(map.size, 0);
    map.set(1, 'again');
    map.clear();
    assert.equal(map.get(1), undefined);
  });

  // With a Map in its place there were 18.
  it('lets what was deleted be collected young, also once it has been promoted', () => {
    const fullCollections = Number(execFileSync(process.execPath, flags));
    assert.ok(fullCollections <= 3, `${fullCollections} full collections`);
  });
});

/** Counts full collections while entries come and go in a map that was promoted. */
const program = `
  import { PerformanceObserver, constants } from 'node:perf_hooks';
  import { ChurnMap } from ${JSON.stringify(new URL('./churn-map.ts', import.meta.url).href)};
  const map = new ChurnMap();
  let full = 0;
  new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) full += 1;
  }).observe({ entryTypes: ['gc'] });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  for (let key = 0; key < 600_000; key += 1) {
    map.set(key, new Array(100).fill(key + 0.5));
    map.delete(key - 32);
    if (key === 10_000) gc();
    if (key % 1_000 === 0) await turn();
  }
  await turn();
  console.log(full);
`;
const flags = [
  '--expose-gc',
  '--max-semi-space-size=8',
  '--import',
  'tsx',
  '--input-type=module',
  '-e',
  program,
  '--',
];
