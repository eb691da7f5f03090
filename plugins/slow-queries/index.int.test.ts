import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { postgresUrl } from '../../scripts/services.ts';
import { SqlFinished, type Database, type PostgresPlanNode } from '../../shared/index.ts';
import { fakeStatement, testHost, type TestHost } from '../../shared/testing.ts';
import { analysisHere } from './analysis/analysis.ts';
import { slowQueries as slowQueriesWith } from './index.ts';

const slowQueries = slowQueriesWith(analysisHere);

describe('slow-queries on a real PostgreSQL with HypoPG', () => {
  const name = `outrider_slow_${process.pid}`;
  let admin: pg.Client;
  let client: pg.Client;

  before(async function () {
    this.timeout(60_000);
    admin = new pg.Client({ connectionString: postgresUrl() });
    await admin.connect();
    await admin.query(`CREATE DATABASE ${name}`);
    const url = new URL(postgresUrl());
    url.pathname = `/${name}`;
    client = new pg.Client({ connectionString: url.href });
    await client.connect();
    await client.query(`
      CREATE EXTENSION hypopg;
      CREATE TABLE runs (id bigserial PRIMARY KEY, agent_id int, status varchar(20), "createdAt" timestamptz, note text);
      INSERT INTO runs (agent_id, status, "createdAt", note)
        SELECT i % 5000, CASE WHEN i % 1000 = 0 THEN 'failed' ELSE 'done' END, now() - i * interval '1 second', repeat('x', 100)
        FROM generate_series(1, 200000) i;
      ANALYZE runs;
    `);
  });
  after(async () => {
    await client?.end();
    await admin?.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin?.end();
  });

  const database = (hasHypopg: boolean): Database => ({
    isAvailable: true,
    canTryIndexes: async () => hasHypopg,
    async query<Row>(text: string, parameters: readonly unknown[] = []) {
      const { rows } = await client.query(text, [...parameters]);
      // Safe: the rows are what the statement selects.
      return rows as readonly Row[];
    },
    async explain(text, parameters, { hypotheticalIndexes = [] } = {}) {
      for (const index of hypotheticalIndexes) await client.query('SELECT hypopg_create_index($1)', [index]);
      const { rows } = await client.query<{ 'QUERY PLAN': { Plan: PostgresPlanNode }[] }>({
        text: `EXPLAIN (FORMAT JSON, VERBOSE) ${text}`,
        values: [...parameters],
      });
      await client.query('SELECT hypopg_reset()');
      const root = rows[0]?.['QUERY PLAN'][0]?.Plan ?? {};
      return { root, totalCost: Number(root['Total Cost']) };
    },
  });

  async function looked(text: string, parameters: string[] = [], hasHypopg = true): Promise<TestHost> {
    const host = await testHost(slowQueries, { database: database(hasHypopg) });
    const statement = fakeStatement({
      fingerprint: text,
      text,
      parameters,
      durationMs: 2000,
    });
    await host.emit(SqlFinished, statement);
    await host.advance(2);
    return host;
  }
  const suggested = (host: TestHost): readonly string[] =>
    host.events.flatMap(({ type, data }) =>
      type === 'slow-queries/index-suggested' ? [(data as { ddl: string }).ddl] : [],
    );

  it('suggests what serves a filter, verified by the planner', async () => {
    const host = await looked('SELECT * FROM runs WHERE agent_id = $1 AND status = $2', ['7', 'done']);
    assert.deepEqual(suggested(host), [
      'CREATE INDEX CONCURRENTLY IF NOT EXISTS runs_agent_id_status_idx ON public.runs (agent_id, status);',
    ]);
    assert.match(JSON.stringify(host.view('indexes')), /cost \d+ → \d+/);
  });

  it('suggests what serves a filter and the order a limit waits for, with names that need quotes', async () => {
    const host = await looked(
      `SELECT * FROM runs WHERE status = 'failed' ORDER BY "createdAt" DESC LIMIT 20`,
    );
    assert.deepEqual(suggested(host), [
      'CREATE INDEX CONCURRENTLY IF NOT EXISTS "runs_status_createdAt_idx" ON public.runs (status, "createdAt" DESC);',
    ]);
  });

  it('marks the same advice unverified without HypoPG', async () => {
    const host = await looked('SELECT * FROM runs WHERE agent_id = 7', [], false);
    assert.equal(suggested(host).length, 1);
    assert.match(JSON.stringify(host.view('indexes')), /unverified/);
  });

  it('suggests nothing for what an index covers and what no index would help', async () => {
    for (const text of [
      'SELECT * FROM runs WHERE id = 7',
      "SELECT * FROM runs WHERE status = 'done'",
      'SELECT count(*) FROM runs',
    ])
      assert.deepEqual(suggested(await looked(text)), [], text);
  });

  it('makes indexes that PostgreSQL takes as they are written, and unmakes them', async () => {
    const host = await looked(
      `SELECT * FROM runs WHERE status = 'failed' ORDER BY "createdAt" DESC LIMIT 20`,
    );
    const found = host.events.find(({ type }) => type === 'slow-queries/index-suggested');
    assert.ok(found);
    const { ddl, undo } = found.data as { ddl: string; undo: string };
    await client.query(ddl);
    const again = await looked(
      `SELECT * FROM runs WHERE status = 'failed' ORDER BY "createdAt" DESC LIMIT 20`,
    );
    assert.deepEqual(suggested(again), []);
    await client.query(undo);
    const { rows } = await client.query(
      "SELECT 1 FROM pg_indexes WHERE indexname = 'runs_status_createdAt_idx'",
    );
    assert.equal(rows.length, 0);
  });
});
