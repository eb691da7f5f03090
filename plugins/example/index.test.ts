import assert from 'node:assert/strict';
import { testHost } from '@outrider/shared/testing';
import { describe, it } from 'mocha';
import example from './index.ts';

describe('the example plugin', () => {
  it('lets everything through while no window is open', async () => {
    const host = await testHost(example);
    const { reply } = await host.request({ method: 'POST', target: '/agents' });
    assert.equal(reply?.status, 200);
  });

  it('refuses changes during a window and says when to come back', async () => {
    const host = await testHost(example);
    await host.run('close', { minutes: 10, reason: 'Moving house.' });
    const { verdict } = await host.request({ method: 'POST', target: '/agents' });
    assert.deepEqual(verdict, {
      allow: false,
      code: 'guard_denied',
      status: 503,
      reason: 'Moving house.',
      retryAfterSeconds: 600,
    });
    const reading = await host.request({ method: 'GET', target: '/agents' });
    assert.equal(reading.reply?.status, 200);
  });

  it('opens by itself when the time is over', async () => {
    const host = await testHost(example);
    await host.run('close', { minutes: 10 });
    await host.advance(601);
    const { reply } = await host.request({ method: 'POST', target: '/agents' });
    assert.equal(reply?.status, 200);
  });

  it('opens when asked to', async () => {
    const host = await testHost(example);
    await host.run('close', { minutes: 10 });
    await host.run('reopen');
    const { reply } = await host.request({ method: 'POST', target: '/agents' });
    assert.equal(reply?.status, 200);
  });

  it('refuses a window longer than the operator allows', async () => {
    const host = await testHost(example, { options: { mostMinutes: 60 } });
    await assert.rejects(host.run('close', { minutes: 61 }), { code: 'input_invalid' });
  });

  it('shows the window, and shows what was shown at any moment before', async () => {
    const host = await testHost(example);
    const before = host.view('maintenance');
    await host.run('close', { minutes: 10 });
    assert.match(JSON.stringify(host.view('maintenance')), /until 2026-01-01T00:10:00.000Z, by tester/);
    assert.deepEqual(host.view('maintenance', 0), before);
  });
});
