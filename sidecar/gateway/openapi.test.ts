import assert from 'node:assert/strict';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { after, before, describe, it } from 'mocha';
import { fakeSidecar, type FakeSidecar } from './fake-sidecar.ts';

type Operation = Readonly<Record<string, unknown>> & { readonly operationId: string };
interface Document extends Record<string, unknown> {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

let sidecar: FakeSidecar;
let document: Document;

describe('the OpenAPI document', () => {
  before(async () => {
    sidecar = await fakeSidecar();
    // Safe: the tests below look at every part they use.
    document = (await (await sidecar.get('/api/openapi.json')).json()) as Document;
  });
  after(() => sidecar.close());

  it('is valid by the specification of OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    assert.ok(valid, JSON.stringify(errors, null, 2));
  });

  it('refers only to what it holds', () => {
    for (const [, reference = ''] of JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)) {
      assert.notEqual(at(document, reference), undefined, reference);
    }
  });

  it('names each operation once', () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    assert.deepEqual(
      ids.filter((id, index) => ids.indexOf(id) !== index),
      [],
    );
  });

  it('holds every command, and the addresses commands bring of their own', () => {
    for (const [path, method] of [
      ['/api/commands/keys/create', 'post'],
      ['/api/commands/keys/show', 'post'],
      ['/api/security/api-keys', 'get'],
      ['/api/security/api-keys', 'post'],
      ['/api/security/api-keys/{id}', 'delete'],
      ['/api/security/api-keys/{id}/rotate', 'post'],
    ] as const) {
      assert.ok(document.paths[path]?.[method], `${method} ${path}`);
    }
  });

  it('describes only addresses that are there', async () => {
    for (const { path, method } of operations()) {
      const address = path.replace('{plugin}/{id}', 'keys/count').replace('{id}', 'k1');
      const response = await sidecar.get(`${address}?from=0&to=0`, { method: method.toUpperCase() });
      assert.notEqual(response.status, 405, `${method} ${path}`);
      const { code } = (await response.json().catch(() => ({}))) as { code?: string };
      assert.notEqual(code, 'not_found', `${method} ${path}`);
    }
  });

  it('puts path fields in the path, the rest in the body or the query', () => {
    const rotate = document.paths['/api/security/api-keys/{id}/rotate']?.['post'];
    assert.deepEqual(names(rotate), ['path id', 'header X-Outrider-Actor']);
    assert.deepEqual(Object.keys(bodyOf(rotate)['properties'] as object), ['graceMinutes', 'isForced']);
    const list = document.paths['/api/security/api-keys']?.['get'];
    assert.deepEqual(names(list), ['query limit', 'query states', 'query tree', 'header X-Outrider-Actor']);
    assert.deepEqual(names(document.paths['/api/events']?.['get']).slice(0, 3), [
      'query after',
      'query upTo',
      'query type',
    ]);
  });

  it('describes its own answers: what the gateway says fits the schema it names', async () => {
    const ajv = new Ajv2020({ strict: false });
    ajv.addSchema({ ...document, $id: 'openapi' });
    for (const path of [
      '/api/status',
      '/api/plugins',
      '/api/panels',
      '/api/commands',
      '/api/findings',
      '/api/events',
    ]) {
      const operation = `openapi#/paths/${path.replaceAll('/', '~1')}/get`;
      const schema = `${operation}/responses/200/content/application~1json/schema`;
      const check = ajv.compile({ $ref: schema });
      assert.ok(check(await (await sidecar.get(path)).json()), `${path}: ${ajv.errorsText(check.errors)}`);
    }
  });
});

function operations() {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
}

function names(operation: Operation | undefined): readonly string[] {
  const parameters = (operation?.['parameters'] ?? []) as readonly { in: string; name: string }[];
  return parameters.map((each) => `${each.in} ${each.name}`);
}

function bodyOf(operation: Operation | undefined): Readonly<Record<string, unknown>> {
  return at(operation, '#/requestBody/content/application~1json/schema') as Readonly<Record<string, unknown>>;
}

/** What a JSON Pointer in a fragment names (RFC 6901 §6). */
function at(root: unknown, reference: string): unknown {
  const parts = reference.replace(/^#\//, '').split('/');
  return parts
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], root);
}
