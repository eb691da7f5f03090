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

/** Objects in objects, lists and compositions, behind references that come back to themselves. */
const nested = {
  openapi: '3.1.0',
  paths: {
    '/agents': { post: { requestBody: { $ref: '#/components/requestBodies/Flow' } } },
  },
  components: {
    requestBodies: {
      Flow: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Flow' } } } },
    },
    schemas: {
      Flow: {
        type: 'object',
        properties: {
          nodes: { type: 'array', items: { $ref: '#/components/schemas/Node' } },
          limits: { type: 'object', properties: { seconds: { type: 'integer' } } },
          owner: { anyOf: [{ $ref: '#/components/schemas/Person' }, { type: 'null' }] },
          metadata: { type: 'object' },
          labels: { type: 'object', additionalProperties: { $ref: '#/components/schemas/Person' } },
          anything: {},
        },
      },
      Node: {
        allOf: [
          { $ref: '#/components/schemas/Named' },
          { type: 'object', properties: { next: { $ref: '#/components/schemas/Node' } } },
        ],
      },
      Named: { type: 'object', properties: { name: { type: 'string' } } },
      Person: { type: 'object', properties: { mail: { type: 'string' } } },
    },
  },
};

const unknownFields: readonly (readonly [where: string, body: object, field: string])[] = [
  ['at the top', { isAdmin: true }, 'isAdmin'],
  ['in an object', { limits: { seconds: 1, rows: 2 } }, 'limits.rows'],
  ['in an object of a list', { nodes: [{ name: 'a' }, { role: 'b' }] }, 'nodes.1.role'],
  ['behind a reference to itself', { nodes: [{ next: { next: { role: 'b' } } }] }, 'nodes.0.next.next.role'],
  ['in one of several', { owner: { mail: 'a', role: 'b' } }, 'owner.role'],
  ['in a value of a map', { labels: { a: { role: 'b' } } }, 'labels.a.role'],
];

const named: readonly object[] = [
  { nodes: [{ name: 'a', next: { name: 'b' } }], limits: { seconds: 1 } },
  { owner: { mail: 'a' } },
  { owner: null },
  { metadata: { any: { thing: 1 } }, anything: { at: 'all' } },
  { labels: { a: { mail: 'b' } } },
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

  for (const [where, body, field] of unknownFields) {
    it(`refuses fields that the description does not name ${where}`, async () => {
      const strict = await described({ mode: 'enforce', refuseUnknownFields: true }, JSON.stringify(nested));
      const { verdict } = await strict.request(post(body));
      assert.ok(!verdict.allow);
      assert.equal((verdict.details as MatchDetails).field, field);
      const lax = await described({ mode: 'enforce' }, JSON.stringify(nested));
      assert.equal((await lax.request(post(body))).verdict.allow, true);
    });
  }

  it('lets fields pass that a composition names, and any where none is described', async () => {
    const strict = await described({ mode: 'enforce', refuseUnknownFields: true }, JSON.stringify(nested));
    for (const body of named) assert.equal((await strict.request(post(body))).verdict.allow, true);
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
