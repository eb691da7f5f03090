import assert from 'node:assert/strict';
import { transformSync } from 'esbuild';
import { after, before, describe, it } from 'mocha';
import { buildProbe } from '../../scripts/build-sidecar.ts';
import { postgresUrl } from '../../scripts/services.ts';
import { ownDatabase, tapUnderTest, type TapUnderTest } from '../sql/tap-under-test.ts';
import type { FinishedStatement } from '../sql/statements.ts';
import { lineOf, projectWith, type Project } from './app-under-test.ts';

/** A real backend with the probe, before the real tap and PostgreSQL. */
describe('The probe in a Node backend', () => {
  let database: Awaited<ReturnType<typeof ownDatabase>>;
  let tapped: TapUnderTest;
  let project: Project;

  before(async () => {
    project = projectWith(await buildProbe());
    database = await ownDatabase(postgresUrl(), 'probe');
    tapped = await tapUnderTest(database.url);
  });
  after(async () => {
    await tapped?.close();
    await database?.drop();
    project?.remove();
  });

  const run = (
    file: string,
    source: string,
    options: Parameters<Project['run']>[1] = {},
  ): Promise<string> => {
    project.write(file, source);
    return project.run(file, { ...options, env: { DATABASE_URL: tapped.url, ...options.env } });
  };
  const told = async (word: string, count = 1): Promise<readonly (readonly [string, number] | null)[]> =>
    (await tapped.told(word, count)).map(({ where }) => where && ([where.file, where.line] as const));

  const uses = `
const one = (word) => 'SELECT 1 AS ' + word
async function main() {
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 2 })
  await pool.query(one('by_pool'))
  await new Promise((done, failed) => {
    pool.query(one('by_callback'), (error) => (error ? failed(error) : done()))
  })
  await Promise.all([1, 2, 3, 4, 5].map(
    (n) => pool.query('SELECT $1::int AS by_many', [n])))
  const client = await pool.connect()
  await client.query(one('by_client'))
  await client.query({ text: 'SELECT $1::int AS by_object', values: [1] })
  const cursor = client.query(new Cursor(one('by_cursor')))
  await cursor.read(1)
  await cursor.close()
  const stream = client.query(new QueryStream(one('by_stream')))
  for await (const _ of stream);
  await new Promise((done) => client.query(new pg.Query(one('by_submit'))).on('end', done))
  client.release()
  await pool.end()
}
main()
`;
  const words = ['pool', 'callback', 'client', 'object', 'cursor', 'stream', 'submit'].map(
    (each) => `by_${each}`,
  );

  for (const [file, imports] of [
    [
      'app.mjs',
      `import pg from 'pg'; import Cursor from 'pg-cursor'; import QueryStream from 'pg-query-stream';`,
    ],
    [
      'app.cjs',
      `const [pg, Cursor, QueryStream] = ['pg', 'pg-cursor', 'pg-query-stream'].map((each) => require(each));`,
    ],
  ] as const)
    it(`tells the line of each way to ask, in ${file}`, async () => {
      tapped.finished.length = 0;
      const source = imports + uses;
      await run(file, source);
      for (const word of words) assert.deepEqual(await told(word), [[file, lineOf(source, word)]], word);
      const many = await told('by_many', 5);
      assert.deepEqual(
        many,
        Array.from({ length: 5 }, () => [file, lineOf(source, 'by_many')]),
      );
    });

  it('tells each line that uses a named statement, and leaves its text alone', async () => {
    const source = `
import pg from 'pg'
const client = new pg.Client(process.env.DATABASE_URL)
await client.connect()
const statement = Object.freeze({ name: 'named', text: 'SELECT $1::int AS named' })
const first = () => client.query(statement, [1])
const second = () => client.query({ ...statement, values: [2] })
for (let n = 0; n < 2; n++) { await first(); await second() }
await client.query('BEGIN')
await client.query('SELECT broken').catch(() => {})
const third = await client.query({ ...statement, values: [3] }).catch(({ code }) => code)
await client.query('ROLLBACK')
const clash = await client.query({ name: 'named', text: 'SELECT 2' }).catch(({ message }) => message)
console.log(JSON.stringify([third, clash]))
await client.end()
`;
    const printed = await run('named.mjs', source);
    assert.deepEqual(JSON.parse(printed), [
      '25P02',
      "Prepared statements must be unique - 'named' was used for a different statement",
    ]);
    const [one, two, three] = ['first', 'second', 'third'].map((each) => lineOf(source, `const ${each}`));
    const lines = (await told('AS named', 5)).map((where) => where?.[1]);
    assert.deepEqual(lines, [one, two, one, two, three]);
    const texts = new Set((await tapped.told('AS named')).map(({ text }) => text));
    assert.deepEqual([...texts], ['SELECT $1::int AS named']);
  });

  it('ties statements to their requests, also while requests wait for the same connection', async () => {
    const source = `
import http from 'node:http'
import pg from 'pg'
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 1 })
const server = http.createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://here')
  const number = Number(pathname.slice(1))
  if (request.method === 'POST') await new Promise((done) => request.on('data', () => {}).on('end', done))
  await pool.query('SELECT $1::int AS asked', [number])
  await pool.query({ name: 'prepared', text: 'SELECT $1::int AS prepared', values: [number] })
  pool.connect((error, client, release) =>
    client.query('SELECT $1::int AS connected', [number], () => { release(); response.end() }))
}).listen(0, async () => {
  const ask = (number) => fetch('http://127.0.0.1:' + server.address().port + '/' + number, {
    method: number % 2 ? 'POST' : 'GET',
    ...(number % 2 && { body: 'x'.repeat(100_000) }),
    headers: { traceparent: '00-' + String(number).padStart(32, '0') + '-00f067aa0ba902b7-01' },
  })
  await Promise.all(Array.from({ length: 30 }, (_, at) => ask(at + 1)))
  await fetch('http://127.0.0.1:' + server.address().port + '/99', { headers: { traceparent: "'*/ DROP" } })
  server.close()
  await pool.end()
})
`;
    await run('server.mjs', source);
    for (const word of ['asked', 'prepared', 'connected']) {
      const statements = await tapped.told(`AS ${word}`, 31);
      const traced = statements.filter(({ parameters }) => parameters[0] !== '99');
      const wrong = traced.filter(({ traceId, parameters }) => Number(traceId) !== Number(parameters[0]));
      assert.deepEqual(wrong, [], word);
      assert.ok(
        traced.every(({ attribution }) => attribution === 'exact'),
        word,
      );
      assert.equal(statements.find(({ parameters }) => parameters[0] === '99')?.traceId, null);
    }
  });

  it('knows requests over TLS too', async () => {
    const traceparent = `00-${'ef'.repeat(16)}-${'ab'.repeat(8)}-01`;
    const source = `
import https from 'node:https'
import pg from 'pg'
const client = new pg.Client(process.env.DATABASE_URL)
await client.connect()
const server = https.createServer(() => client.query('SELECT 1 AS secured').then(() => client.end()))
server.emit('request', { method: 'GET', headers: { traceparent: '${traceparent}' } }, {})
`;
    await run('secure.mjs', source);
    assert.equal((await tapped.told('AS secured'))[0]?.traceId, 'ef'.repeat(16));
  });

  it('takes the span of OpenTelemetry where one is active', async () => {
    const source = `
import { context, trace, ROOT_CONTEXT } from '@opentelemetry/api'
import pg from 'pg'
const spanContext = { traceId: '${'ab'.repeat(16)}', spanId: '${'cd'.repeat(8)}', traceFlags: 1 }
const active = trace.setSpan(ROOT_CONTEXT, trace.wrapSpanContext(spanContext))
context.setGlobalContextManager({
  active: () => active, with: (_, call, self, ...rest) => call.apply(self, rest), bind: (_, call) => call,
  enable() { return this }, disable() { return this },
})
const client = new pg.Client(process.env.DATABASE_URL)
await client.connect()
await client.query('SELECT 1 AS spanned')
await client.end()
`;
    await run('spanned.mjs', source);
    const [statement] = await tapped.told('AS spanned');
    assert.deepEqual([statement?.traceId, statement?.attribution], ['ab'.repeat(16), 'exact']);
    assert.match(statement?.tags?.['traceparent'] ?? '', /-(?:cd){8}-01$/);
  });

  it('names the line that was written where source maps are on', async () => {
    const written = `import pg from 'pg';
interface Wide { readonly text: string }
enum Two { One, Other }
const client = new pg.Client(process.env.DATABASE_URL);
await client.connect();
async function ask({ text }: Wide): Promise<void> {
  await client.query(text + ' AS mapped' + Two.One);
}
await ask({ text: 'SELECT 1' });
await client.end();
`;
    const { code } = transformSync(written, {
      loader: 'ts',
      format: 'esm',
      sourcemap: 'inline',
      sourcefile: 'written.ts',
      minifyWhitespace: true,
    });
    await run('made.mjs', code, { flags: ['--enable-source-maps'] });
    const [statement] = await tapped.told('AS mapped');
    assert.deepEqual(statement?.where, { file: 'written.ts', line: 7, function: 'ask' });
  });

  it('works beside tsx', async () => {
    const source = `import pg from 'pg';
const client: pg.Client = new pg.Client(process.env.DATABASE_URL);
await client.connect();

await client.query('SELECT 1 AS by_tsx');
await client.end();
`;
    await run('typed.mts', source, { flags: ['--import', 'tsx'] });
    assert.deepEqual(await told('by_tsx'), [['typed.mts', 5]]);
  });

  it('finds the caller behind TypeORM', async () => {
    const source = `
import { DataSource, EntitySchema } from 'typeorm'
const Agent = new EntitySchema({ name: 'Agent', tableName: 'agents', columns: { id: { type: 'int', primary: true } } })
const source = await new DataSource({ type: 'postgres', url: process.env.DATABASE_URL, entities: [Agent], synchronize: true }).initialize()
async function find() {
  return await source.getRepository('Agent').findOneBy({ id: 7 })
}
await find()
await source.destroy()
`;
    await run('orm.mjs', source);
    const [statement] = await tapped.told('"Agent"."id" = $1');
    assert.deepEqual(statement?.where, {
      file: 'orm.mjs',
      line: lineOf(source, 'findOneBy'),
      function: 'find',
    });
  });

  const drizzled = `
const agents = pgTable('pg_tables', { name: text('tablename'), owner: text('tableowner') })
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 2 })
const db = drizzle(pool, { schema: { agents } })
const like = (word) => sql.raw("'" + word + "'")
async function main() {
  const rows = await db.select({ n: like('by_await') }).from(agents).limit(1)
  await Promise.all([1, 2, 3].map((n) =>
    db.select({ n: like('by_all') }).from(agents).limit(n)))
  const returned = async () => {
    return db.select({ n: like('by_return') }).from(agents).limit(1)
  }
  await returned()
  await db.select({ n: like('by_then') }).from(agents).limit(1).then((found) => found)
  await db.select({ n: like('by_execute') }).from(agents).limit(1).execute()
  await db.execute(sql.raw("select 1 as by_raw"))
  await db.query.agents.findFirst({ columns: { name: true }, extras: { n: sql.raw("'by_relation'").as('n') } })
  await db.transaction(async (tx) => {
    await tx.select({ n: like('by_transaction') }).from(agents).limit(1)
  })
  const failed = await db.select({ n: like('by_failing') }).from(sql.raw('nothing')).catch(() => 'caught')
  console.log(JSON.stringify([rows, failed]))
  await pool.end()
}
main()
`;

  for (const [file, imports] of [
    [
      'drizzled.mjs',
      `import pg from 'pg'; import { sql } from 'drizzle-orm'; import { drizzle } from 'drizzle-orm/node-postgres'; import { pgTable, text } from 'drizzle-orm/pg-core';`,
    ],
    [
      'drizzled.cjs',
      `const pg = require('pg'); const { sql } = require('drizzle-orm'); const { drizzle } = require('drizzle-orm/node-postgres'); const { pgTable, text } = require('drizzle-orm/pg-core');`,
    ],
  ] as const)
    it(`tells the line that awaits a query of Drizzle, in ${file}`, async () => {
      tapped.finished.length = 0;
      const source = imports + drizzled;
      assert.deepEqual(JSON.parse(await run(file, source)), [[{ n: 'by_await' }], 'caught']);
      const ways = ['await', 'all', 'return', 'then', 'execute', 'raw', 'relation', 'transaction', 'failing'];
      for (const word of ways.map((each) => `by_${each}`)) {
        const [found] = await told(word, word === 'by_all' ? 3 : 1);
        assert.equal(found?.[0], file, word);
        const line = lineOf(source, word);
        // Where a builder is made on the lines of one \`Promise.all\`, that is the line that awaits it.
        assert.equal(found?.[1], word === 'by_all' ? line - 1 : line, word);
      }
    });

  it('ties what Drizzle runs to the request that awaits it', async () => {
    const source = `
import http from 'node:http'
import pg from 'pg'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 1 })
const db = drizzle(pool)
const server = http.createServer(async (request, response) => {
  const number = Number(new URL(request.url, 'http://here').pathname.slice(1))
  await db.select({ n: sql\`\${number}::int\`.as('drizzle_asked') }).from(sql.raw('(values (1)) as v'))
  response.end()
}).listen(0, async () => {
  const ask = (number) => fetch('http://127.0.0.1:' + server.address().port + '/' + number, {
    headers: { traceparent: '00-' + String(number).padStart(32, '0') + '-00f067aa0ba902b7-01' },
  })
  await Promise.all(Array.from({ length: 20 }, (_, at) => ask(at + 1)))
  server.close()
  await pool.end()
})
`;
    await run('drizzle-server.mjs', source);
    const statements = await tapped.told('drizzle_asked', 20);
    const wrong = statements.filter(({ traceId, parameters }) => Number(traceId) !== Number(parameters[0]));
    assert.deepEqual(wrong, []);
    assert.ok(statements.every(({ where }) => where?.line === lineOf(source, 'drizzle_asked')));
  });

  const failing = `
import pg from 'pg'
const client = new pg.Client(process.env.DATABASE_URL)
await client.connect()
const texts = ['selec 1', "SELECT 'open", 'SELECT "open', 'SELECT 1 /* open', '/* own */ SELECT 1', 'SELECT 1; SELECT 2',
  'SELECT 1 -- last', '', ';', 'SELECT $$open', 'SELECT nothing', 'SELECT ? AS a']
const tried = []
for (const text of texts) for (const values of [undefined, [], [1]])
  tried.push(await client.query(text, values).then(
    (result) => [result].flat().map(({ rows, command }) => [rows, command]),
    ({ code, position, severity, routine }) => [code, position, severity, routine]))
for (const odd of [null, undefined, 7, {}, { text: null }, { name: 'x' }, { text: 'SELECT 1', values: 'no' }])
  tried.push(await Promise.resolve().then(() => client.query(odd)).then(({ rows }) => rows, ({ name, message }) => [name, message]))
const { stackTraceLimit, prepareStackTrace } = Error
console.log(JSON.stringify([tried, stackTraceLimit, typeof prepareStackTrace]))
await client.end()
`;

  it('changes no answer and no error', async () => {
    const without = JSON.parse(await run('failing.mjs', failing, { env: { OUTRIDER_PROBE: 'off' } }));
    const with_ = JSON.parse(await run('failing.mjs', failing));
    assert.deepEqual(with_, without);
  });

  it('is silent when it is turned off, whole or in part', async () => {
    const source = `
import pg from 'pg'
const client = new pg.Client(process.env.DATABASE_URL)
await client.connect()
await client.query('SELECT 1 AS ' + process.argv[2])
await client.query({ name: 'n', text: 'SELECT 2 AS ' + process.argv[2] })
await client.end()
`;
    const kinds = async (word: string, setting: string): Promise<readonly (string | undefined)[]> => {
      await run('off.mjs', source.replaceAll('process.argv[2]', `'${word}'`), {
        env: { OUTRIDER_PROBE: setting },
      });
      return (await tapped.told(word, 2)).map(({ where }) => where?.file);
    };
    assert.deepEqual(await kinds('off_all', 'off'), [undefined, undefined]);
    assert.deepEqual(await kinds('off_trace', 'trace'), [undefined, undefined]);
    assert.deepEqual(await kinds('off_named', 'site'), ['off.mjs', undefined]);
    assert.deepEqual(await kinds('off_none', 'on'), ['off.mjs', 'off.mjs']);
  });

  it('leaves the fingerprint as it is', async () => {
    const client = await tapped.connect();
    await client.query('SELECT 1 AS shaped');
    await client.end();
    await run(
      'shaped.mjs',
      `import pg from 'pg'
const client = new pg.Client(process.env.DATABASE_URL)
await client.connect()
await client.query('SELECT 1 AS shaped')
await client.end()`,
    );
    const statements: readonly FinishedStatement[] = await tapped.told('shaped', 2);
    assert.equal(new Set(statements.map(({ fingerprint }) => fingerprint)).size, 1);
    assert.deepEqual(
      statements.map(({ where }) => where?.line),
      [undefined, 4],
    );
  });
});
