import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { openGate, type Gate } from '../sidecar/store/contract-gate.ts';
import { eventually } from './eventually.ts';
import { startKeysSidecar, type KeysSidecar } from './keys-sidecar.ts';

/** What callers see when a sidecar is started before its database. */
describe('API keys while the database is away at the start', () => {
  let gate: Gate;
  let guarded: KeysSidecar;
  let key: string;

  before(async () => {
    guarded = await startKeysSidecar({
      name: 'keys-store-away',
      options: { publicRoutes: ['GET /open'] },
      // Everything as by default: no plugin may keep the sidecar from starting.
      plugins: [],
      async databaseUrl(url) {
        gate = await openGate(new URL(url));
        return gate.url;
      },
    });
    ({ key } = await guarded.keys.createApiKey({ label: 'from before' }));
  });
  after(async () => {
    gate?.open();
    await guarded?.stop();
    await gate?.close();
  });

  const ask = (path: string): Promise<Response> =>
    fetch(`${guarded.sidecar.http}${path}`, { headers: { 'x-api-key': key } });

  it('are answered with 503 and Retry-After, and public routes go on', async () => {
    await guarded.restart(() => gate.shut());
    const refused = await ask('/closed');
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get('content-type'), 'application/problem+json');
    assert.ok(Number(refused.headers.get('retry-after')) >= 1);
    assert.equal(((await refused.json()) as { code: string }).code, 'store_unavailable');
    assert.equal((await ask('/open')).status, 200);
  });

  it('are known again soon after it is back', async () => {
    gate.open();
    await eventually('the key is let through', async () => (await ask('/closed')).status === 200, 20);
  });

  it('are known all the while once they were read', async () => {
    gate.shut();
    assert.equal((await ask('/closed')).status, 200);
    assert.equal((await ask('/closed')).status, 200);
  });
});
