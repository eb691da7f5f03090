import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { candidatesOf } from './candidates.ts';
import { conditionsOf, loadParser, sortColumn } from './conditions.ts';
import { covers } from './index-advice.ts';
import { expensiveNode } from './plan.ts';

describe('what a plan says about columns', () => {
  before(() => loadParser());

  const told = (filter: string): string =>
    conditionsOf(filter)
      .map(({ column, kind }) => `${column} ${kind}`)
      .join(', ');

  it('reads equalities and bounds as PostgreSQL prints them', () => {
    assert.equal(told("(runs.status = 'failed'::text)"), 'status equality');
    assert.equal(told('((r.a = 1) AND (r.b >= 2) AND (r."C d" < 3))'), 'a equality, b range, C d range');
    assert.equal(told("((users.email)::text = 'a'::text)"), 'email equality');
    assert.equal(told("(t.id = ANY ('{1,2}'::integer[]))"), 'id equality');
    assert.equal(told('(5 < t.size)'), 'size range');
    assert.equal(told('(t.id = $1)'), 'id equality');
  });

  it('leaves alone what a plain index cannot serve', () => {
    for (const filter of [
      '((a.x = 1) OR (a.y = 2))',
      "(lower(a.name) = 'x'::text)",
      '((a.n)::integer = 5)',
      "(a.name ~~ '%x'::text)",
      '(a.x <> 1)',
      '(a.x = b.y)',
      '(NOT (hashed SubPlan 1))',
    ])
      assert.equal(told(filter), '', filter);
  });

  it('reads sort keys', () => {
    assert.deepEqual(sortColumn('runs.created_at DESC'), { column: 'created_at', isDescending: true });
    assert.deepEqual(sortColumn('runs.id'), { column: 'id', isDescending: false });
    assert.equal(sortColumn('lower(runs.name)'), null);
    assert.equal(sortColumn('runs.created_at DESC NULLS LAST'), null);
  });

  it('puts the order a limit waits for after the equalities', () => {
    const [candidate] = candidatesOf({
      'Node Type': 'Limit',
      'Total Cost': 100,
      Plans: [
        {
          'Node Type': 'Sort',
          'Total Cost': 1000,
          'Sort Key': ['runs.created_at DESC'],
          Plans: [
            {
              'Node Type': 'Seq Scan',
              'Relation Name': 'runs',
              'Total Cost': 900,
              Filter: '((runs.agent_id = 7) AND (runs.size > 3))',
            },
          ],
        },
      ],
    });
    assert.deepEqual(
      [candidate?.equals, candidate?.rest, candidate?.servesLimit],
      [['agent_id'], [{ column: 'created_at', isDescending: true }], true],
    );
  });

  it('counts a correlated subquery as often as it runs, and takes its outer reference for a value', () => {
    const scan = {
      'Node Type': 'Seq Scan',
      'Parent Relationship': 'SubPlan',
      'Relation Name': 'messages',
      Alias: 'm',
      'Total Cost': 6690,
      'Plan Rows': 12,
      Filter: '(m.execution_id = e.id)',
    };
    const sort = {
      'Node Type': 'Sort',
      'Parent Relationship': 'Outer',
      'Total Cost': 1162,
      'Plan Rows': 20000,
    };
    const result = {
      'Node Type': 'Result',
      'Total Cost': 133_801_162,
      'Plan Rows': 20_000,
      Plans: [sort, scan],
    };
    const root = { 'Node Type': 'Limit', 'Total Cost': 670_000, 'Plan Rows': 100, Plans: [result] };
    assert.equal(expensiveNode(root).node, scan);
    assert.deepEqual(
      candidatesOf(root).map(({ table, equals }) => [table, equals]),
      [['messages', ['execution_id']]],
    );
  });

  it('knows what an index covers', () => {
    const wanted = { equals: ['a', 'b'], rest: [{ column: 'c', isDescending: false }] };
    const index = (columns: (string | null)[], more = {}) => ({
      columns,
      method: 'btree',
      isWhole: true,
      ...more,
    });
    assert.equal(covers(index(['b', 'a', 'c', 'd']), wanted), true);
    assert.equal(covers(index(['a', 'c', 'b']), wanted), false);
    assert.equal(covers(index(['a', 'b']), wanted), false);
    assert.equal(covers(index(['a', 'b', 'c'], { method: 'gin' }), wanted), false);
    assert.equal(covers(index(['a', 'b', 'c'], { isWhole: false }), wanted), false);
    assert.equal(covers(index([null, 'b', 'c']), wanted), false);
  });
});
