import assert from 'node:assert/strict';
import { loadModule } from 'libpg-query';
import { before, describe, it } from 'mocha';
import type { Catalog, ExistingIndex } from './catalog.ts';
import { indexName, type IndexDefinition } from './definition.ts';
import { statisticsOf } from './expression-statistics.ts';
import { sizeOf } from './index-size.ts';
import { writeMigration } from './migration.ts';
import { unneededIndexes } from './unneeded.ts';
import { withLiterals } from './with-literals.ts';

const definition = (more: Partial<IndexDefinition> = {}): IndexDefinition => ({
  schema: 'public',
  table: 't',
  method: 'btree',
  keys: [{ column: 'a', sql: 'a' }],
  include: [],
  predicate: null,
  ...more,
});

describe('a statement with its values', () => {
  before(() => loadModule());

  it('has each parameter as a literal, and text that looks like one left alone', () => {
    assert.equal(
      withLiterals('SELECT \'$1\', "é" FROM t WHERE a = $1 AND b = $2 AND c = $1', ["o'x", null]),
      "SELECT '$1', \"é\" FROM t WHERE a = 'o''x' AND b = NULL AND c = 'o''x'",
    );
  });
});

describe('the name of an index', () => {
  it('is as PostgreSQL would name a plain one, and tells others apart within 63 bytes', () => {
    assert.equal(indexName(definition()), 't_a_idx');
    const partial = indexName(definition({ predicate: 'b IS NULL' }));
    assert.match(partial, /^t_a_\w{5}_idx$/);
    assert.notEqual(partial, indexName(definition({ predicate: 'c IS NULL' })));
    assert.ok(indexName(definition({ table: 'x'.repeat(80) })).length <= 63);
  });
});

describe('statistics of an expression', () => {
  it('are those of the sample: nulls, common values, bounds, distinct values', () => {
    const unique = Array.from({ length: 1000 }, (_, each) => ({ value: `v${each}`, count: 1 }));
    assert.equal(statisticsOf(unique, 1e6)?.distinct, -1);
    const few = statisticsOf(
      [
        { value: 'a', count: 700 },
        { value: 'b,"c', count: 200 },
        { value: null, count: 100 },
      ],
      1e6,
    );
    assert.deepEqual(
      [few?.distinct, few?.nullShare.toFixed(2), few?.commonValues, few?.commonShares],
      [2, '0.10', String.raw`{"a","b,\"c"}`, '{0.7,0.2}'],
    );
    assert.equal(statisticsOf([], 1e6), null);
  });
});

describe('the size of an index', () => {
  // Safe in a test: nothing else of it is read.
  const catalog = { statistics: [], tables: [] } as unknown as Catalog;
  const size = (index: IndexDefinition, rows: number) =>
    sizeOf(index, { rows, tablePages: 20_000, catalog }).pages;

  it('grows with its rows and columns, and is next to nothing for block ranges', () => {
    assert.ok(size(definition(), 1e6) > 9 * size(definition(), 1e5));
    assert.ok(size(definition({ include: ['b'] }), 1e6) > size(definition(), 1e6));
    assert.ok(size(definition({ method: 'brin' }), 1e6) < 20);
  });

  it('is small where an expression has few values, which share their entries', () => {
    const index = definition({ keys: [{ column: null, sql: '(at::date)' }] });
    const known = statisticsOf([{ value: '2026-11-30', count: 2 }], 1e6);
    assert.ok(known);
    const sampled = [{ place: 1, statistics: { ...known, correlation: 1, distinct: 50 } }];
    const few = sizeOf(index, { rows: 1e6, tablePages: 20_000, catalog, sampled }).pages;
    assert.ok(few < size(index, 1e6) / 2, `${few} pages`);
  });
});

describe('a migration', () => {
  const at = new Date('2026-11-23T05:00:00Z');
  const index = {
    ddl: "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON public.t ((data ? 'a'));",
    undo: 'DROP INDEX CONCURRENTLY IF EXISTS public.i;',
    requires: ['CREATE EXTENSION IF NOT EXISTS pg_trgm;'],
  };
  const expected = {
    sql: [
      'migrations/20261123050000_outrider_indexes.sql',
      /CREATE EXTENSION.*\nCREATE INDEX CONCURRENTLY[^]*-- DROP INDEX/,
    ],
    alembic: [
      'alembic/versions/20261123050000_outrider_indexes.py',
      /autocommit_block\(\):\n {8}op\.execute\("CREATE EXT/,
    ],
    prisma: ['prisma/migrations/20261123050000_outrider_indexes/migration.sql', /CREATE INDEX IF NOT EXISTS/],
    knex: ['migrations/20261123050000_outrider_indexes.js', /transaction: false[^]*data \\\\\? 'a'/],
  } as const;
  for (const format of ['sql', 'alembic', 'prisma', 'knex'] as const) {
    it(`is written for ${format}`, () => {
      const { fileName, text } = writeMigration(format, [index], at);
      assert.equal(fileName, expected[format][0]);
      assert.match(text, expected[format][1]);
    });
  }
});

describe('a migration for a tool', () => {
  const at = new Date('2026-11-23T10:20:30Z');
  const two = ['a', 'b'].map((name) => ({
    ddl: `CREATE INDEX CONCURRENTLY IF NOT EXISTS t_${name} ON public.t (${name}) WHERE ${name} = ' :x'::text;`,
    undo: `DROP INDEX CONCURRENTLY IF EXISTS public.t_${name};`,
    requires: ['CREATE EXTENSION IF NOT EXISTS pg_trgm;'],
  }));

  it('is a file for each statement for Prisma, which runs a file of several in a transaction', () => {
    const { files } = writeMigration('prisma', two, at);
    assert.deepEqual(
      files.map(({ fileName, text }) => [fileName.split('/')[2], /CONCURRENTLY/.test(text)]),
      [
        ['20261123102030_outrider_index', false],
        ['20261123102031_outrider_index', true],
        ['20261123102032_outrider_index', true],
      ],
    );
  });

  it('follows the heads of an Alembic history, and binds no parameter', () => {
    const line = (follows: readonly string[]) =>
      /^down_revision.*$/m.exec(writeMigration('alembic', two, at, follows).text)?.[0];
    assert.equal(line([]), 'down_revision = None');
    assert.equal(line(['abc']), 'down_revision = "abc"');
    assert.equal(line(['abc', 'def']), 'down_revision = ("abc", "def")');
    assert.match(writeMigration('alembic', two, at).text, / ' \\\\:x'::text/);
  });

  it('is written for Knex in CommonJS, as a module and in TypeScript', () => {
    const [common, module, typed] = (['knex', 'knex-esm', 'knex-ts'] as const).map((format) =>
      writeMigration(format, two, at),
    );
    assert.match(common?.text ?? '', /^exports\.config = \{ transaction: false \};$/m);
    assert.match(module?.text ?? '', /^export const config = \{ transaction: false \};$/m);
    assert.match(typed?.text ?? '', /^export async function up\(knex: Knex\): Promise<void> \{$/m);
    assert.match(typed?.fileName ?? '', /\.ts$/);
  });
});

describe('indexes that only cost', () => {
  const existing = (
    name: string,
    keys: readonly string[],
    more: Partial<ExistingIndex> = {},
  ): ExistingIndex => ({
    oid: name.length * 1000 + keys.length,
    tableOid: 1,
    schema: 'public',
    name,
    ddl: `CREATE INDEX ${name} ON public.t (${keys.join(', ')})`,
    method: 'btree',
    isUnique: false,
    isPrimary: false,
    isValid: true,
    isBeingMade: false,
    isConstraint: false,
    parentOid: null,
    pages: 100,
    rows: 1000,
    scans: 10,
    predicate: null,
    keys,
    include: [],
    options: keys.map(() => 0),
    hasDefaultClass: keys.map(() => true),
    classes: keys.map(() => 'int4_ops'),
    ...more,
  });
  const told = (...indexes: ExistingIndex[]): readonly string[] =>
    // Safe in a test: nothing else of it is read.
    unneededIndexes({
      tables: [{ oid: 1, schema: 'public', name: 't', kind: 'r', sequentialScans: 5000 }],
      indexes,
    } as unknown as Catalog).map(({ name, reason }) => `${name} ${reason}`);

  it('are prefixes and copies of others, of which one is kept', () => {
    assert.deepEqual(told(existing('t_a', ['a']), existing('t_a_b', ['a', 'b'])), ['t_a duplicate']);
    assert.deepEqual(told(existing('one', ['a']), existing('other', ['a'])), ['one duplicate']);
  });

  it('are unused or invalid ones, but no constraint and nothing another serves only in part', () => {
    assert.deepEqual(told(existing('idle', ['a'], { scans: 0 })), ['idle unused']);
    assert.deepEqual(told(existing('half', ['a'], { isValid: false })), ['half invalid']);
    assert.deepEqual(told(existing('making', ['a'], { isValid: false, isBeingMade: true })), []);
    assert.deepEqual(told(existing('unique', ['a'], { scans: 0, isUnique: true })), []);
    assert.deepEqual(told(existing('failed', ['a'], { isValid: false, isUnique: true })), ['failed invalid']);
    assert.deepEqual(
      told(existing('t_a', ['a'], { predicate: 'b IS NULL' }), existing('t_a_b', ['a', 'b'])),
      [],
    );
    assert.deepEqual(told(existing('t_b', ['b']), existing('t_a_b', ['a', 'b'])), []);
  });
});
