import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import { newTrace, traceIdOf } from './trace.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';

describe('a traceparent', () => {
  for (const valid of [
    `00-${traceId}-b7ad6b7169203331-00`,
    `00-${traceId}-b7ad6b7169203331-ff`,
    `cc-${traceId}-b7ad6b7169203331-01-what-later-versions-add`,
  ])
    it(`gives its trace: ${valid}`, () => assert.equal(traceIdOf(valid), traceId));

  for (const invalid of [
    '',
    `00-${traceId}-b7ad6b7169203331`,
    `00-${traceId.toUpperCase()}-b7ad6b7169203331-01`,
    `00-${traceId}-b7ad6b7169203331-01-more`,
    `ff-${traceId}-b7ad6b7169203331-01`,
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    ` 00-${traceId}-b7ad6b7169203331-01`,
  ])
    it(`is replaced when it is not valid: ${JSON.stringify(invalid)}`, () =>
      assert.equal(traceIdOf(invalid), null));

  it('is new each time, and valid', () => {
    const made = Array.from({ length: 1000 }, newTrace);
    assert.equal(new Set(made.map(({ traceId }) => traceId)).size, 1000);
    for (const each of made) assert.equal(traceIdOf(each.traceparent), each.traceId);
  });
});
