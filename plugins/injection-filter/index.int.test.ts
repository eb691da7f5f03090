import assert from 'node:assert/strict';
import fc from 'fast-check';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { postgresUrl } from '../../scripts/services.ts';
import { fakeExchange, testHost, type TestHost } from '../../shared/testing.ts';
import injectionFilter from './index.ts';

type Rows = readonly Readonly<Record<string, unknown>>[];

/** The check at the sink before a real PostgreSQL: requests are only observed, so statements decide. */
describe('the check at the sink before PostgreSQL', () => {
  const name = `outrider_sink_${process.pid}`;
  let admin: pg.Client;
  let client: pg.Client;
  let host: TestHost;
  let requests = 0;

  before(async () => {
    admin = new pg.Client({ connectionString: postgresUrl() });
    await admin.connect();
    await admin.query(`CREATE DATABASE ${name}`);
    client = new pg.Client({
      connectionString: Object.assign(new URL(postgresUrl()), { pathname: name }).href,
    });
    await client.connect();
    await client.query(`
      CREATE TABLE agents (id int PRIMARY KEY, name text, secret text);
      INSERT INTO agents VALUES (1, 'ada', 'analytical'), (2, 'O''Neill', 'stargate'), (3, 'drop; table', 'none');
    `);
    const everything = { 'sql/*': 'observe', 'command/*': 'observe', 'xss/*': 'observe' };
    host = await testHost(injectionFilter, { options: { rules: everything } });
  });
  after(async () => {
    await client?.end();
    await admin?.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin?.end();
  });

  /** What a backend would get that puts a value of a request into a statement; null when the statement was refused. */
  async function answered(value: string, text: string, parameters: string[] = []): Promise<Rows | null> {
    const exchange = fakeExchange(
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ value }) },
      `sink-${(requests += 1)}`,
    );
    assert.equal((await host.check(exchange)).allow, true);
    const verdict = await host.statement({ text, parameters, exchangeId: exchange.id });
    exchange.finish();
    return verdict.allow ? run(text, parameters) : null;
  }

  async function run(text: string, parameters: readonly string[] = []): Promise<Rows> {
    const result: unknown = await client.query(text, [...parameters]);
    // Several statements at once give several results; the last is what a careless backend sends on.
    const last = Array.isArray(result) ? result.at(-1) : result;
    return (last as pg.QueryResult).rows as Rows;
  }

  for (const [position, statement, value] of [
    [
      'a string',
      (each: string) => `SELECT name FROM agents WHERE name = '${each}'`,
      "x' UNION SELECT secret FROM agents --",
    ],
    ['a string', (each: string) => `SELECT name FROM agents WHERE name = '${each}'`, "x' OR 'a'='a"],
    [
      'a pattern',
      (each: string) => `SELECT name FROM agents WHERE name LIKE '%${each}%'`,
      "zzz%' OR true --",
    ],
    ['a number', (each: string) => `SELECT name FROM agents WHERE id = ${each}`, '0 OR id > 0'],
    [
      'a number',
      (each: string) => `SELECT name FROM agents WHERE id = ${each}`,
      '0 UNION SELECT secret FROM agents',
    ],
    ['a name', (each: string) => `SELECT ${each} AS name FROM agents`, 'secret || name'],
    ['an identifier', (each: string) => `SELECT "${each}" FROM agents`, 'name", "secret'],
    [
      'an order',
      (each: string) => `SELECT name FROM agents ORDER BY ${each}`,
      '(SELECT secret FROM agents LIMIT 1)',
    ],
    [
      'a string',
      (each: string) => `SELECT name FROM agents WHERE name = '${each}'`,
      "x'; SELECT secret FROM agents --",
    ],
  ] as const) {
    it(`keeps ${value} out of ${position}, which would read rows`, async () => {
      const text = statement(value);
      assert.ok((await run(text)).length > 0, 'the statement by itself reads rows');
      assert.equal(await answered(value, text), null);
    });
  }

  for (const value of ['ada', "O'Neill", 'drop; table', "x' OR 'a'='a", 'no -- body']) {
    it(`lets ${value} through as a bound parameter`, async () => {
      const text = 'SELECT name FROM agents WHERE name = $1';
      const rows = await answered(value, text, [value]);
      assert.deepEqual(rows, await run(text, [value]));
    });

    it(`lets ${value} through in a string whose quotes are doubled`, async () => {
      const text = `SELECT name FROM agents WHERE name = '${value.replaceAll("'", "''")}'`;
      const rows = await answered(value, text);
      assert.deepEqual(rows, await run(text));
    });
  }

  it('lets nothing through that PostgreSQL reads as more than one string', async () => {
    const pieces = '\' " \\ - -- /* */ ; $ $$ $a$ , ( ) || a 1 é'.split(' ');
    const piece = fc.constantFrom(...pieces, ' ', '\n');
    const value = fc.array(piece, { minLength: 3, maxLength: 12 }).map((pieces) => pieces.join(''));
    await fc.assert(
      fc.asyncProperty(
        value.filter((each) => each.trim().length >= 3 && !each.includes('\0')),
        async (each) => {
          const text = `SELECT '${each}' AS only`;
          const rows = await answered(each, text).catch((error: Error) => error);
          if (rows === null) return;
          assert.ok(!(rows instanceof Error), `${text}: ${String(rows)}`);
          assert.equal(rows.length, 1);
          assert.deepEqual(Object.keys(rows[0] ?? {}), ['only']);
          assert.equal(rows[0]?.['only'], each.replaceAll("''", "'"));
        },
      ),
      { numRuns: 400 },
    );
  });

  it('raises one finding for each rule, route and field, however many values come through', async () => {
    const before = new Set(host.findings.map(({ key }) => key)).size;
    for (const each of ['1', '2', '3']) {
      const value = `zzz' UNION SELECT ${each}::text --`;
      assert.equal(await answered(value, `SELECT name FROM agents WHERE name = '${value}'`), null);
    }
    assert.ok(new Set(host.findings.map(({ key }) => key)).size - before <= 1);
  });
});
