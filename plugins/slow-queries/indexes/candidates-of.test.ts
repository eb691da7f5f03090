import assert from 'node:assert/strict';
import { loadModule } from 'libpg-query';
import { before, describe, it } from 'mocha';
import { candidatesOf } from './candidates-of.ts';
import type { Catalog, Column, Table } from './catalog.ts';
import { createStatement } from './definition.ts';
import { stablePredicates } from './stable.ts';
import { usesOf } from './statement-uses.ts';

const table = (oid: number, name: string, schema = 'public'): Table => ({
  oid,
  schema,
  name,
  kind: 'r',
  partitionKey: null,
  parentOid: null,
  bound: null,
  pages: 20_000,
  rows: 1_000_000,
  allVisiblePages: 20_000,
  sequentialScans: 0,
  inserts: 0,
  updates: 0,
  deletes: 0,
});
const columns = (
  tableOid: number,
  types: Readonly<Record<string, readonly [type: string, category: string]>>,
) =>
  Object.entries(types).map(([name, [type, category]]): Column => ({
    tableOid,
    name,
    type,
    category,
    isNotNull: false,
    collation: null,
    isCCollation: false,
  }));
const statistics = (name: string, column: string, distinct: number, correlation = 0) => ({
  schema: 'public',
  table: name,
  column,
  inherited: false,
  nullShare: 0,
  averageWidth: 8,
  distinct,
  commonValues: null,
  commonShares: null,
  bounds: null,
  correlation,
  commonElements: null,
  commonElementShares: null,
  elementCounts: null,
});

const catalog: Catalog = {
  database: {
    version: 150_000,
    searchPath: '"$user", public',
    collation: 'en_US.UTF-8',
    isCCollation: false,
  },
  settings: [],
  schemas: ['public', 'crm'],
  extensions: [],
  types: [],
  functions: [],
  tables: [table(1, 'runs'), table(2, 'agents'), table(3, 'runs', 'crm')],
  columns: [
    ...columns(1, {
      id: ['integer', 'N'],
      agent_id: ['integer', 'N'],
      status: ['text', 'S'],
      at: ['timestamp with time zone', 'D'],
      note: ['text', 'S'],
      data: ['jsonb', 'U'],
      tags: ['text[]', 'A'],
      ok: ['boolean', 'B'],
      gone_at: ['timestamp with time zone', 'D'],
      from_address: ['inet', 'I'],
    }),
    ...columns(2, { id: ['integer', 'N'], owner: ['integer', 'N'], email: ['text', 'S'] }),
    ...columns(3, { id: ['integer', 'N'], weight: ['integer', 'N'] }),
  ],
  indexes: [],
  foreignKeys: [],
  views: [
    {
      schema: 'public',
      name: 'failed_runs',
      definition: "SELECT id, agent_id FROM runs WHERE status = 'failed'",
    },
  ],
  statistics: [
    statistics('runs', 'status', 5),
    statistics('runs', 'agent_id', 5000),
    statistics('runs', 'at', -1, 0.99),
  ],
};

/** Bodies of the candidates for a statement: `table method (keys) …`. */
function bodies(text: string, parameters: readonly (string | null)[] = []): readonly string[] {
  const uses = usesOf(text, catalog, parameters);
  const stable = stablePredicates([uses], catalog);
  return uses
    .flatMap((use) => candidatesOf(use, catalog, (each) => stable.has(each)))
    .map((index) =>
      createStatement(index, { isConcurrent: false })
        .replace(/^.* ON /, '')
        .replace(/;$/, ''),
    );
}

describe('candidates from what a statement asks', () => {
  before(() => loadModule());

  const cases: readonly (readonly [what: string, text: string, wanted: readonly string[]])[] = [
    [
      'equality, the most telling column first',
      "SELECT 1 FROM runs WHERE status = 'x' AND agent_id = $1",
      ['public.runs (agent_id, status)'],
    ],
    [
      'a range after equalities',
      'SELECT 1 FROM runs WHERE at > $1 AND agent_id = $2',
      ['public.runs (agent_id, at)', 'public.runs (at)'],
    ],
    [
      'an order after equalities, turned to ascend',
      'SELECT * FROM runs WHERE agent_id = 1 ORDER BY at DESC LIMIT 5',
      ['public.runs (agent_id, at)'],
    ],
    ['a mixed order', 'SELECT * FROM runs ORDER BY at DESC, id LIMIT 5', ['public.runs (at, id DESC)']],
    [
      'an order with nulls out of place',
      'SELECT * FROM runs ORDER BY at DESC NULLS LAST LIMIT 5',
      ['public.runs (at NULLS FIRST)'],
    ],
    ['an order by place and by name', 'SELECT at AS moment FROM runs ORDER BY 1', ['public.runs (at)']],
    [
      'both sides of a join',
      'SELECT 1 FROM runs r JOIN agents a ON a.id = r.agent_id WHERE a.owner = 1',
      ['public.runs (agent_id)', 'public.agents (owner, id)'],
    ],
    ['USING', 'SELECT 1 FROM runs JOIN agents USING (id)', ['public.runs (id)', 'public.agents (id)']],
    [
      'a correlated subquery',
      'SELECT (SELECT count(*) FROM runs r WHERE r.agent_id = a.id) FROM agents a',
      ['public.runs (agent_id)'],
    ],
    [
      'EXISTS',
      'SELECT 1 FROM agents a WHERE EXISTS (SELECT FROM runs r WHERE r.agent_id = a.id)',
      ['public.runs (agent_id)'],
    ],
    [
      'IN with a subquery, both ways',
      'SELECT 1 FROM runs WHERE agent_id IN (SELECT id FROM agents WHERE owner = 1)',
      ['public.runs (agent_id)', 'public.agents (owner, id)'],
    ],
    [
      'LATERAL',
      'SELECT 1 FROM agents a, LATERAL (SELECT * FROM runs r WHERE r.agent_id = a.id ORDER BY r.at DESC LIMIT 1) l',
      ['public.runs (agent_id, at)'],
    ],
    [
      'a condition on a CTE’s column',
      'WITH r AS (SELECT * FROM runs) SELECT 1 FROM r WHERE r.agent_id = 1',
      ['public.runs (agent_id)'],
    ],
    ['a view', 'SELECT 1 FROM failed_runs WHERE agent_id = 5', ['public.runs (agent_id, status)']],
    [
      'both arms of a UNION',
      'SELECT id FROM runs WHERE agent_id = 1 UNION ALL SELECT id FROM agents WHERE owner = 2',
      ['public.runs (agent_id)', 'public.agents (owner)'],
    ],
    [
      'arms of an OR',
      "SELECT 1 FROM runs WHERE agent_id = 1 OR note = 'x'",
      ['public.runs (agent_id)', 'public.runs (note)'],
    ],
    ['max', 'SELECT max(at) FROM runs WHERE agent_id = 3', ['public.runs (agent_id, at)']],
    [
      'DISTINCT ON',
      'SELECT DISTINCT ON (agent_id) * FROM runs ORDER BY agent_id, at DESC',
      ['public.runs (agent_id, at DESC)'],
    ],
    [
      'a window',
      'SELECT row_number() OVER (PARTITION BY agent_id ORDER BY at) FROM runs',
      ['public.runs (agent_id, at)'],
    ],
    ['an expression', "SELECT 1 FROM agents WHERE lower(email) = 'a'", ['public.agents (lower(email))']],
    ['a member of JSON', "SELECT 1 FROM runs WHERE data->>'k' = $1", ["public.runs ((data ->> 'k'))"]],
    [
      'the beginning of a text',
      "SELECT 1 FROM agents WHERE email LIKE 'a%'",
      ['public.agents (email text_pattern_ops)'],
    ],
    [
      'a part of a text',
      "SELECT 1 FROM agents WHERE email ILIKE '%a%'",
      ['public.agents USING gin (email gin_trgm_ops)'],
    ],
    [
      'containment of JSON',
      `SELECT 1 FROM runs WHERE data @> '{"a": 1}'`,
      ['public.runs USING gin (data jsonb_path_ops)', 'public.runs USING gin (data)'],
    ],
    [
      'existence in JSON, which paths do not serve',
      "SELECT 1 FROM runs WHERE data ? 'a'",
      ['public.runs USING gin (data)'],
    ],
    [
      'containment of an array',
      "SELECT 1 FROM runs WHERE tags && ARRAY['a']",
      ['public.runs USING gin (tags)'],
    ],
    [
      'block ranges of a huge table in order',
      'SELECT 1 FROM runs WHERE at > $1',
      ['public.runs USING brin (at)'],
    ],
    [
      'the condition of a state',
      "SELECT * FROM runs WHERE status = 'failed' ORDER BY at LIMIT 5",
      ["public.runs (at) WHERE status = 'failed'", 'public.runs (status, at)'],
    ],
    [
      'what is null',
      'SELECT * FROM runs WHERE gone_at IS NULL AND agent_id = 4',
      ['public.runs (agent_id) WHERE gone_at IS NULL'],
    ],
    [
      'what is true',
      'SELECT * FROM runs WHERE NOT ok AND agent_id = 4',
      ['public.runs (agent_id) WHERE NOT ok'],
    ],
    [
      'an order whose nulls are left out',
      'SELECT 1 FROM runs WHERE gone_at IS NOT NULL ORDER BY gone_at - at DESC LIMIT 5',
      ['public.runs ((gone_at - at)) WHERE gone_at IS NOT NULL'],
    ],
    [
      'a page further back',
      'SELECT 1 FROM runs WHERE (at, id) < ($1, $2) ORDER BY at DESC, id DESC LIMIT 5',
      ['public.runs (at, id)', 'public.runs (at)'],
    ],
    [
      'a part of a date, in its own form',
      'SELECT 1 FROM runs WHERE extract(year FROM at) = 2025',
      ['public.runs (extract(year FROM at))'],
    ],
    [
      'a part of a text by place, by a name the grammar leaves alone',
      "SELECT 1 FROM agents WHERE substring(email FROM 1 FOR 2) = 'ab'",
      ['public.agents ("substring"(email, 1, 2))'],
    ],
    [
      'the greater of two and what is not a value',
      "SELECT 1 FROM runs WHERE greatest(at, gone_at) > $1 AND nullif(note, '') = 'x'",
      ['public.runs ((GREATEST(at, gone_at)))', "public.runs ((NULLIF(note, '')))"],
    ],
    [
      'an order by another collation',
      'SELECT 1 FROM agents ORDER BY email COLLATE "C" LIMIT 5',
      ['public.agents ((email COLLATE "C"))'],
    ],
    [
      'starts_with',
      "SELECT 1 FROM agents WHERE starts_with(email, 'ab')",
      ['public.agents (email text_pattern_ops)'],
    ],
    [
      'addresses of a network',
      "SELECT 1 FROM runs WHERE from_address <<= '10.0.0.0/8'",
      ['public.runs (from_address)'],
    ],
    ['all that is read', 'SELECT at FROM runs WHERE agent_id = 4', ['public.runs (agent_id) INCLUDE (at)']],
    ['another schema', 'SELECT 1 FROM crm.runs WHERE weight = 1', ['crm.runs (weight)']],
    ['an update', 'UPDATE runs SET ok = true WHERE agent_id = 1', ['public.runs (agent_id)']],
  ];
  for (const [what, text, wanted] of cases) {
    it(`serves ${what}`, () => {
      const found = bodies(text);
      for (const each of wanted) assert.ok(found.includes(each), `${each} not in\n${found.join('\n')}`);
    });
  }

  it('takes the sample for a pattern that is a parameter', () => {
    const text = 'SELECT 1 FROM agents WHERE email LIKE $1';
    assert.ok(bodies(text, ['a%']).includes('public.agents (email text_pattern_ops)'));
    assert.ok(!bodies(text, ['%a']).some((each) => each.includes('text_pattern_ops')));
  });

  it('has nothing for what no index helps, and for what it cannot read', () => {
    for (const text of [
      'SELECT count(*) FROM runs',
      'SELECT * FROM runs',
      'nonsense',
      'SELECT 1 FROM unknown WHERE a = 1',
    ])
      assert.deepEqual(bodies(text), [], text);
  });

  it('makes no partial index for one value of many', () => {
    assert.ok(!bodies('SELECT 1 FROM runs WHERE agent_id = 4711').some((each) => / WHERE /.test(each)));
  });
});
