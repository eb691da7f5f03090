import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { postgresUrl } from '../../../scripts/services.ts';
import type { Database, PostgresPlanNode } from '../../../shared/index.ts';
import { advise, type Advice, type WorkloadStatement } from './advise.ts';
import { readCatalog } from './catalog.ts';
import { createStatement, type IndexDefinition } from './definition.ts';
import { sampleExpressions } from './expression-statistics.ts';
import { openWhatIf } from './what-if.ts';

describe('index advice on a real PostgreSQL', function () {
  this.timeout(120_000);
  const name = `outrider_advise_${process.pid}`;
  let admin: pg.Client;
  let client: pg.Client;

  before(async () => {
    admin = new pg.Client({ connectionString: postgresUrl() });
    await admin.connect();
    await admin.query(`CREATE DATABASE ${name}`);
    client = new pg.Client({
      connectionString: Object.assign(new URL(postgresUrl()), { pathname: `/${name}` }).href,
    });
    await client.connect();
    await client.query(schema);
    await client.query('VACUUM ANALYZE');
    await client.query('SET max_parallel_workers_per_gather = 0');
  });
  after(async () => {
    await client?.end();
    await admin?.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin?.end();
  });

  const explained = async (text: string) => {
    const { rows } = await client.query<{ 'QUERY PLAN': { Plan: PostgresPlanNode }[] }>(
      `EXPLAIN (FORMAT JSON) ${text}`,
    );
    const root = rows[0]?.['QUERY PLAN'][0]?.Plan ?? {};
    return { root, totalCost: Number(root['Total Cost']) };
  };
  const database: Pick<Database, 'query' | 'explain'> = {
    async query<Row>(text: string, parameters: readonly unknown[] = []) {
      const { rows } = await client.query(text, [...parameters]);
      // Safe: the rows are what the statement selects.
      return rows as readonly Row[];
    },
    explain: explained,
  };
  const statement = (text: string, meanMs = 50): WorkloadStatement => ({
    fingerprint: text,
    calls: 100,
    totalMs: 100 * meanMs,
    p95Ms: 60,
    samples: [{ text, parameters: [] }],
    routes: [],
  });
  const advised = (...texts: string[]): Promise<Advice> =>
    advise(
      database,
      texts.map((text) => statement(text)),
      { budgetBytes: 2 ** 30 },
    );
  const bodies = ({ indexes }: Advice): readonly string[] =>
    indexes.map(({ ddl }) => ddl.replace(/^.* ON /, '')).sort();

  it('plans as the server does with real indexes: median within a tenth, nine of ten within a half', async () => {
    const catalog = await readCatalog(database, ['runs', 'agents', 'parts']);
    const whatIf = await openWhatIf(
      catalog,
      tried.map(({ index }) => index),
      (index) => sampleExpressions(database, catalog, index),
    );
    const ratios: number[] = [];
    try {
      for (const { index, queries } of tried) {
        const offered = whatIf.offered.find(({ definition }) => definition === index);
        assert.ok(offered, createStatement(index, { isConcurrent: false }));
        await client.query(createStatement(index, { isConcurrent: false, name: 'tried' }));
        await client.query(`ANALYZE ${index.table}`);
        for (const text of queries) {
          const guessed = await whatIf.plan({ text, parameters: [] }, new Set([offered.id]));
          const { totalCost } = await explained(text);
          const ratio = (guessed?.cost ?? Infinity) / totalCost;
          ratios.push(Math.max(ratio, 1 / ratio));
        }
        await client.query('DROP INDEX tried');
      }
    } finally {
      await whatIf.close();
    }
    ratios.sort((a, b) => a - b);
    const [median, most] = [0.5, 0.9].map((share) => ratios[Math.floor(share * (ratios.length - 1))]);
    // Measured: median × 1.02, nine of ten × 1.1.
    assert.ok((median ?? Infinity) < 1.1, ratios.join(' '));
    assert.ok((most ?? Infinity) < 1.5, ratios.join(' '));
  });

  it('credits a plain index with the beginning of a text only where text is compared by bytes', async () => {
    const found = bodies(
      await advised("SELECT * FROM runs WHERE note LIKE 'abc%'", "SELECT * FROM runs WHERE code LIKE 'abc%'"),
    );
    assert.deepEqual(found, ['public.runs (code);', 'public.runs (note text_pattern_ops);']);
  });

  it('advises one set for a workload, and nothing again once it is there', async () => {
    const workload = [
      'SELECT * FROM runs WHERE agent_id = 77 ORDER BY at DESC LIMIT 10',
      'SELECT max(at) FROM runs WHERE agent_id = 78',
      "SELECT * FROM agents WHERE lower(email) = 'agent77@x'",
      'SELECT count(*) FROM runs r JOIN agents a ON a.id = r.agent_id WHERE a.owner = 9',
      "SELECT id FROM runs WHERE note ILIKE '%7f3a9%'",
      `SELECT id FROM agents WHERE config @> '{"model": "m7"}'`,
    ];
    const first = await advised(...workload);
    assert.ok(first.indexes.length >= 5, bodies(first).join('\n'));
    assert.deepEqual(first.unverified, []);
    for (const { requires, ddl } of first.indexes)
      for (const each of [...requires, ddl]) await client.query(each);
    await client.query('ANALYZE');
    const made = first.indexes.map(({ ddl }) => ddl.replace(/^.* ON /, ''));
    const again = await advised(...workload);
    assert.deepEqual(
      bodies(again).filter((each) => made.includes(each)),
      [],
    );
    const quick = await advise(
      database,
      workload.map((text) => statement(text, 0.4)),
      { budgetBytes: 2 ** 30 },
    );
    assert.deepEqual(bodies(quick), []);
    for (const { undo } of first.indexes) await client.query(undo);
  });

  it('advises nothing for what no index helps', async () => {
    const advice = await advised(
      'SELECT count(*) FROM runs',
      'SELECT * FROM runs WHERE id = 5',
      "SELECT sum(agent_id) FROM runs WHERE status = 'done'",
      'SELECT * FROM runs LIMIT 10',
      'UPDATE runs SET note = note WHERE id = 5',
    );
    assert.deepEqual(bodies(advice), []);
  });

  it('says what the recorded writes will pay, and leaves out what they would pay more for than it saves', async () => {
    const writes = (text: string, calls: number): WorkloadStatement => ({ ...statement(text, 0.1), calls });
    const { indexes } = await advise(
      database,
      [
        statement('SELECT * FROM agents WHERE owner = 9'),
        statement('SELECT * FROM runs WHERE agent_id = 77'),
        writes("INSERT INTO agents VALUES (0, 1, 'a', '{}', '{}', 'small', 1)", 10_000),
        writes("INSERT INTO runs VALUES (0, 1, 'done', now(), 'a', 'b')", 10_000_000),
      ],
      { budgetBytes: 2 ** 30 },
    );
    assert.deepEqual(
      indexes.map(({ definition: { table }, upkeepMs }) => [table, upkeepMs]),
      [['agents', 80]],
    );
  });

  it('does not fall over partitions, views, domains, enums, functions and statements it cannot plan', async () => {
    const advice = await advised(
      "SELECT * FROM parts WHERE customer = 5 AND day > '2026-02-01'",
      'SELECT * FROM late_runs WHERE agent_id = 3',
      "SELECT * FROM agents WHERE kind = 'small' AND rating > 4999 AND shout(email) = 'AGENT7@X'",
      'SELECT * FROM nowhere WHERE a = 1',
      'SELECT broken FROM',
    );
    assert.ok(bodies(advice).includes('public.runs (agent_id);'), bodies(advice).join('\n'));
    assert.ok(advice.unverified.includes('SELECT * FROM nowhere WHERE a = 1'));
    const partitioned = advice.indexes.find(({ definition }) => definition.table === 'parts');
    assert.ok(partitioned && !partitioned.ddl.includes('CONCURRENTLY'), bodies(advice).join('\n'));
    await client.query(partitioned.ddl);
  });
});

const definition = (
  table: string,
  keys: readonly string[],
  more: Partial<IndexDefinition> & { readonly operatorClass?: string } = {},
): IndexDefinition => ({
  schema: 'public',
  table,
  method: more.method ?? 'btree',
  keys: keys.map((sql) => ({
    column: /^\w+$/.test(sql) ? sql : null,
    sql,
    ...(more.operatorClass !== undefined && { operatorClass: more.operatorClass }),
  })),
  include: more.include ?? [],
  predicate: more.predicate ?? null,
});

const tried: readonly { readonly index: IndexDefinition; readonly queries: readonly string[] }[] = [
  {
    index: definition('runs', ['agent_id', 'at']),
    queries: [
      'SELECT * FROM runs WHERE agent_id = 77',
      'SELECT * FROM runs WHERE agent_id = 77 ORDER BY at DESC LIMIT 5',
      'SELECT * FROM runs WHERE agent_id IN (1, 2, 3, 4)',
      'SELECT count(*) FROM runs WHERE agent_id < 50',
      'SELECT a.id, (SELECT count(*) FROM runs r WHERE r.agent_id = a.id) FROM agents a WHERE a.id < 20',
      'SELECT r.id FROM agents a JOIN runs r ON r.agent_id = a.id WHERE a.owner = 9',
    ],
  },
  {
    index: definition('runs', ['at']),
    queries: ["SELECT * FROM runs WHERE at > '2026-01-03'", 'SELECT * FROM runs ORDER BY at LIMIT 50'],
  },
  {
    index: definition('runs', ['status']),
    queries: [
      "SELECT * FROM runs WHERE status = 'failed'",
      "SELECT count(*) FROM runs WHERE status = 'running'",
    ],
  },
  {
    index: definition('runs', ['at'], { predicate: "status = 'failed'" }),
    queries: ["SELECT * FROM runs WHERE status = 'failed' ORDER BY at LIMIT 20"],
  },
  {
    index: definition('runs', ['agent_id'], { include: ['at'] }),
    queries: ['SELECT at FROM runs WHERE agent_id BETWEEN 10 AND 20'],
  },
  {
    index: definition('agents', ['lower(email)']),
    queries: [
      "SELECT * FROM agents WHERE lower(email) = 'agent77@x'",
      "SELECT * FROM agents WHERE lower(email) < 'agent11'",
    ],
  },
  {
    index: definition('agents', ['config'], { method: 'gin', operatorClass: 'jsonb_path_ops' }),
    queries: [`SELECT * FROM agents WHERE config @> '{"model": "m7"}'`],
  },
  {
    index: definition('agents', ['tags'], { method: 'gin' }),
    queries: ["SELECT * FROM agents WHERE tags @> ARRAY['t7']"],
  },
  {
    index: definition('runs', ['note'], { method: 'gin', operatorClass: 'gin_trgm_ops' }),
    queries: ["SELECT * FROM runs WHERE note ILIKE '%7f3a9%'"],
  },
  {
    index: definition('runs', ['note'], { operatorClass: 'text_pattern_ops' }),
    queries: ["SELECT * FROM runs WHERE note LIKE 'abc%'"],
  },
];

const schema = `
  CREATE EXTENSION pg_trgm;
  CREATE TYPE agent_kind AS ENUM ('small', 'large');
  CREATE DOMAIN rating AS int CHECK (VALUE >= 0);
  CREATE FUNCTION shout(word text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper(word)';
  CREATE TABLE agents (id int PRIMARY KEY, owner int NOT NULL, email text NOT NULL, config jsonb NOT NULL, tags text[] NOT NULL,
    kind agent_kind NOT NULL, rating rating NOT NULL);
  CREATE TABLE runs (id bigint PRIMARY KEY, agent_id int NOT NULL REFERENCES agents, status text NOT NULL,
    at timestamptz NOT NULL, note text NOT NULL, code text COLLATE "C" NOT NULL);
  CREATE VIEW late_runs AS SELECT id, agent_id FROM runs WHERE at > '2026-01-01';
  CREATE TABLE parts (customer int, day date, amount int) PARTITION BY RANGE (day);
  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
  CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
  INSERT INTO agents SELECT n, n % 900, 'Agent' || n || '@x', jsonb_build_object('model', 'm' || n % 200),
    ARRAY['t' || n % 150, 'all'], (CASE WHEN n % 50 = 0 THEN 'small' ELSE 'large' END)::agent_kind, n % 5000
    FROM generate_series(1, 20000) n;
  INSERT INTO runs SELECT n, 1 + (n * 7919::bigint) % 20000, CASE WHEN n % 400 = 0 THEN 'failed' WHEN n % 20 = 0 THEN 'running' ELSE 'done' END,
    timestamptz '2026-01-01' + n * interval '1 second', md5(n::text), md5(n::text) FROM generate_series(1, 200000) n;
  INSERT INTO parts SELECT n % 3000, date '2026-01-01' + n % 59, n FROM generate_series(1, 60000) n;
`;
