import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { postgresUrl } from '../../scripts/services.ts';
import type { PostgresPlanNode } from '../../shared/index.ts';
import { untilWaiting } from '../sql/tap-under-test.ts';
import { openGate } from '../store/contract-gate.ts';
import { createApplicationDatabase, type ApplicationDatabase } from './database.ts';

const log = { info: () => undefined, warn: () => undefined };

describe('the application database', function () {
  this.timeout(30_000);
  const name = `outrider_inspect_${process.pid}`;
  const url = () => Object.assign(new URL(postgresUrl()), { pathname: `/${name}` }).href;
  let database: ApplicationDatabase;
  let owner: pg.Client;

  before(async () => {
    const server = new pg.Client({ connectionString: postgresUrl() });
    await server.connect();
    await server.query(`CREATE DATABASE ${name}`);
    await server.end();
    owner = new pg.Client({ connectionString: url() });
    await owner.connect();
    await owner.query('CREATE EXTENSION hypopg');
    await owner.query('CREATE TABLE agents (id int PRIMARY KEY, owner text, made timestamptz)');
    await owner.query("INSERT INTO agents SELECT n, 'o' || n, now() FROM generate_series(1, 20000) n");
    await owner.query('ANALYZE agents');
    database = createApplicationDatabase(url(), log);
  });

  after(async () => {
    await database.close();
    await owner.end();
    const server = new pg.Client({ connectionString: postgresUrl() });
    await server.connect();
    await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await server.end();
  });

  it('plans a statement for the parameters given', async () => {
    const plan = await database.explain('SELECT * FROM agents WHERE id = $1', ['7']);
    assert.equal(plan.root['Node Type'], 'Index Scan');
    assert.match(JSON.stringify(plan.root), /id = 7/);
    assert.equal(plan.totalCost > 0, true);
  });

  it('plans for any parameters when none are given', async () => {
    const plan = await database.explain('SELECT * FROM agents WHERE id = $1 AND owner = $2', []);
    assert.match(JSON.stringify(plan.root), /id = \$1/);
  });

  it('plans for any parameters when one was redacted and fits no type', async () => {
    const plan = await database.explain('SELECT * FROM agents WHERE id = $1', ['[redacted]']);
    assert.match(JSON.stringify(plan.root), /id = \$1/);
  });

  it('plans a change without making it', async () => {
    const plan = await database.explain("UPDATE agents SET owner = 'x' WHERE made > now()", []);
    assert.equal(plan.root['Node Type'], 'ModifyTable');
    const { rows } = await owner.query<{ n: string }>("SELECT count(*) n FROM agents WHERE owner = 'x'");
    assert.equal(rows[0]?.n, '0');
  });

  it('tries an index that does not exist, and leaves none behind', async () => {
    assert.equal(await database.canTryIndexes(), true);
    const text = "SELECT * FROM agents WHERE owner = 'o7'";
    const isIndexed = ({ root }: { root: PostgresPlanNode }) =>
      /btree_agents_owner/.test(JSON.stringify(root));
    const tried = await database.explain(text, [], {
      hypotheticalIndexes: ['CREATE INDEX ON agents (owner)'],
    });
    assert.equal(isIndexed(tried), true);
    // Both connections of the pool are asked.
    const plain = await Promise.all([database.explain(text, []), database.explain(text, [])]);
    assert.deepEqual(plain.map(isIndexed), [false, false]);
    assert.equal(tried.totalCost < (plain[0]?.totalCost ?? 0), true);
  });

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['two statements', 'SELECT 1; DROP TABLE agents', /holds 2 statements/],
    ['none', '-- nothing', /holds 0 statements/],
    ['what cannot be explained', 'DROP TABLE agents', /DropStmt/],
    ['EXPLAIN ANALYZE in disguise', 'EXPLAIN ANALYZE DELETE FROM agents', /ExplainStmt/],
    ['what is no SQL', 'SELEC 1', /cannot be parsed/],
  ];
  for (const [what, text, says] of refused) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(database.explain(text, []), { code: 'explain_refused', message: says });
    });
  }

  it("tells PostgreSQL's reason when a statement cannot be planned", async () => {
    await assert.rejects(database.explain('SELECT * FROM nowhere', []), {
      code: 'explain_failed',
      message: /relation "nowhere" does not exist/,
    });
  });

  it('queries read-only', async () => {
    const rows = await database.query<{ owner: string }>('SELECT owner FROM agents WHERE id = $1', [7]);
    assert.deepEqual(rows, [{ owner: 'o7' }]);
    await assert.rejects(database.query('DELETE FROM agents'), { code: 'explain_refused' });
    await assert.rejects(database.query("SELECT setval('x', 1)"), { code: 'explain_failed' });
    await assert.rejects(
      database.query('WITH gone AS (DELETE FROM agents RETURNING id) SELECT * FROM gone'),
      {
        code: 'explain_failed',
        message: /read-only transaction/,
      },
    );
  });

  it('gives at most 10,000 rows', async () => {
    assert.equal((await database.query('SELECT id FROM agents')).length, 10_000);
  });

  it('ends a statement after 5 s', async () => {
    await assert.rejects(database.query('SELECT pg_sleep(60)'), {
      code: 'explain_failed',
      message: /statement timeout/,
    });
  });

  it('takes two connections at most, named outrider', async () => {
    const counted = await Promise.all(
      Array.from({ length: 6 }, () =>
        database.query<{ n: string }>(
          "SELECT count(*) n FROM pg_stat_activity WHERE application_name = 'outrider' AND datname = current_database()",
        ),
      ),
    );
    assert.equal(Math.max(...counted.map(([row]) => Number(row?.n))), 2);
  });

  it('fails a statement whose connection breaks, and goes on over another one', async () => {
    const gate = await openGate(new URL(url()));
    const broken = createApplicationDatabase(gate.url, log);
    const asked = assert.rejects(broken.query('SELECT pg_sleep(60)'), { code: 'database_unavailable' });
    await untilWaiting(owner, 'PgSleep');
    gate.open();
    await asked;
    assert.equal((await broken.query('SELECT 1')).length, 1);
    await broken.close();
    await gate.close();
  });

  it('is unavailable without a URL, and when nobody answers there', async () => {
    const none = createApplicationDatabase(undefined, log);
    await assert.rejects(none.query('SELECT 1'), { code: 'database_unavailable' });
    assert.deepEqual([none.isAvailable, await none.canTryIndexes()], [false, false]);
    const nobody = createApplicationDatabase('postgresql://a:b@127.0.0.1:1/x', log);
    await assert.rejects(nobody.query('SELECT 1'), { code: 'database_unavailable' });
    await nobody.close();
  });
});
