import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'mocha';
import type { Allowed, Denied } from '../../shared/index.ts';
import { fakeExchange, testHost, type FakeRequest, type TestHost } from '../../shared/testing.ts';
import apiKeys from './index.ts';

interface Revealed {
  readonly key: string;
  readonly id: string;
}

const create = async (host: TestHost, input: object = {}): Promise<Revealed> =>
  // Safe: the command's output is JSON of this shape, as the first test checks.
  (await host.run('create', { label: 'ci', ...input })) as Revealed;

const check = async (
  host: TestHost,
  key: string | null,
  request: FakeRequest = {},
): Promise<Allowed | Denied> =>
  host.check(fakeExchange({ ...request, headers: { ...request.headers, ...(key && { 'x-api-key': key }) } }));

const codeOf = (verdict: Allowed | Denied): string => (verdict.allow ? 'allowed' : verdict.code);

describe('api-keys', () => {
  describe('creating', () => {
    it('shows the secret once, and keeps it nowhere', async () => {
      const host = await testHost(apiKeys);
      const made = (await host.run('create', { label: 'ci' })) as Revealed & {
        view: { kind: string; value: string };
      };
      assert.match(made.key, /^sc_live_[0-9A-Za-z]{38}$/);
      assert.equal(made.view.kind, 'secret');
      assert.equal(made.view.value, made.key);
      const kept = JSON.stringify([
        host.events,
        await host.run('list'),
        await host.run('read', { id: made.id }),
        host.view('keys'),
      ]);
      assert.ok(!kept.includes(made.key));
      assert.ok(!kept.includes('digest'));
    });

    it('takes prefix and environment from the options', async () => {
      const host = await testHost(apiKeys, { options: { prefix: 'acme', environment: 'test' } });
      assert.match((await create(host)).key, /^acme_test_/);
      assert.match((await create(host, { environment: 'live' })).key, /^acme_live_/);
    });

    it('refuses an expiry in the past', async () => {
      const host = await testHost(apiKeys);
      await assert.rejects(create(host, { expiresAt: '2020-01-01T00:00:00Z' }), { code: 'input_invalid' });
    });

    it('refuses a misspelt setting rather than make a key that may do everything', async () => {
      const host = await testHost(apiKeys);
      await assert.rejects(create(host, { scope: ['GET /agents'] }), { code: 'input_invalid' });
      const { keys } = (await host.run('list', {})) as { keys: unknown[] };
      assert.deepEqual(keys, []);
    });

    it('imports a key of elsewhere by its digest', async () => {
      const host = await testHost(apiKeys);
      const digest = createHash('sha256').update('legacy-key-1').digest('hex');
      assert.equal(codeOf(await check(host, 'legacy-key-1')), 'key_malformed');
      await host.run('import', { label: 'legacy', digest, start: 'legacy' });
      assert.equal(codeOf(await check(host, 'legacy-key-1')), 'allowed');
      assert.equal(codeOf(await check(host, 'legacy-key-2')), 'key_unknown');
      await assert.rejects(host.run('import', { label: 'again', digest }), { code: 'input_invalid' });
    });

    it('takes no key for its own beginning: lists would show it', async () => {
      const host = await testHost(apiKeys);
      const digest = createHash('sha256').update('short-key').digest('hex');
      await assert.rejects(host.run('import', { label: 'x', digest, start: 'short-key' }), {
        code: 'input_invalid',
        detail: 'start must not be the whole key.',
      });
    });

    it('says with the key when it ends', async () => {
      const host = await testHost(apiKeys);
      const noteOf = async (input: object) =>
        ((await create(host, input)) as Revealed & { view: { note: string } }).view.note;
      assert.match(await noteOf({ expiresInDays: 90 }), /It ends 2026-04-01 00:00 UTC\.$/);
      assert.match(await noteOf({}), /It never ends by itself\.$/);
    });
  });

  describe('the guard', () => {
    it('lets a live key through and tells the backend who it is', async () => {
      const host = await testHost(apiKeys);
      const { key, id } = await create(host, { owner: 'team ä', scopes: ['GET /agents/*'] });
      const verdict = await check(host, key, { target: '/agents/7' });
      assert.deepEqual(verdict, {
        allow: true,
        principal: { kind: 'api-key', id, label: 'ci' },
        backendHeaders: [
          ['x-outrider-key-id', id],
          ['x-outrider-key-owner', 'team %C3%A4'],
          ['x-outrider-key-scopes', 'GET /agents/*'],
        ],
      });
    });

    it('answers at once', async () => {
      const host = await testHost(apiKeys);
      const { key } = await create(host);
      const exchange = fakeExchange({ headers: { authorization: `Bearer ${key}` } });
      assert.ok(!(host.hooks.guard?.check(exchange) instanceof Promise));
    });

    it('asks for a key, and says which scheme', async () => {
      const host = await testHost(apiKeys);
      const verdict = await check(host, null);
      assert.equal(codeOf(verdict), 'key_required');
      assert.deepEqual(verdict.replyHeaders, [['www-authenticate', 'Bearer']]);
    });

    it('tells a look-alike from an unknown key', async () => {
      const host = await testHost(apiKeys);
      const other = await create(await testHost(apiKeys));
      assert.equal(codeOf(await check(host, `${other.key.slice(0, -1)}!`)), 'key_malformed');
      assert.equal(codeOf(await check(host, other.key)), 'key_unknown');
    });

    it('takes the key from Authorization too, and refuses two that differ', async () => {
      const host = await testHost(apiKeys);
      const [one, two] = [await create(host), await create(host)];
      const send = (headers: FakeRequest['headers']) =>
        host.check(fakeExchange({ ...(headers && { headers }) }));
      assert.equal(codeOf(await send({ authorization: `bearer ${one.key}` })), 'allowed');
      assert.equal(
        codeOf(await send({ authorization: `Bearer ${one.key}`, 'x-api-key': one.key })),
        'allowed',
      );
      assert.equal(
        codeOf(await send({ authorization: `Bearer ${one.key}`, 'x-api-key': two.key })),
        'key_malformed',
      );
      assert.equal(
        codeOf(await send({ authorization: [`Bearer ${one.key}`, `Bearer ${two.key}`] })),
        'key_malformed',
      );
      assert.equal(codeOf(await send({ authorization: `Basic ${one.key}` })), 'key_required');
      assert.equal(
        codeOf(await send({ authorization: 'Bearer some.jwt.token', 'x-api-key': one.key })),
        'allowed',
      );
    });

    it('takes the key from the query only when told to', async () => {
      const closed = await testHost(apiKeys);
      const { key } = await create(closed);
      assert.equal(codeOf(await check(closed, null, { target: `/?api_key=${key}` })), 'key_required');
      const open = await testHost(apiKeys, { options: { queryParameter: 'api_key' } });
      const other = await create(open);
      assert.equal(codeOf(await check(open, null, { target: `/?api_key=${other.key}` })), 'allowed');
    });

    it('leaves public routes open, and only those', async () => {
      const host = await testHost(apiKeys, { options: { publicRoutes: ['GET /health', '/docs/*'] } });
      assert.equal(codeOf(await check(host, null, { target: '/health' })), 'allowed');
      assert.equal(codeOf(await check(host, null, { target: '/docs/a/b' })), 'allowed');
      for (const target of [
        '/health/x',
        '/docs/../admin',
        '/docs/%2e%2e/admin',
        '/docs/..%2fadmin',
        '/docs//x',
        '/documents',
      ])
        assert.equal(codeOf(await check(host, null, { target })), 'key_required', target);
      assert.equal(codeOf(await check(host, null, { method: 'POST', target: '/health' })), 'key_required');
    });

    it('keeps a key within its scopes', async () => {
      const host = await testHost(apiKeys);
      const { key } = await create(host, { scopes: 'GET /agents/:id, POST /runs' });
      const on = async (method: string, target: string) => codeOf(await check(host, key, { method, target }));
      assert.equal(await on('GET', '/agents/7'), 'allowed');
      assert.equal(await on('HEAD', '/agents/7'), 'allowed');
      assert.equal(await on('DELETE', '/agents/7'), 'scope_missing');
      assert.equal(await on('GET', '/agents/7/runs'), 'scope_missing');
      assert.equal(await on('GET', '/agents/..%2fadmin'), 'scope_missing');
      assert.equal(await on('POST', '/runs'), 'allowed');
    });

    it('keeps a key within its addresses', async () => {
      const host = await testHost(apiKeys);
      const { key } = await create(host, { addresses: ['10.0.0.0/8', '2001:db8::/32'] });
      const from = async (clientAddress: string) => codeOf(await check(host, key, { clientAddress }));
      assert.equal(await from('10.1.2.3'), 'allowed');
      assert.equal(await from('2001:db8::1'), 'allowed');
      assert.equal(await from('192.0.2.1'), 'address_refused');
      assert.equal(await from('2001:db9::1'), 'address_refused');
    });

    it('lets a source that failed too often wait, but not the callers with a right key behind it', async () => {
      const host = await testHost(apiKeys, { options: { failures: 3, failureSeconds: 60 } });
      const { key } = await create(host);
      assert.equal(codeOf(await check(host, key)), 'allowed');
      for (let tries = 0; tries < 3; tries += 1)
        assert.equal(codeOf(await check(host, `sc_live_${tries}`)), 'key_malformed');
      const verdict = await check(host, 'sc_live_4');
      assert.equal(codeOf(verdict), 'source_throttled');
      assert.equal(!verdict.allow && verdict.retryAfterSeconds, 60);
      assert.equal(codeOf(await check(host, key)), 'allowed');
      assert.equal(codeOf(await check(host, 'sc_live_5', { clientAddress: '192.0.2.9' })), 'key_malformed');
      await host.advance(61);
      assert.equal(codeOf(await check(host, 'sc_live_6')), 'key_malformed');
    });
  });

  describe('limits', () => {
    it('refill evenly, and tell the client what is left', async () => {
      const host = await testHost(apiKeys);
      const { key } = await create(host, { rateLimit: { requests: 2, seconds: 10 } });
      const first = await check(host, key);
      assert.deepEqual(first.replyHeaders, [
        ['ratelimit-policy', '"key";q=2;w=10'],
        ['ratelimit', '"key";r=1;t=5'],
      ]);
      assert.equal(codeOf(await check(host, key)), 'allowed');
      const refused = await check(host, key);
      assert.equal(codeOf(refused), 'rate_limited');
      assert.equal(!refused.allow && refused.retryAfterSeconds, 5);
      await host.advance(5);
      assert.equal(codeOf(await check(host, key)), 'allowed');
    });

    it('count requests by day and survive a restart of the day', async () => {
      const host = await testHost(apiKeys, { startsAt: '2026-01-31T23:00:00Z' });
      const { key } = await create(host, { quota: { dayRequests: 2, monthRequests: 3 } });
      assert.equal(codeOf(await check(host, key)), 'allowed');
      await host.advance(10);
      assert.equal(codeOf(await check(host, key)), 'allowed');
      const refused = await check(host, key);
      assert.equal(codeOf(refused), 'quota_exhausted');
      assert.equal(!refused.allow && refused.retryAfterSeconds, 3590);
      await host.advance(3600);
      assert.equal(codeOf(await check(host, key)), 'allowed');
    });
  });

  describe('life', () => {
    it('rotates: both keys live during the grace, then only the new one', async () => {
      const host = await testHost(apiKeys, { options: { graceSeconds: 3600 } });
      const old = await create(host, { scopes: ['GET /*'], expiresAt: '2027-01-01T00:00:00.000Z' });
      const fresh = (await host.run('rotate', { id: old.id })) as Revealed & {
        details: { scopes: string[]; expiresAt: string; replaces: string };
        replaced: { graceEndsAt: string };
      };
      assert.deepEqual(fresh.details.scopes, ['GET /*']);
      assert.equal(fresh.details.expiresAt, '2027-01-01T00:00:00.000Z');
      assert.equal(fresh.details.replaces, old.id);
      assert.equal(fresh.replaced.graceEndsAt, '2026-01-01T01:00:00.000Z');
      assert.equal(codeOf(await check(host, old.key)), 'allowed');
      assert.equal(codeOf(await check(host, fresh.key)), 'allowed');
      await assert.rejects(host.run('rotate', { id: old.id }), { code: 'key_not_active' });
      await host.advance(3601);
      assert.equal(codeOf(await check(host, old.key)), 'key_expired');
      assert.equal(codeOf(await check(host, fresh.key)), 'allowed');
    });

    it('never lets a rotated key outlive its own expiry', async () => {
      const host = await testHost(apiKeys, { options: { graceSeconds: 86_400 } });
      const old = await create(host, { expiresAt: '2026-01-01T00:30:00.000Z' });
      const { replaced } = (await host.run('rotate', { id: old.id })) as {
        replaced: { graceEndsAt: string };
      };
      assert.equal(replaced.graceEndsAt, '2026-01-01T00:30:00.000Z');
    });

    it('ends the grace early once nobody uses the old key any more', async () => {
      const host = await testHost(apiKeys, { options: { graceSeconds: 86_400, silenceSeconds: 600 } });
      const old = await create(host);
      await host.run('rotate', { id: old.id });
      await host.advance(300);
      assert.equal(codeOf(await check(host, old.key)), 'allowed');
      await host.advance(500);
      assert.equal(codeOf(await check(host, old.key)), 'allowed');
      await host.advance(700);
      assert.equal(codeOf(await check(host, old.key)), 'key_expired');
      assert.equal(host.events.filter(({ type }) => type === 'api-keys/ended').length, 1);
    });

    it('revokes at once', async () => {
      const host = await testHost(apiKeys);
      const { key, id } = await create(host);
      assert.equal(codeOf(await check(host, key)), 'allowed');
      await host.run('revoke', { id, reason: 'leaked' });
      assert.equal(codeOf(await check(host, key)), 'key_revoked');
      await assert.rejects(host.run('revoke', { id }), { code: 'key_not_active' });
      await assert.rejects(host.run('rotate', { id }), { code: 'key_not_active' });
    });

    it('applies a change of scopes to the next request', async () => {
      const host = await testHost(apiKeys);
      const { key, id } = await create(host);
      await host.run('update', { id, scopes: ['GET /a'] });
      assert.equal(codeOf(await check(host, key, { target: '/b' })), 'scope_missing');
    });

    it('warns ahead of an expiry, each time once', async () => {
      const host = await testHost(apiKeys, { options: { warnDays: [0.02, 0.01] } });
      await create(host, { expiresInDays: 0.03 });
      await host.advance(1200);
      assert.deepEqual(
        host.findings.map(({ rule, severity }) => [rule, severity]),
        [['api-keys/expires', 'error']],
      );
      await host.advance(900);
      assert.equal(host.findings.length, 2);
    });

    it('records each change with who asked for it', async () => {
      const host = await testHost(apiKeys);
      const { id } = await create(host);
      await host.run('update', { id, label: 'other' });
      await host.run('rotate', { id });
      await host.run('revoke', { id });
      const recorded = host.events.filter(({ type }) => type.startsWith('api-keys/'));
      assert.deepEqual(
        recorded.map(({ type }) => type),
        ['api-keys/created', 'api-keys/updated', 'api-keys/rotated', 'api-keys/revoked'],
      );
      for (const { data, stream } of recorded) {
        assert.equal((data as { actor: { id: string } }).actor.id, 'tester');
        assert.equal(stream, `api-keys/${id}`);
      }
    });

    it('lists page by page and by status', async () => {
      const host = await testHost(apiKeys);
      const made = [await create(host), await create(host), await create(host, { label: 'other' })];
      await host.run('revoke', { id: made[1]?.id });
      const ids = async (input: object) =>
        ((await host.run('list', input)) as { keys: { id: string }[] }).keys.map(({ id }) => id);
      assert.deepEqual(await ids({ status: 'active' }), [made[0]?.id, made[2]?.id]);
      assert.deepEqual(await ids({ search: 'OTHER' }), [made[2]?.id]);
      assert.deepEqual(await ids({ limit: 2 }), [made[0]?.id, made[1]?.id]);
      assert.deepEqual(await ids({ limit: 2, after: made[1]?.id }), [made[2]?.id]);
    });
  });
});
