import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { constants, createHash, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { after, before, describe, it } from 'mocha';
import type { ApiKeyClient, Recorded } from '../shared/index.ts';
import { eventually } from './eventually.ts';
import { gatewayClient, type GatewayClient } from './gateway-client.ts';
import { startKeysSidecar, type KeysSidecar } from './keys-sidecar.ts';

const bin = join(import.meta.dirname, '..', 'sidecar/bin/outrider.mjs');
const run = promisify(execFile);

interface Actor {
  readonly kind: string;
  readonly label: string;
}

/** Every change of a key is an event that says who asked for it, whichever way it was asked for. */
describe('The audit of API keys', () => {
  let guarded: KeysSidecar;
  let keys: ApiKeyClient;
  let gateway: GatewayClient;

  before(async () => {
    guarded = await startKeysSidecar({
      name: 'keys-audit',
      options: { graceSeconds: 3600, scheduleSeconds: 1 },
      actor: 'Grace',
    });
    ({ keys } = guarded);
    gateway = gatewayClient(guarded.sidecar.gateway, guarded.token);
  });
  after(() => guarded?.stop());

  async function eventsAbout(id: string, types: readonly string[]): Promise<readonly Recorded[]> {
    return eventually(`${types.join(', ')} of ${id}`, async () => {
      const page = await gateway.events({ stream: `api-keys/${id}`, limit: '1000' });
      const inOrder = page.toSorted((a, b) => a.position - b.position);
      return inOrder.length >= types.length && inOrder;
    });
  }
  const typesOf = (events: readonly Recorded[]): readonly string[] => events.map(({ type }) => type);
  const actorsOf = (events: readonly Recorded[]): readonly Actor[] =>
    // Safe: read only, and each is looked at below.
    events.map(({ data }) => (data as { actor: Actor }).actor);

  it('names whoever asks over HTTP', async () => {
    const { id } = await keys.createApiKey({ label: 'watched' });
    const patched = await fetch(`${guarded.sidecar.gateway}/api/security/api-keys/${id}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${guarded.token}`,
        'content-type': 'application/json',
        'x-outrider-actor': 'Grace',
      },
      body: JSON.stringify({ label: 'renamed' }),
    });
    assert.equal(patched.status, 200);
    await keys.rotateApiKey(id);
    await keys.revokeApiKey(id);
    const types = ['created', 'updated', 'rotated', 'revoked'].map((each) => `api-keys/${each}`);
    const events = await eventsAbout(id, types);
    assert.deepEqual(typesOf(events), types);
    for (const actor of actorsOf(events)) assert.deepEqual([actor.kind, actor.label], ['token', 'Grace']);
  });

  it('names whoever imports a key, and the key can be used', async () => {
    const digest = createHash('sha256').update('a key of elsewhere').digest('hex');
    const response = await gateway.post('/api/security/api-keys/import', { label: 'theirs', digest });
    assert.equal(response.status, 201);
    const { id } = (await response.json()) as { id: string };
    const events = await eventsAbout(id, ['api-keys/imported']);
    assert.deepEqual(typesOf(events), ['api-keys/imported']);
    assert.equal(actorsOf(events)[0]?.kind, 'token');
    const used = await fetch(`${guarded.sidecar.http}/`, { headers: { 'x-api-key': 'a key of elsewhere' } });
    assert.equal(used.status, 200);
  });

  it('names the command line and its user', async () => {
    const outrider = async (...args: readonly string[]): Promise<string> =>
      (await run(process.execPath, [bin, ...args], { cwd: guarded.workspace })).stdout;
    await outrider('keys', 'create', '--label', 'by hand');
    const { keys: listed } = await keys.listApiKeys({ search: 'by hand' });
    const id = listed[0]?.id ?? assert.fail('It was not made.');
    const digest = createHash('sha256').update('another key').digest('hex');
    await outrider('keys', 'import', '--label', 'by hash', '--digest', digest);
    const { keys: imported } = await keys.listApiKeys({ search: 'by hash' });
    const [event] = await eventsAbout(imported[0]?.id ?? '', ['api-keys/imported']);
    assert.match(actorsOf(event ? [event] : [])[0]?.label ?? '', /^command line \(.+\)$/);
    await outrider('keys', 'update', '--id', id, '--owner', 'core');
    await outrider('keys', 'rotate', '--id', id);
    await outrider('keys', 'revoke', '--id', id);
    const types = ['created', 'updated', 'rotated', 'revoked'].map((each) => `api-keys/${each}`);
    const events = await eventsAbout(id, types);
    assert.deepEqual(typesOf(events), types);
    for (const { label } of actorsOf(events)) assert.match(label, /^command line \(.+\)$/);
  });

  it('names the schedule that rotates by itself, and what was collected can be used', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const made = await gateway.post('/api/commands/api-keys/create', {
      label: 'self-rotating',
      rotateEveryDays: 1 / 86_400,
      sealTo: publicKey.export({ type: 'spki', format: 'pem' }),
    });
    const { id } = (await made.json()) as { id: string };
    const events = await eventsAbout(id, ['api-keys/created', 'api-keys/rotated']);
    assert.deepEqual(typesOf(events), ['api-keys/created', 'api-keys/rotated']);
    assert.deepEqual(actorsOf(events)[1], { kind: 'plugin', id: 'api-keys', label: 'rotation schedule' });
    const collected = await gateway.post('/api/commands/api-keys/collect', { id });
    const { sealed } = (await collected.json()) as { sealed: string };
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    const secret = privateDecrypt(
      { key: privateKey, padding, oaepHash: 'sha256' },
      Buffer.from(sealed, 'base64'),
    ).toString();
    const answer = await fetch(`${guarded.sidecar.http}/`, { headers: { 'x-api-key': secret } });
    assert.equal(answer.status, 200);
  });

  it('names the schedule when a key ends by itself', async () => {
    const expiresAt = new Date(Date.now() + 2000).toISOString();
    const made = await gateway.post('/api/commands/api-keys/create', { label: 'short', expiresAt });
    const { id } = (await made.json()) as { id: string };
    const events = await eventsAbout(id, ['api-keys/created', 'api-keys/ended']);
    assert.deepEqual(typesOf(events), ['api-keys/created', 'api-keys/ended']);
    assert.equal(actorsOf(events)[1]?.kind, 'plugin');
  });

  it('names the schedule when a grace is over', async () => {
    const { id } = await keys.createApiKey({ label: 'rotated away' });
    await keys.rotateApiKey(id, { graceSeconds: 1 });
    const events = await eventsAbout(id, ['api-keys/created', 'api-keys/rotated', 'api-keys/ended']);
    assert.deepEqual(
      [actorsOf(events)[2]?.label, (events[2]?.data as { reason: string } | undefined)?.reason],
      ['rotation schedule', 'grace over'],
    );
  });

  it('also has every command in the log of commands', async () => {
    const { id } = await keys.createApiKey({ label: 'logged' });
    const page = await gateway.events({ type: 'command/run', limit: '1000' });
    const commands = page.map(({ data }) => data as { command: string; actor: Actor; outcome: string });
    assert.ok(commands.some(({ command, outcome }) => command === 'api-keys/create' && outcome === 'done'));
    assert.ok(id);
  });
});
