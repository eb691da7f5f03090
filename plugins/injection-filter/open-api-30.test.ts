import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { fakeExchange } from '../../shared/testing.ts';
import { descriptionOf } from './open-api.ts';

const schema = {
  type: 'object',
  properties: {
    note: { type: 'string', nullable: true, maxLength: 5 },
    size: { type: 'string', nullable: true, enum: ['small', 'large'] },
    owner: { nullable: true, allOf: [{ $ref: '#/components/schemas/Owner' }] },
    share: { type: 'number', minimum: 0, exclusiveMinimum: true, maximum: 1, exclusiveMaximum: false },
    default: { type: 'integer', nullable: true },
    plain: { type: 'string', default: { nullable: true } },
  },
};

const violation = (openapi: string, body: unknown): string | null => {
  const document = {
    openapi,
    paths: { '/a': { post: { requestBody: { content: { 'application/json': { schema } } } } } },
    components: { schemas: { Owner: { type: 'object', properties: { name: { type: 'string' } } } } },
  };
  const exchange = fakeExchange({
    method: 'POST',
    target: '/a',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).withBodyUpTo(1000);
  return descriptionOf(document, true).violation(exchange.request)?.field ?? null;
};

describe('descriptions of OpenAPI 3.0', () => {
  for (const [what, body] of [
    ['null where a schema says that it may be', { note: null, size: null, owner: null, default: null }],
    ['what is no null there as well', { note: 'short', size: 'small', owner: { name: 'Ada' }, default: 3 }],
    ['a limit that a flag leaves in', { share: 1 }],
  ] as const)
    it(`let pass ${what}`, () => assert.equal(violation('3.0.3', body), null));

  for (const [what, body, field] of [
    ['null where nothing says so', { plain: null }, 'plain'],
    ['a value that is too long beside null', { note: 'longer than five' }, 'note'],
    ['a value outside an enumeration beside null', { size: 'huge' }, 'size'],
    ['a limit that a flag takes out', { share: 0 }, 'share'],
    ['another type in a property named like a keyword', { default: 'three' }, 'default'],
    ['a field that nothing names', { other: 1 }, 'other'],
  ] as const)
    it(`refuse ${what}`, () => assert.equal(violation('3.0.3', body), field));

  it('are understood as well in a document that claims to be of 3.1', () => {
    assert.equal(violation('3.1.0', { note: null, owner: null, share: 0.5 }), null);
  });
});
