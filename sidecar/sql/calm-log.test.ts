import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { calmed } from './calm-log.ts';

describe('a calmed log', () => {
  it('writes one warning of a kind a second and counts those between', () => {
    const said: unknown[] = [];
    let nowMs = 0;
    const log = calmed(
      { info: () => undefined, warn: (message, fields) => void said.push([message, fields]) },
      () => nowMs,
    );
    for (nowMs = 0; nowMs < 1000; nowMs += 100) log.warn('away', { n: nowMs });
    log.warn('other');
    log.warn('away', { n: 1000 });
    assert.deepEqual(said, [
      ['away', { n: 0 }],
      ['other', undefined],
      ['away', { n: 1000, andAlike: 9 }],
    ]);
  });
});
