import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { timeOf } from '../dashboards/clock.ts';
import type { Session } from '../dashboards/session.ts';
import { digestOf } from './live-keys.ts';
import { whoIs, whoText } from './who.ts';

const listed = {
  id: 'k1',
  label: 'ci',
  owner: 'core',
  start: 'sc_live_ab12',
  environment: 'live',
  status: 'active' as const,
  scopes: ['GET /agents'],
  createdAt: '2026-01-01T00:00:00.000Z',
  expiresAt: null,
  graceEndsAt: null,
  replacedBy: null,
  lastUsedAt: null,
};

describe('Whose key it is', () => {
  it('is asked by digest: the key itself is never sent', async () => {
    const asked: unknown[] = [];
    const client = {
      run: async (...call: unknown[]) => {
        asked.push(call);
        return { key: listed };
      },
    };
    // Safe: nothing else of the session is used.
    assert.equal((await whoIs({ client } as unknown as Session, 'the key'))?.id, 'k1');
    assert.deepEqual(asked, [['api-keys/identify', { digest: digestOf('the key') }]]);
  });

  it('is told in sentences', () => {
    assert.equal(
      whoText(listed),
      '“ci” (sc_live_ab12…) is active; it belongs to core. It may: GET /agents. It was never used.',
    );
    const rotating = { ...listed, status: 'rotating' as const, graceEndsAt: '2026-01-02T00:00:00.000Z' };
    assert.ok(whoText(rotating).endsWith(`Its grace ends ${timeOf(rotating.graceEndsAt)}.`));
    assert.match(whoText(null), /does not know this key/);
  });
});
