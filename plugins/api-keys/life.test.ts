import assert from 'node:assert/strict';
import { constants, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { OutriderError, PrivateStore, type Store } from '../../shared/index.ts';
import { memoryStore } from '../../shared/testing/memory-store.ts';
import { testHost } from '../../shared/testing.ts';
import apiKeys from './index.ts';
import { endMsOf, rotatedAway, statusOf, successorOf, type KeyRecord } from './key-record.ts';

const key = (more: Partial<KeyRecord> = {}): KeyRecord => ({
  id: 'k1',
  digest: '0'.repeat(64),
  start: 'sc_live_ab12',
  label: 'ci',
  owner: null,
  metadata: {},
  scopes: ['*'],
  addresses: [],
  rateLimit: null,
  quota: null,
  rotateEveryDays: null,
  sealTo: null,
  environment: 'live',
  createdAt: '2026-01-01T00:00:00.000Z',
  expiresAt: null,
  graceEndsAt: null,
  revokedAt: null,
  rotatedAt: null,
  replacedBy: null,
  replaces: null,
  isImported: false,
  ...more,
});

const fresh = { id: 'k2', start: 'sc_live_cd34', digest: '1'.repeat(64), environment: 'live' };
const moments = fc.date({ min: new Date('2025-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });
const graces = fc.integer({ min: 0, max: 90 * 86_400 });

describe('the arithmetic of rotation and expiry', () => {
  it('never lets a rotation extend anything, the old key or the new', () => {
    fc.assert(
      fc.property(fc.option(moments), moments, graces, (expires, now, graceSeconds) => {
        const old = key({ expiresAt: expires?.toISOString() ?? null });
        const nowMs = now.getTime();
        const after = rotatedAway(old, 'k2', nowMs, graceSeconds);
        const successor = successorOf(after, { ...fresh, createdAt: now.toISOString() });
        assert.ok(endMsOf(after) <= endMsOf(old));
        assert.ok(endMsOf(after) <= Math.max(nowMs + graceSeconds * 1000, -Infinity));
        assert.equal(endMsOf(successor), endMsOf(old));
        assert.deepEqual(successor.scopes, old.scopes);
      }),
    );
  });

  it('ends the old key at the earlier of its expiry and the end of its grace', () => {
    fc.assert(
      fc.property(moments, moments, graces, (expires, now, graceSeconds) => {
        const after = rotatedAway(
          key({ expiresAt: expires.toISOString() }),
          'k2',
          now.getTime(),
          graceSeconds,
        );
        assert.equal(endMsOf(after), Math.min(expires.getTime(), now.getTime() + graceSeconds * 1000));
      }),
    );
  });

  it('never puts off a grace that was set before', () => {
    fc.assert(
      fc.property(
        moments,
        graces,
        graces,
        fc.integer({ min: 0, max: 1e9 }),
        (now, first, second, laterMs) => {
          const once = rotatedAway(key(), 'k2', now.getTime(), first);
          const twice = rotatedAway(once, 'k3', now.getTime() + laterMs, second);
          assert.ok(endMsOf(twice) <= endMsOf(once));
        },
      ),
    );
  });

  it('has one status at any moment, and never comes back from an end', () => {
    fc.assert(
      fc.property(fc.option(moments), moments, moments, (expires, a, b) => {
        const [earlier, later] = [Math.min(a.getTime(), b.getTime()), Math.max(a.getTime(), b.getTime())];
        const one = key({ expiresAt: expires?.toISOString() ?? null });
        if (statusOf(one, earlier) === 'expired') assert.equal(statusOf(one, later), 'expired');
        assert.equal(statusOf({ ...one, revokedAt: '2020-01-01T00:00:00Z' }, later), 'revoked');
      }),
    );
  });
});

/** A store that goes away between the two halves of a rotation. */
function storeThatRefuses(): { store: Store; refuseNewKeys: (isRefusing: boolean) => void } {
  const kept = memoryStore(() => new Date());
  let isRefusing = false;
  const store: Store = {
    get: (name) => kept.get(name),
    set: (...given) => kept.set(...given),
    replace: async (name, ...given) => {
      if (isRefusing && name.startsWith('digests/')) throw new OutriderError('store_unavailable');
      return kept.replace(name, ...given);
    },
    list: (prefix) => kept.list(prefix),
    delete: (name) => kept.delete(name),
  };
  return { store, refuseNewKeys: (wanted) => void (isRefusing = wanted) };
}

describe('a rotation schedule', () => {
  it('reports a key that is due, once, and is content when somebody rotates it', async () => {
    const host = await testHost(apiKeys);
    const { id } = (await host.run('create', { label: 'ci', rotateEveryDays: 0.01 })) as { id: string };
    await host.advance(1000);
    assert.deepEqual(
      host.findings.map(({ rule }) => rule),
      ['api-keys/rotation-due'],
    );
    await host.run('rotate', { id });
    const resolved = host.events.filter(({ type }) => type === 'finding/resolved');
    assert.ok(resolved.some(({ data }) => (data as { key: string }).key === `api-keys/rotation-due:${id}`));
  });

  it('rotates by itself into a key that only its holder can read', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const host = await testHost(apiKeys);
    const sealTo = publicKey.export({ type: 'spki', format: 'pem' });
    const { id } = (await host.run('create', { label: 'ci', rotateEveryDays: 0.01, sealTo })) as {
      id: string;
    };
    await host.advance(1000);
    const collected = (await host.run('collect', { id })) as { id: string; sealed: string };
    assert.notEqual(collected.id, id);
    const secret = privateDecrypt(
      { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
      Buffer.from(collected.sealed, 'base64'),
    ).toString();
    assert.match(secret, /^sc_live_/);
    const { verdict } = await host.request({ headers: { 'x-api-key': secret } });
    assert.equal(verdict.allow && verdict.principal?.id, collected.id);
    assert.ok(!JSON.stringify(host.events).includes(secret));
    const rotated = host.events.find(({ type }) => type === 'api-keys/rotated');
    assert.equal(
      (rotated as { data: { actor: { label: string } } } | undefined)?.data.actor.label,
      'rotation schedule',
    );
  });

  it('says whether there is no such key or nothing to collect for it', async () => {
    const host = await testHost(apiKeys);
    const { id } = (await host.run('create', { label: 'ci' })) as { id: string };
    await assert.rejects(host.run('collect', { id }), { code: 'key_not_sealed' });
    await assert.rejects(host.run('collect', { id: 'nobody' }), { code: 'key_not_found' });
  });

  it('reports a rotation that the store did not take, and leaves the old key as it was', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { store, refuseNewKeys } = storeThatRefuses();
    const host = await testHost(apiKeys, { services: { [PrivateStore.id]: store } });
    const sealTo = publicKey.export({ type: 'spki', format: 'pem' });
    const settings = { label: 'ci', rotateEveryDays: 0.01, sealTo };
    const { id } = (await host.run('create', settings)) as { id: string };
    refuseNewKeys(true);
    await host.advance(1000);
    assert.deepEqual(
      host.findings.map(({ rule }) => rule),
      ['api-keys/rotation-due'],
    );
    assert.equal(((await host.run('read', { id })) as { status: string }).status, 'active');
    refuseNewKeys(false);
    const rotated = (await host.run('rotate', { id })) as { details: { replaces: string } };
    assert.equal(rotated.details.replaces, id);
  });

  it('takes no key to seal to that is too short or none at all', async () => {
    const host = await testHost(apiKeys);
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({
      type: 'spki',
      format: 'pem',
    });
    for (const sealTo of ['nonsense', short])
      await assert.rejects(host.run('create', { label: 'ci', sealTo }), { code: 'input_invalid' });
  });
});
