import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { addBuckets, bucketCount, bucketOf, emptyBuckets, percentileMs } from './duration-buckets.ts';

describe('duration buckets', () => {
  it('count a duration below its bound and not below the one before', () => {
    for (const durationMs of [0.0625, 0.1, 0.5, 1, 3, 40, 999, 20_000]) {
      const bucket = bucketOf(durationMs);
      assert.ok(durationMs < 2 ** bucket / 16, `${durationMs} in ${bucket}`);
      assert.ok(durationMs >= 2 ** (bucket - 1) / 16, `${durationMs} in ${bucket}`);
    }
  });

  it('count the shortest first and everything long in the last', () => {
    assert.equal(bucketOf(0), 0);
    assert.equal(bucketOf(0.01), 0);
    assert.equal(bucketOf(Number.NaN), 0);
    assert.equal(bucketOf(1e12), bucketCount - 1);
  });

  it('give percentiles within a factor of two', () => {
    const buckets = emptyBuckets();
    for (let ms = 1; ms <= 100; ms += 1) buckets[bucketOf(ms)] = (buckets[bucketOf(ms)] ?? 0) + 1;
    const median = percentileMs(buckets, 0.5) ?? 0;
    assert.ok(median > 32 && median < 64, `${median}`);
    assert.equal(percentileMs(emptyBuckets(), 0.5), null);
  });

  it('give no percentile above the longest, where that is known', () => {
    const buckets = emptyBuckets();
    buckets[bucketOf(22_257)] = 1;
    assert.equal(percentileMs(buckets, 0.95, 22_257), 22_257);
    assert.ok((percentileMs(buckets, 0.95) ?? 0) > 22_257);
  });

  it('add up', () => {
    const sum = emptyBuckets();
    addBuckets(sum, [1, 2]);
    addBuckets(sum, [1]);
    assert.deepEqual(sum.slice(0, 3), [2, 2, 0]);
  });
});
