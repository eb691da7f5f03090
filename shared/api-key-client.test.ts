import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { apiKeyClient, type ApiKeyClient } from './api-key-client.ts';
import { problem } from './errors.ts';

const listed = {
  id: 'k1',
  label: 'ci',
  owner: null,
  start: 'sc_live_ab12',
  environment: 'live',
  status: 'active',
  scopes: ['*'],
  createdAt: '2026-01-01T00:00:00.000Z',
  expiresAt: null,
  graceEndsAt: null,
  replacedBy: null,
  lastUsedAt: null,
};

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly headers: Headers;
}

function clientAnswering(
  status: number,
  body: unknown,
): { readonly client: ApiKeyClient; readonly asked: Asked[] } {
  const asked: Asked[] = [];
  const client = apiKeyClient({
    gateway: 'http://gateway',
    token: 'a-token-of-the-gateway',
    fetch: async (url, init) => {
      const { pathname, search } = new URL(String(url));
      const text = init?.body === undefined ? undefined : String(init.body);
      asked.push({
        method: init?.method ?? 'GET',
        path: pathname + search,
        body: text === undefined ? undefined : JSON.parse(text),
        headers: new Headers(init?.headers),
      });
      return new Response(JSON.stringify(body), { status });
    },
  });
  return { client, asked };
}

describe('the API key client', () => {
  it('creates a key and gives its secret', async () => {
    const { client, asked } = clientAnswering(201, { id: 'k1', key: 'secret', details: listed });
    assert.equal((await client.createApiKey({ label: 'ci' })).key, 'secret');
    assert.deepEqual(
      [asked[0]?.method, asked[0]?.path, asked[0]?.body],
      ['POST', '/api/security/api-keys', { label: 'ci' }],
    );
    assert.equal(asked[0]?.headers.get('authorization'), 'Bearer a-token-of-the-gateway');
  });

  it('lists a page with a filter', async () => {
    const { client, asked } = clientAnswering(200, { keys: [listed], next: 'k1' });
    const { keys, next } = await client.listApiKeys({ status: 'active', limit: 1 });
    assert.deepEqual([keys.length, next], [1, 'k1']);
    assert.equal(asked[0]?.path, '/api/security/api-keys?status=active&limit=1');
  });

  it('rotates and revokes by id, whatever characters it has', async () => {
    const rotating = clientAnswering(200, { id: 'k2', key: 'secret', details: listed });
    await rotating.client.rotateApiKey('a/b', { graceSeconds: 60 });
    assert.deepEqual(
      [rotating.asked[0]?.path, rotating.asked[0]?.body],
      ['/api/security/api-keys/a%2Fb/rotate', { graceSeconds: 60 }],
    );
    const revoking = clientAnswering(200, { ...listed, status: 'revoked' });
    assert.equal((await revoking.client.revokeApiKey('k1')).status, 'revoked');
    assert.equal(revoking.asked[0]?.method, 'DELETE');
  });

  it('rejects with the code of the problem document', async () => {
    const { client } = clientAnswering(404, problem('key_not_found', { detail: 'k9' }));
    await assert.rejects(client.revokeApiKey('k9'), { code: 'key_not_found', detail: 'k9' });
  });

  it('rejects with `internal` when the answer is no problem document', async () => {
    const { client } = clientAnswering(502, '<html>');
    await assert.rejects(client.listApiKeys(), { code: 'internal' });
  });

  it('rejects with `sidecar_unreachable` when nobody answers', async () => {
    const client = apiKeyClient({
      gateway: 'http://gateway',
      token: 'x',
      fetch: async () => {
        throw new TypeError('fetch failed');
      },
    });
    await assert.rejects(client.listApiKeys(), { code: 'sidecar_unreachable' });
  });
});
