import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import type { PostgresPlanNode } from '../../../shared/index.ts';
import { loadParser } from '../conditions.ts';
import type { Case } from './case.ts';
import { diagnosesOf } from './diagnoses.ts';
import { noFacts, type Facts } from './facts.ts';

const facts: Facts = {
  ...noFacts,
  tables: new Map([
    ['public.users', { rows: 100_000, indexes: [{ name: 'users_email_idx', leads: 'email' }] }],
  ]),
};

const scan = (filter: string, more: object = {}): PostgresPlanNode => ({
  'Node Type': 'Seq Scan',
  'Relation Name': 'users',
  Schema: 'public',
  Alias: 'users',
  'Total Cost': 5000,
  'Plan Rows': 40,
  'Plan Width': 100,
  Filter: filter,
  ...more,
});

const seen = (root: PostgresPlanNode, more: Partial<Case> = {}): Case => ({
  text: 'SELECT * FROM users LIMIT 10',
  parameters: [],
  root,
  facts,
  execution: { durationMs: 2000, rows: 40, lockWaits: [] },
  ...more,
});

describe('why a statement is slow', () => {
  before(() => loadParser());

  const first = (each: Case) => {
    const [diagnosis] = diagnosesOf(each);
    assert.ok(diagnosis);
    return diagnosis;
  };

  it('names a table read whole for a few rows, with the index to make', () => {
    const { kind, title, sql } = first(
      seen(scan("(((users.status)::text = 'x'::text) AND (users.age > 5))")),
    );
    assert.equal(kind, 'sequential-scan');
    assert.match(title, /All 100,000 rows of users are read to keep about 40/);
    assert.equal(sql, 'CREATE INDEX CONCURRENTLY ON public.users (status, age);');
  });

  it('says nothing of a scan that keeps most of its table, or of a small table', () => {
    const many = seen(scan('(users.age > 5)', { 'Plan Rows': 60_000 }), {
      execution: { durationMs: 2000, rows: 60_000, lockWaits: [] },
    });
    assert.notEqual(first(many).kind, 'sequential-scan');
    const small: Facts = { ...noFacts, tables: new Map([['public.users', { rows: 100, indexes: [] }]]) };
    assert.notEqual(first(seen(scan('(users.age > 5)'), { facts: small })).kind, 'sequential-scan');
  });

  it('names a function or a cast that hides an index', () => {
    const lower = first(seen(scan("(lower((users.email)::text) = 'a'::text)")));
    assert.equal(lower.kind, 'hidden-index');
    assert.match(lower.evidence, /users_email_idx begins with email and is not used/);
    assert.equal(lower.sql, 'CREATE INDEX CONCURRENTLY ON public.users (lower((email)::text));');
    const day = first(seen(scan("((users.created_at)::date = '2026-01-01'::date)")));
    assert.equal(day.sql, 'WHERE created_at >= $1::date AND created_at < $1::date + 1');
    const cast = first(seen(scan("((users.age)::text = '5'::text)")));
    assert.notEqual(cast.kind, 'leading-wildcard');
  });

  it('names a leading wildcard and the trigram index that serves it', () => {
    const found = first(seen(scan("((users.name)::text ~~* '%brien%'::text)", { 'Plan Rows': 90_000 })));
    assert.equal(found.kind, 'leading-wildcard');
    assert.match(found.sql ?? '', /USING gin \(name gin_trgm_ops\)/);
    assert.notEqual(first(seen(scan("(users.name ~~ 'brien%'::text)"))).kind, 'leading-wildcard');
  });

  it('names a sort that does not fit into work_mem, and not one that keeps the first rows only', () => {
    const sort = {
      'Node Type': 'Sort',
      'Total Cost': 9000,
      'Plan Rows': 500_000,
      'Plan Width': 68,
      'Sort Key': ['users.name'],
    };
    const execution = { durationMs: 2000, rows: 500_000, lockWaits: [] };
    const found = first(seen(sort, { execution }));
    assert.equal(found.kind, 'spill');
    assert.match(found.title, /48 MB/);
    assert.equal(found.sql, "SET LOCAL work_mem = '128MB';");
    const limited = { 'Node Type': 'Limit', 'Total Cost': 9000, 'Plan Rows': 10, Plans: [sort] };
    assert.notEqual(first(seen(limited, { execution: { ...execution, rows: 10 } })).kind, 'spill');
  });

  it('compares the estimate with the rows that came', () => {
    const root = {
      ...scan(''),
      Filter: undefined,
      'Node Type': 'Index Scan',
      'Index Cond': '((users.a = 1) AND (users.b = 2))',
    };
    const found = first(seen(root, { execution: { durationMs: 2000, rows: 4000, lockWaits: [] } }));
    assert.equal(found.kind, 'misestimate');
    assert.equal(found.sql, 'CREATE STATISTICS ON a, b FROM public.users;\nANALYZE public.users;');
    assert.ok(!diagnosesOf(seen(root)).some(({ kind }) => kind === 'misestimate'));
  });

  it('names a deep OFFSET, also as a parameter, with the page by key', () => {
    const text = 'SELECT * FROM users ORDER BY created_at DESC, id DESC LIMIT 20 OFFSET $1';
    const found = diagnosesOf(seen(scan(''), { text, parameters: ['50000'] })).find(
      ({ kind }) => kind === 'deep-offset',
    );
    assert.match(found?.title ?? '', /50,000 rows are read and thrown away/);
    assert.match(
      found?.sql ?? '',
      /WHERE \(created_at, id\) < \(\$1, \$2\)\nORDER BY created_at DESC, id DESC LIMIT 20/,
    );
    const shallow = diagnosesOf(seen(scan(''), { text, parameters: ['20'] }));
    assert.ok(!shallow.some(({ kind }) => kind === 'deep-offset'));
  });

  it('names a result that nothing limits', () => {
    const execution = { durationMs: 2000, rows: 80_000, lockWaits: [] };
    const root = { 'Node Type': 'Seq Scan', 'Total Cost': 4000, 'Plan Rows': 80_000 };
    const found = first(seen(root, { text: 'SELECT * FROM users;', execution }));
    assert.equal(found.kind, 'unbounded');
    assert.equal(found.sql, 'SELECT * FROM users\nLIMIT 100');
  });

  it('says who held the lock it waited for', () => {
    const holder = {
      pid: 7,
      user: 'app',
      application: 'worker',
      state: 'idle in transaction',
      text: 'UPDATE users SET a = 1',
      transactionMs: 9000,
    };
    const lockWaits = [{ atMs: 1, text: 'UPDATE', holder }];
    const found = first(seen(scan(''), { execution: { durationMs: 2000, rows: 1, lockWaits } }));
    assert.equal(found.kind, 'lock-wait');
    assert.match(found.title, /worker \(pid 7\) held, idle in its transaction/);
    assert.match(found.sql ?? '', /idle_in_transaction_session_timeout/);
  });

  it('admits that the time is not in a cheap plan', () => {
    const root = { 'Node Type': 'Result', 'Total Cost': 0.01, 'Plan Rows': 1 };
    assert.equal(
      first(seen(root, { execution: { durationMs: 1500, rows: 1, lockWaits: [] } })).kind,
      'not-in-the-plan',
    );
  });

  it('tells a look-up that waited a tenth of a second from a plan that may take as long', () => {
    const kindOf = (cost: number): string => {
      const root = { 'Node Type': 'Index Scan', 'Total Cost': cost, 'Plan Rows': 1 };
      return first(seen(root, { execution: { durationMs: 100, rows: 1, lockWaits: [] } })).kind;
    };
    assert.equal(kindOf(8), 'not-in-the-plan');
    assert.equal(kindOf(900), 'expensive-node');
  });

  it('always says something', () => {
    const root = { 'Node Type': 'Hash Join', 'Total Cost': 90_000, 'Plan Rows': 40 };
    assert.equal(first(seen(root)).kind, 'expensive-node');
  });
});
