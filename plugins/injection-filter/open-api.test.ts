import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { reply } from '../../shared/index.ts';
import { testHost, type FakeRequest, type TestHost } from '../../shared/testing.ts';
import type { MatchDetails } from './events.ts';
import injectionFilter from './index.ts';

/** As FastAPI publishes it: bodies are references, optional fields are `anyOf` with null. */
const document = {
  openapi: '3.1.0',
  paths: {
    '/agents': {
      get: {
        parameters: [
          { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100 } },
          { name: 'status', in: 'query', required: true, schema: { enum: ['done', 'failed'] } },
          { name: 'tag', in: 'query', schema: { type: 'array', items: { type: 'string', maxLength: 5 } } },
        ],
      },
      post: {
        requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Agent' } } } },
      },
    },
    '/agents/{id}': {
      get: {
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } }],
      },
    },
  },
  components: {
    schemas: {
      Agent: {
        type: 'object',
        required: ['name'],
        properties: {
          name: { type: 'string', maxLength: 8 },
          owner: { anyOf: [{ type: 'string', format: 'email' }, { type: 'null' }] },
          model: { $ref: '#/components/schemas/Model' },
        },
      },
      Model: { type: 'string', enum: ['small', 'large'] },
    },
  },
};

async function described(openApi: object, text = JSON.stringify(document)): Promise<TestHost> {
  const host = await testHost(injectionFilter, {
    options: { openApi },
    backend: { send: async () => reply(200, {}, text) },
  });
  await host.advance(61);
  return host;
}

const post = (body: unknown): FakeRequest => ({
  method: 'POST',
  target: '/agents',
  headers: { 'content-type': 'application/json' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

const matching: readonly FakeRequest[] = [
  { target: '/agents?status=done&limit=5' },
  { target: '/agents?status=done&tag=a&tag=b' },
  { target: '/agents/8c7f1f0e-5a64-4b0b-9a43-7f6c0f0b6b1e' },
  { target: '/elsewhere?limit=many' },
  { method: 'DELETE', target: '/agents' },
  post({ name: 'short', owner: null, model: 'small' }),
  post({ name: 'short', owner: 'ada@example.org' }),
];

const violating: readonly (readonly [what: string, request: FakeRequest, place: string, field: string])[] = [
  ['a type', { target: '/agents?status=done&limit=many' }, 'query', 'limit'],
  ['a range', { target: '/agents?status=done&limit=101' }, 'query', 'limit'],
  ['an enum', { target: '/agents?status=odd' }, 'query', 'status'],
  ['a missing parameter', { target: '/agents' }, 'query', 'status'],
  ['an item of a list', { target: '/agents?status=done&tag=a&tag=muchlonger' }, 'query', 'tag'],
  ['a format in the path', { target: '/agents/seven' }, 'path', 'id'],
  ['a length', post({ name: 'much too long' }), 'json', 'name'],
  ['a missing field', post({ model: 'small' }), 'json', ''],
  ['an enum behind a reference', post({ name: 'a', model: 'huge' }), 'json', 'model'],
  ['a format', post({ name: 'a', owner: 'nobody' }), 'json', 'owner'],
  ['JSON', post('{"name": '), 'json', ''],
];

describe('positive security by OpenAPI', () => {
  it('lets what matches pass, and what the description does not name', async () => {
    const host = await described({ mode: 'enforce', refuseUnknownFields: true });
    for (const request of matching)
      assert.equal((await host.request(request)).verdict.allow, true, request.target);
  });

  for (const [what, request, place, field] of violating) {
    it(`refuses with 422 what violates ${what}`, async () => {
      const host = await described({ mode: 'enforce' });
      const { verdict } = await host.request(request);
      assert.ok(!verdict.allow);
      assert.deepEqual([verdict.status, verdict.code], [422, 'schema_violated']);
      const details = verdict.details as MatchDetails;
      assert.deepEqual([details.place, details.field], [place, field]);
    });
  }

  it('refuses fields that the description does not name only where that is configured', async () => {
    const request = post({ name: 'a', isAdmin: true });
    assert.equal((await (await described({ mode: 'enforce' })).request(request)).verdict.allow, true);
    const strict = await described({ mode: 'enforce', refuseUnknownFields: true });
    assert.equal((await strict.request(request)).verdict.allow, false);
  });

  it('only tells where it observes, and enforces route by route', async () => {
    const observing = await described({
      mode: 'observe',
      routes: [{ route: '/agents/seven', mode: 'enforce' }],
    });
    assert.equal((await observing.request(post({ name: 'much too long' }))).verdict.allow, true);
    assert.equal(observing.events.length, 1);
    assert.equal((await observing.request({ target: '/agents/seven' })).verdict.allow, false);
    const onlyHere = await described({ mode: 'off', routes: [{ route: '/agents', mode: 'enforce' }] });
    assert.equal((await onlyHere.request(post({ name: 'much too long' }))).verdict.allow, false);
    assert.equal((await onlyHere.request({ target: '/agents/seven' })).verdict.allow, true);
  });

  it('goes on without a description that cannot be read', async () => {
    for (const text of ['not JSON', '[]', '{"paths": {"/a": {"get": {"parameters": 7}}}}']) {
      const host = await described({ mode: 'enforce' }, text);
      assert.equal((await host.request({ target: '/agents/seven' })).verdict.allow, true);
    }
  });

  it('takes kinds of fields from formats and hints', async () => {
    const hinted = structuredClone(document) as {
      components: { schemas: { Agent: { properties: object } } };
    };
    Object.assign(hinted.components.schemas.Agent.properties, {
      system: { type: 'string', 'x-outrider-kind': 'sql' },
    });
    const host = await described({ mode: 'observe' }, JSON.stringify(hinted));
    assert.equal((await host.request(post({ system: "x' or '1'='1" }))).verdict.allow, true);
    assert.equal((await host.request(post({ note: "x' or '1'='1" }))).verdict.allow, false);
  });
});
