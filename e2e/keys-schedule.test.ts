import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { ApiKeyClient } from '../shared/index.ts';
import { eventually } from './eventually.ts';
import { gatewayClient, type GatewayClient } from './gateway-client.ts';
import { startKeysSidecar, type KeysSidecar } from './keys-sidecar.ts';

/** What time does to keys, on a real clock: the schedule looks every second. */
describe('The schedule of API keys', () => {
  let guarded: KeysSidecar;
  let keys: ApiKeyClient;
  let gateway: GatewayClient;

  before(async () => {
    guarded = await startKeysSidecar({
      name: 'keys-schedule',
      options: { graceSeconds: 3600, silenceSeconds: 3, scheduleSeconds: 1 },
    });
    ({ keys } = guarded);
    gateway = gatewayClient(guarded.sidecar.gateway, guarded.token);
  });
  after(() => guarded?.stop());

  const use = async (key: string): Promise<number> =>
    (await fetch(`${guarded.sidecar.http}/`, { headers: { 'x-api-key': key } })).status;
  const statusOf = async (id: string): Promise<string | undefined> =>
    (await keys.listApiKeys({ search: id })).keys[0]?.status;
  const findingsAbout = async (id: string): Promise<readonly string[]> =>
    (await gateway.findings()).filter(({ key }) => key.endsWith(id)).map(({ rule }) => rule);

  it('ends a grace early once nobody uses the old key, and not before', async () => {
    const old = await keys.createApiKey({ label: 'watched' });
    const fresh = await keys.rotateApiKey(old.id);
    const usedUntilMs = Date.now() + 5000;
    await eventually('it was used for longer than silence may last', async () => {
      assert.equal(await use(old.key), 200);
      return Date.now() > usedUntilMs;
    });
    await eventually('the grace is over', async () => (await statusOf(old.id)) === 'expired');
    assert.deepEqual([await use(old.key), await use(fresh.key)], [401, 200]);
    const events = await eventually('its end is told', async () => {
      const ended = await gateway.events({ stream: `api-keys/${old.id}`, type: 'api-keys/ended' });
      return ended.length > 0 && ended;
    });
    assert.deepEqual(
      events.map(({ data }) => (data as { reason: string }).reason),
      ['silent'],
    );
  });

  it('warns of an expiry ahead of time, until somebody does something about it', async () => {
    const { id } = await keys.createApiKey({ label: 'ends soon', expiresInDays: 2 });
    await eventually('it is a finding', async () => (await findingsAbout(id)).includes('api-keys/expires'));
    const later = new Date(Date.now() + 100 * 86_400_000).toISOString();
    await gateway.post('/api/commands/api-keys/update', { id, expiresAt: later });
    await eventually('it is settled', async () => (await findingsAbout(id)).length === 0);
  });

  it('says that a rotation is due, and is content with one', async () => {
    const { id } = await keys.createApiKey({ label: 'old', rotateEveryDays: 1 / 86_400 });
    await eventually('it is due', async () => (await findingsAbout(id)).includes('api-keys/rotation-due'));
    await keys.rotateApiKey(id);
    await eventually('it is settled', async () => (await findingsAbout(id)).length === 0);
  });
});
