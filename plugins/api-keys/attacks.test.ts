import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { makeSecret, writeApiKey } from '../../shared/index.ts';
import { fakeExchange, testHost, type TestHost } from '../../shared/testing.ts';
import { addressRange, addressSet, sourceOf } from './addresses.ts';
import apiKeys from './index.ts';
import { keyIndex } from './key-index.ts';
import { scopePattern, scopeSet } from './scopes.ts';

const randomKey = (): string =>
  writeApiKey({ prefix: 'sc', environment: 'live', secret: makeSecret((count) => randomBytes(count)) });

const codeFor = async (host: TestHost, headers: Record<string, string | string[]>): Promise<string> => {
  const verdict = await host.check(fakeExchange({ headers }));
  return verdict.allow ? 'allowed' : verdict.code;
};

/** Any bytes as a header field may hold them. */
const anyText = fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString('latin1'));

describe('attempts on api-keys', () => {
  it('memory stays flat however many keys are guessed', () => {
    const index = keyIndex('sc');
    for (let guesses = 0; guesses < 30_000; guesses += 1)
      assert.equal(index.find(randomKey()), 'key_unknown');
    assert.ok(index.rememberedCount() <= 10_000, `${index.rememberedCount()}`);
  });

  it('neither a key nor its digest is in any event, log line, list or view', async () => {
    const host = await testHost(apiKeys, { options: { queryParameter: 'api_key' } });
    const made = (await host.run('create', { label: 'ci' })) as { key: string; id: string };
    const rotated = (await host.run('rotate', { id: made.id })) as { key: string };
    const wrong = randomKey();
    await host.run('revoke', { id: made.id });
    const details: unknown[] = [];
    for (const key of [made.key, rotated.key, wrong]) {
      const target = `/?api_key=${key}`;
      const { verdict } = await host.request({ target, headers: { authorization: `Bearer ${key}` } });
      // The host keeps what a refusal gives as its details.
      details.push(verdict.allow ? verdict.principal : [verdict.reason, verdict.details]);
    }
    const panels = ['keys', 'usage', 'failures', 'rotation', 'least-privilege'].map((id) => host.view(id));
    const commands = [
      await host.run('list'),
      await host.run('read', { id: made.id }),
      await host.run('open', { id: made.id }),
    ];
    const everything = JSON.stringify([host.events, host.logged, host.findings, panels, commands, details]);
    for (const key of [made.key, rotated.key, wrong]) {
      assert.ok(!everything.includes(key));
      assert.ok(!everything.includes(key.slice(12)));
    }
    assert.doesNotMatch(everything, /[0-9a-f]{64}/);
  });

  it('what a caller sends about itself never becomes what the backend is told', async () => {
    const host = await testHost(apiKeys);
    const made = (await host.run('create', { label: 'ci', owner: 'a\r\nX-Admin: 1' })) as {
      key: string;
      id: string;
    };
    const verdict = await host.check(
      fakeExchange({ headers: { 'x-api-key': made.key, 'X-Outrider-Key-Id': 'someone-else' } }),
    );
    assert.ok(verdict.allow);
    const told = new Map(verdict.backendHeaders);
    assert.equal(told.get('x-outrider-key-id'), made.id);
    assert.doesNotMatch(told.get('x-outrider-key-owner') ?? '', /[\r\n]/);
  });

  it('a key hidden in another spelling of the header is not taken', async () => {
    const host = await testHost(apiKeys);
    const { key } = (await host.run('create', { label: 'ci' })) as { key: string };
    assert.equal(await codeFor(host, { authorization: key }), 'key_required');
    assert.equal(await codeFor(host, { authorization: `Bearer ${key} ` }), 'allowed');
    assert.equal(await codeFor(host, { authorization: `Bearer ${key},` }), 'key_malformed');
    assert.equal(await codeFor(host, { authorization: `Bearer x, Bearer ${key}` }), 'key_malformed');
    assert.equal(await codeFor(host, { 'x-api-key': [key, key] }), 'key_malformed');
    assert.equal(await codeFor(host, { 'x-api-key': `${key}\0` }), 'key_malformed');
    assert.equal(await codeFor(host, { 'x-api-key': key.toUpperCase() }), 'key_malformed');
  });

  it('two keys in one header are refused as such, also where imported keys may look like anything', async () => {
    const host = await testHost(apiKeys);
    const { key } = (await host.run('create', { label: 'ci' })) as { key: string };
    await host.run('import', { label: 'theirs', digest: 'a'.repeat(64) });
    assert.equal(await codeFor(host, { 'x-api-key': [key, key] }), 'key_malformed');
    assert.equal(await codeFor(host, { authorization: `Bearer x, Bearer ${key}` }), 'key_malformed');
  });

  it('no text makes the guard throw', async () => {
    const host = await testHost(apiKeys, { options: { publicRoutes: ['/p/*'] } });
    await host.run('create', { label: 'ci', scopes: ['GET /agents/:id'], addresses: ['10.0.0.0/8'] });
    await fc.assert(
      fc.asyncProperty(anyText, anyText, anyText, async (key, path, address) => {
        await host.check(
          fakeExchange({
            target: `/${path}`,
            clientAddress: address,
            headers: { 'x-api-key': key, authorization: key },
          }),
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe('scopes', () => {
  const allows = (scope: string, method: string, path: string): boolean =>
    scopeSet([scope]).allows(method, path);

  it('cover methods and routes as written', () => {
    for (const [scope, method, path, isAllowed] of [
      ['GET /agents', 'GET', '/agents', true],
      ['GET /agents', 'GET', '/agents/', true],
      ['GET /agents', 'POST', '/agents', false],
      ['GET /agents', 'GET', '/agentsX', false],
      ['GET /agents', 'GET', '/Agents', false],
      ['/agents/:id', 'DELETE', '/agents/7', true],
      ['* /agents/:id', 'DELETE', '/agents/7', true],
      ['* /agents/:id', 'DELETE', '/agents/', false],
      ['GET /agents/*', 'GET', '/agents', true],
      ['GET /agents/*', 'GET', '/agents/7/runs/8', true],
      ['GET /*', 'GET', '/anything/at/all', true],
      ['GET /v1.0/x', 'GET', '/v1a0/x', false],
      ['*', 'DELETE', '/a/../b', true],
    ] as const)
      assert.equal(allows(scope, method, path), isAllowed, `${scope} on ${method} ${path}`);
  });

  it('cover no path that a backend could read in another way', () => {
    for (const path of [
      '/agents/../x',
      '/agents/..',
      '/agents/%2e%2e/x',
      '/agents/%252e%252e/x',
      '/agents/a%2Fb',
      '/agents/%5Cx',
      '/agents//x',
      '/agents/a;b',
      '/agents/\\x',
      '/agents/%00',
    ])
      assert.equal(allows('* /agents/*', 'GET', path), false, path);
  });

  it('are checked when they are written', () => {
    for (const scope of ['GET agents', 'get /agents', '/a b', 'GET /a?b', '/a*', '/a/*/b', '', 'GET  /a'])
      assert.equal(scopePattern.safeParse(scope).success, false, scope);
    for (const scope of ['*', '/', '/*', 'GET /a/:id/b', '* /a/*'])
      assert.equal(scopePattern.safeParse(scope).success, true, scope);
  });

  it('take time in proportion to the path', () => {
    const scopes = scopeSet(['GET /:a/:b/:c/*', 'GET /a/:b/*']);
    const path = `/${'a/'.repeat(30_000)}`;
    assert.equal(scopes.allows('GET', path.slice(0, -1)), true);
    assert.equal(scopes.allows('GET', `${path}/`), false);
  });
});

describe('addresses', () => {
  it('are matched by range, in both families', () => {
    const set = addressSet(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32']);
    for (const address of ['10.255.0.1', '192.0.2.7', '2001:db8:ffff::1'])
      assert.ok(set.includes(address), address);
    for (const address of ['11.0.0.1', '192.0.2.8', '2001:db9::1', 'nonsense', ''])
      assert.ok(!set.includes(address), address);
  });

  it('are counted by what one host gets', () => {
    assert.equal(sourceOf('192.0.2.1'), '192.0.2.1');
    assert.equal(sourceOf('::ffff:192.0.2.1'), '192.0.2.1');
    assert.equal(sourceOf('2001:db8:1:2:3:4:5:6'), sourceOf('2001:db8:1:2::9'));
    assert.notEqual(sourceOf('2001:db8:1:2::9'), sourceOf('2001:db8:1:3::9'));
  });

  it('are checked when they are written', () => {
    for (const range of ['10.0.0.0/33', '10.0.0/8', 'x', '::/129', '1.2.3.4/x', '1.2.3.4/8/9'])
      assert.equal(addressRange.safeParse(range).success, false, range);
  });
});
