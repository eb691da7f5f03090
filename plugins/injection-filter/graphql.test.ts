import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { isGraphqlDocument, isGraphqlField, literalsOf, withLiterals } from './graphql.ts';

describe('string literals of a GraphQL document', () => {
  it('are read with the argument they are for', () => {
    const document = `
      # a comment with "quotes"
      mutation Rename($id: ID!) {
        rename(id: $id, input: { name: "O'Neill", tags: ["a", "b c"] }) { id }
        note(text: """block "quoted"
          and \\""" so on""") { id }
      }`;
    assert.deepEqual(
      literalsOf(document).map(({ argument, value }) => ({ argument, value })),
      [
        { argument: 'name', value: "O'Neill" },
        { argument: 'tags', value: 'a' },
        { argument: 'tags', value: 'b c' },
        { argument: 'text', value: 'block "quoted"\n          and """ so on' },
      ],
    );
  });

  it('are taken out of their escapes', () => {
    assert.deepEqual(literalsOf('{ a(b: "x\\u0027 or \\u{31}=1 \\"q\\" \\n") }'), [
      { argument: 'b', value: 'x\' or 1=1 "q" \n', start: 7, end: 37 },
    ]);
  });

  for (const [what, document, values] of [
    ['a string that never ends', '{ a(b: "open', ['open']],
    ['a string that ends with its line', '{ a(b: "open\n c: "d") }', ['open', 'd']],
    ['a block that never ends', '{ a(b: """open', ['open']],
    ['an escape at the very end', '{ a(b: "\\', ['\\']],
    ['nothing', '', []],
  ] as const) {
    it(`are read as far as they go from ${what}`, () => {
      assert.deepEqual(
        literalsOf(document).map(({ value }) => value),
        values,
      );
    });
  }

  it('are given by themselves where a quote in them would seem to close them in the document', () => {
    const seen: string[] = [];
    const visit = withLiterals((value) => {
      seen.push(value);
      return false;
    });
    visit('{ a(b: "x", c: "n = \\"y\\" and z > 1") }', { part: 'json', field: () => 'query' });
    assert.deepEqual(seen, ['{ a(b: "x", c: "") }', 'x', 'n = "y" and z > 1']);
  });

  it('are bounded in number', () => {
    assert.equal(literalsOf(`{ a(b: [${'"x" '.repeat(10_000)}]) }`).length, 256);
  });

  it('are looked for where a document stands', () => {
    for (const text of ['{ a(b: "c") }', 'query Q { a(b: "c") }', '# hi\n  mutation { a(b: "c") }'])
      assert.equal(isGraphqlDocument(text), true, text);
    for (const text of ['{ a }', 'select "a" from b', 'query the "database", please', ''])
      assert.equal(isGraphqlDocument(text), false, text);
    for (const field of ['query', 'payload.query', '*.query', '']) assert.equal(isGraphqlField(field), true);
    for (const field of ['prompt', 'subquery', 'query.text']) assert.equal(isGraphqlField(field), false);
  });
});
