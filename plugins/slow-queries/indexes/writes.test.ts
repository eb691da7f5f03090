import assert from 'node:assert/strict';
import { loadModule } from 'libpg-query';
import { before, describe, it } from 'mocha';
import type { WorkloadStatement } from './advise.ts';
import type { Catalog } from './catalog.ts';
import type { IndexDefinition } from './definition.ts';
import { upkeepOf, writtenBy } from './writes.ts';

// Safe in a test: nothing else of it is read.
const catalog = {
  database: { searchPath: 'public' },
  tables: ['runs', 'old_runs'].map((name) => ({ schema: 'public', name })),
} as unknown as Catalog;

const index = (more: Partial<IndexDefinition>): { readonly definition: IndexDefinition } => ({
  definition: {
    schema: 'public',
    table: 'runs',
    method: 'btree',
    keys: [{ column: 'agent_id', sql: 'agent_id' }],
    include: [],
    predicate: null,
    ...more,
  },
});

const called = (text: string, calls = 1000): WorkloadStatement => ({
  fingerprint: text,
  calls,
  totalMs: calls,
  p95Ms: 1,
  samples: [{ text, parameters: [] }],
  routes: [],
});

describe('what the recorded writes pay for an index', () => {
  before(() => loadModule());

  const tables = (text: string): readonly string[] => writtenBy(text, catalog).map(({ table }) => table.name);

  it('is paid by what writes its table, and not by what only reads it', () => {
    assert.deepEqual(tables('INSERT INTO runs (id) VALUES (1) /* now */'), ['runs']);
    assert.deepEqual(tables('INSERT INTO old_runs SELECT * FROM runs'), ['old_runs']);
    assert.deepEqual(
      tables(
        'WITH gone AS (DELETE FROM runs RETURNING *) INSERT INTO old_runs SELECT * FROM gone',
      ).toSorted(),
      ['old_runs', 'runs'],
    );
    assert.deepEqual(tables("SELECT 'delete from runs' FROM runs FOR UPDATE"), []);
    assert.deepEqual(tables('INSERT INTO nowhere VALUES (1)'), []);
  });

  it('is some microseconds a row, and more for an inverted index', () => {
    const upkeepMs = upkeepOf([called("INSERT INTO runs VALUES (1, 'a')")], catalog);
    assert.equal(upkeepMs(index({})), 8);
    assert.equal(upkeepMs(index({ method: 'gin' })), 60);
    assert.equal(upkeepMs(index({ table: 'old_runs' })), 0);
  });

  it('is not paid by an UPDATE that sets nothing of the index', () => {
    const upkeepMs = upkeepOf([called("UPDATE runs SET status = 'done' WHERE id = 1")], catalog);
    assert.equal(upkeepMs(index({})), 0);
    assert.equal(upkeepMs(index({ include: ['status'] })), 8);
    assert.equal(upkeepMs(index({ predicate: "status = 'failed'" })), 8);
    assert.equal(upkeepMs(index({ keys: [{ column: null, sql: 'lower(status)' }] })), 8);
  });
});
