import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { keySql, type IndexDefinition } from './definition.ts';
import { mergedCandidates } from './merged.ts';

const index = (keys: readonly string[], include: readonly string[], table = 'runs'): IndexDefinition => ({
  schema: 'public',
  table,
  method: 'btree',
  keys: keys.map((column) => ({ column, sql: column })),
  include,
  predicate: null,
});

const told = (each: IndexDefinition): string => `${each.keys.map(keySql).join()} + ${each.include.join()}`;

describe('covering indexes for several statements', () => {
  it('hold what each needs, and are offered to both', () => {
    const merged = mergedCandidates([[index(['at'], ['a'])], [index(['at'], ['b'])]]);
    assert.deepEqual(
      merged.map((each) => each.map(told)),
      [['at + a,b'], ['at + a,b']],
    );
  });

  it('are of two and of all', () => {
    const [first] = mergedCandidates([
      [index(['at'], ['a'])],
      [index(['at'], ['b'])],
      [index(['at'], ['c'])],
    ]);
    assert.deepEqual(first?.map(told), ['at + a,b', 'at + a,c', 'at + a,b,c']);
  });

  it('are none for other keys, other tables, or what one of them is already', () => {
    const none = mergedCandidates([
      [index(['at'], ['a', 'b'])],
      [index(['id'], ['b']), index(['at'], ['a']), index(['at'], ['c'], 'others')],
    ]);
    assert.deepEqual(none, [[], []]);
  });

  it('are no copies of the table', () => {
    const wide = mergedCandidates([
      [index(['at'], ['a', 'b', 'c', 'd'])],
      [index(['at'], ['e', 'f', 'g', 'h'])],
    ]);
    assert.deepEqual(wide, [[], []]);
  });
});
