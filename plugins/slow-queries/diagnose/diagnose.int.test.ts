import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { postgresUrl } from '../../../scripts/services.ts';
import { SqlFinished, type Database, type PostgresPlanNode } from '../../../shared/index.ts';
import { fakeStatement, testHost, type TestHost } from '../../../shared/testing.ts';
import { analysisHere } from '../analysis/analysis.ts';
import { slowQueries as slowQueriesWith } from '../index.ts';

const slowQueries = slowQueriesWith(analysisHere);

describe('diagnoses on a real PostgreSQL', function () {
  this.timeout(60_000);
  const name = `outrider_diagnose_${process.pid}`;
  let admin: pg.Client;
  const clients: pg.Client[] = [];

  async function connected(application: string): Promise<pg.Client> {
    const url = new URL(postgresUrl());
    url.pathname = `/${name}`;
    const client = new pg.Client({ connectionString: url.href, application_name: application });
    await client.connect();
    clients.push(client);
    return client;
  }

  let client: pg.Client;
  before(async () => {
    admin = new pg.Client({ connectionString: postgresUrl() });
    await admin.connect();
    await admin.query(`CREATE DATABASE ${name}`);
    client = await connected('outrider');
    await client.query(`
      CREATE TABLE users (id int PRIMARY KEY, email text, name text, created_at timestamptz, a int, b int);
      INSERT INTO users SELECT i, 'u' || i || '@x', md5(i::text), now() - i * interval '1 minute', i % 100, i % 100
        FROM generate_series(1, 100000) i;
      CREATE INDEX users_email_idx ON users (email);
      CREATE INDEX users_a_idx ON users (a);
      ANALYZE users;
    `);
  });
  after(async () => {
    for (const each of clients) await each.end();
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.end();
  });

  const database = (): Database => ({
    isAvailable: true,
    canTryIndexes: async () => false,
    async query<Row>(text: string, parameters: readonly unknown[] = []) {
      const { rows } = await client.query(text, [...parameters]);
      // Safe: the rows are what the statement selects.
      return rows as readonly Row[];
    },
    async explain(text, parameters) {
      const { rows } = await client.query<{ 'QUERY PLAN': { Plan: PostgresPlanNode }[] }>({
        text: `EXPLAIN (FORMAT JSON, VERBOSE) ${text}`,
        values: [...parameters],
      });
      const root = rows[0]?.['QUERY PLAN'][0]?.Plan ?? {};
      return { root, totalCost: Number(root['Total Cost']) };
    },
  });

  const finished = (text: string, more: object = {}) =>
    fakeStatement({
      fingerprint: text,
      text,
      durationMs: 2000,
      ...more,
    });

  async function diagnosed(text: string, more: object = {}): Promise<TestHost> {
    const host = await testHost(slowQueries, { database: database() });
    await host.emit(SqlFinished, finished(text, more));
    await host.advance(2);
    return host;
  }
  const kinds = (host: TestHost): readonly string[] =>
    host.events.flatMap(({ data }) =>
      typeof data === 'object' && data !== null && 'diagnoses' in data
        ? (data.diagnoses as { kind: string }[]).map(({ kind }) => kind)
        : [],
    );

  const cases: readonly (readonly [kind: string, text: string, more?: object])[] = [
    ['sequential-scan', "SELECT * FROM users WHERE name = 'x'"],
    ['hidden-index', "SELECT * FROM users WHERE lower(email) = 'u7@x'"],
    ['hidden-index', "SELECT * FROM users WHERE created_at::date = '2026-01-01'"],
    ['leading-wildcard', "SELECT * FROM users WHERE name LIKE '%abc%'"],
    ['deep-offset', 'SELECT * FROM users ORDER BY id LIMIT 10 OFFSET 90000', { rows: 10 }],
    ['spill', 'SELECT * FROM users ORDER BY name', { rows: 100_000 }],
    ['misestimate', 'SELECT * FROM users WHERE a = 7 AND b = 7', { rows: 1000 }],
    ['unbounded', 'SELECT * FROM users', { rows: 100_000 }],
    ['not-in-the-plan', 'SELECT pg_sleep(2)'],
  ];
  for (const [kind, text, more] of cases) {
    it(`finds ${kind} in ${text}`, async () => {
      assert.ok(
        kinds(await diagnosed(text, more)).includes(kind),
        String(kinds(await diagnosed(text, more))),
      );
    });
  }

  it('says nothing worse of a look-up by key than that it waited', async () => {
    assert.deepEqual(kinds(await diagnosed('SELECT * FROM users WHERE id = 7')), ['not-in-the-plan']);
  });

  it('proposes SQL that PostgreSQL takes', async () => {
    const host = await diagnosed("SELECT * FROM users WHERE lower(email) = 'u7@x'");
    const sql = /Suggested: (CREATE INDEX [^"]*;)/.exec(host.findings[0]?.advice ?? '')?.[1];
    assert.ok(sql, host.findings[0]?.advice);
    await client.query(sql);
    assert.ok(
      !kinds(await diagnosed("SELECT * FROM users WHERE lower(email) = 'u7@x'")).includes('hidden-index'),
    );
  });

  it('sees who held the lock while a statement waits', async () => {
    const [holder, waiter] = [await connected('nightly job'), await connected('api')];
    const host = await testHost(slowQueries, { database: database(), startsAt: '2026-01-01T00:00:00.000Z' });
    await host.emit(SqlFinished, finished('SELECT 1', { durationMs: 1 }));
    await holder.query("BEGIN; UPDATE users SET name = 'held' WHERE id = 1");
    const text = "UPDATE users SET name = 'waited' WHERE id = 1";
    const waiting = waiter.query(text);
    await client.query(`DO $$ BEGIN FOR i IN 1..500 LOOP
      EXIT WHEN EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'api' AND wait_event_type = 'Lock');
      PERFORM pg_sleep(0.01); PERFORM pg_stat_clear_snapshot(); END LOOP; END $$`);
    await host.advance(2);
    await holder.query('COMMIT');
    await waiting;
    const startedAt = '2026-01-01T00:00:00.500Z';
    await host.emit(SqlFinished, finished(text, { startedAt, durationMs: 2000, command: 'UPDATE' }));
    await host.advance(2);
    assert.match(host.findings[0]?.advice ?? '', /nightly job \(pid \d+\) held, idle in its transaction/);
    assert.match(JSON.stringify(host.view('waits')), /waiting for a lock held by nightly job/);
    assert.match(
      JSON.stringify(await host.run('open', { fingerprint: text })),
      /UPDATE users SET name = 'held'/,
    );
  });

  it('shows both plans when an index is gone', async () => {
    const text = 'SELECT * FROM users WHERE a = 7 LIMIT 5000';
    const host = await testHost(slowQueries, { database: database() });
    await host.emit(SqlFinished, finished(text, { durationMs: 5, rows: 1000 }));
    await host.advance(20);
    await client.query('DROP INDEX users_a_idx');
    await host.emit(SqlFinished, finished(text, { rows: 1000 }));
    await host.advance(5);
    assert.ok(host.findings.some(({ rule }) => rule === 'slow-queries/plan-changed'));
    assert.match(JSON.stringify(host.view('changes')), /Another plan: cost \d+ → \d+/);
    assert.match(
      JSON.stringify(await host.run('open', { fingerprint: text })),
      /Plan before.*users_a_idx.*Plan since/,
    );
  });
});
