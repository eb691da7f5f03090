import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import type pg from 'pg';
import QueryStream from 'pg-query-stream';
import { postgresUrl } from '../../scripts/services.ts';
import { RawClient } from './raw-client.ts';
import {
  ownDatabase,
  tapUnderTest,
  until,
  untilAsleep,
  untilWaiting,
  type TapUnderTest,
} from './tap-under-test.ts';
import { client as message, int32 } from './transcript.ts';

describe('the SQL tap before a real PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof ownDatabase>>;
  let tapped: TapUnderTest;
  let client: pg.Client;

  before(async () => {
    database = await ownDatabase(postgresUrl(), 'outrider_tap');
  });
  after(() => database.drop());
  beforeEach(async () => {
    tapped = await tapUnderTest(database.url);
    client = await tapped.connect();
  });
  afterEach(async () => {
    await client.end();
    await tapped.close();
  });

  it('tells a parameterised statement with its tables, values, rows and time', async () => {
    await client.query('CREATE TABLE IF NOT EXISTS agents (id int primary key, name text, data jsonb)');
    await client.query('INSERT INTO agents VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [1, 'a', { b: 1 }]);
    const { rows } = await client.query('SELECT name FROM agents WHERE id = $1', [1]);
    assert.deepEqual(rows, [{ name: 'a' }]);
    const [insert] = await tapped.told('INSERT INTO agents');
    const [select] = await tapped.told('SELECT name');
    assert.deepEqual(insert?.writes, ['agents']);
    assert.deepEqual(insert.parameters, ['1', 'a', '{"b":1}']);
    assert.deepEqual(select?.reads, ['agents']);
    assert.deepEqual([select.command, select.rows, select.error], ['SELECT', 1, null]);
    assert.deepEqual([select.user, select.database], ['outrider', new URL(database.url).pathname.slice(1)]);
    assert.match(select.fingerprint, /^[0-9a-f]{16}$/);
    assert.ok(select.durationMs > 0 && select.durationMs < 5000);
  });

  it('gives statements that differ in their values one fingerprint', async () => {
    await client.query('SELECT 1 AS shape WHERE 5 IN (1, 2)');
    await client.query("SELECT  2 AS shape /* controller='x' */ WHERE 7 IN (3, 4, 5) -- end");
    const [one, two] = await tapped.told('AS shape', 2);
    assert.equal(one?.fingerprint, two?.fingerprint);
    assert.deepEqual(two?.tags, { controller: 'x' });
  });

  it('follows a transaction and tells errors with their state', async () => {
    await client.query('BEGIN');
    await client.query('SELECT 1 AS within');
    await assert.rejects(client.query('SELECT * FROM no_such_table'), { code: '42P01' });
    await assert.rejects(client.query('SELECT 2 AS aborted'), { code: '25P02' });
    await client.query('ROLLBACK');
    await tapped.told('ROLLBACK');
    assert.deepEqual(
      tapped.finished.map(({ text, transaction, error }) => [text, transaction, error?.sqlstate]),
      [
        ['BEGIN', 'I', undefined],
        ['SELECT 1 AS within', 'T', undefined],
        ['SELECT * FROM no_such_table', 'T', '42P01'],
        ['SELECT 2 AS aborted', 'E', '25P02'],
        ['ROLLBACK', 'E', undefined],
      ],
    );
  });

  it('tells a failing parameterised statement once', async () => {
    await assert.rejects(client.query('SELECT 1 / $1::int AS ratio', [0]), { code: '22012' });
    await assert.rejects(client.query('SELECT $1::int AS ratio', ['x']), { code: '22P02' });
    await assert.rejects(client.query('SELECT ratio FROM nowhere WHERE a = $1', [1]), { code: '42P01' });
    await client.query('SELECT 1');
    await tapped.told('SELECT 1');
    const failed = await tapped.told('ratio', 3);
    assert.deepEqual(
      failed.map(({ error, parameters }) => [error?.sqlstate, parameters]),
      [
        ['22012', ['0']],
        ['22P02', ['x']],
        ['42P01', ['1']],
      ],
    );
  });

  it('tells each fetch of a cursor as a partial execution', async () => {
    const stream = client.query(
      new QueryStream('SELECT generate_series(1, $1::int)', [25], { batchSize: 10 }),
    );
    let rows = 0;
    for await (const row of stream) rows += row === undefined ? 0 : 1;
    assert.equal(rows, 25);
    const fetches = await tapped.told('generate_series', 3);
    assert.deepEqual(
      fetches.map((each) => [each.isPartial, each.rows]),
      [
        [true, 10],
        [true, 10],
        [false, 5],
      ],
    );
  });

  it('passes a large result whole while the client reads slowly', async () => {
    const { rows } = await client.query("SELECT repeat('x', 1000) AS wide FROM generate_series(1, 20000)");
    assert.equal(rows.length, 20_000);
    const [wide] = await tapped.told('AS wide');
    assert.equal(wide?.rows, 20_000);
  });

  it('stops reading from PostgreSQL while the client does not read', async () => {
    const raw = new RawClient(tapped.port);
    await raw.login(database.url);
    raw.socket.pause();
    raw.send(message.query("SELECT repeat('x', 1000) AS held_up FROM generate_series(1, 100000)"));
    await untilWaiting(client, 'ClientWrite');
    raw.socket.resume();
    assert.match(await raw.ready(), /D C ZI$/);
    raw.end();
  });

  it('stops reading from the client while PostgreSQL does not read', async () => {
    const raw = new RawClient(tapped.port);
    await raw.login(database.url);
    raw.send(message.query('SELECT pg_sleep(0.3) AS busy'));
    const rows = message.copyData('x'.repeat(1024 * 1024));
    for (let megabytes = 0; megabytes < 64; megabytes++) raw.socket.write(rows);
    await untilWaiting(client, 'PgSleep');
    assert.ok(raw.socket.writableLength > 32 * 1024 * 1024);
    // Rows outside of a copy are ignored, so the session is in step after them.
    raw.send(message.query('SELECT 1'));
    await raw.ready(2);
    raw.end();
  });

  it('leaves nothing behind of clients that vanish', async () => {
    const open = tapped.tap.stats.connections;
    const clients = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const raw = new RawClient(tapped.port);
        await raw.login(database.url);
        return raw;
      }),
    );
    assert.equal(tapped.tap.stats.connections, open + 20);
    for (const raw of clients) {
      raw.send(message.query("SELECT repeat('x', 1000) FROM generate_series(1, 1000)"));
      raw.socket.resetAndDestroy();
    }
    await until(() => tapped.tap.stats.connections === open, 'they are gone');
    assert.equal(tapped.tap.stats.opaqueConnections, 0);
  });

  it('passes statements and values far longer than a frame that is decoded', async () => {
    const long = 'y'.repeat(3_000_000);
    const bound = await client.query('SELECT length($1) AS bound_length', [long]);
    assert.deepEqual(bound.rows, [{ bound_length: 3_000_000 }]);
    const inlined = await client.query(`SELECT length('${long}') AS text_length`);
    assert.deepEqual(inlined.rows, [{ text_length: 3_000_000 }]);
    const [first] = await tapped.told('bound_length');
    const [second] = await tapped.told("SELECT length('yyy");
    assert.deepEqual([first?.rows, second?.rows, second?.text.length], [1, 1, 16_384]);
    assert.equal(tapped.tap.stats.opaqueConnections, 0);
  });

  it('passes notifications between connections', async () => {
    const heard = once(client, 'notification');
    await client.query('LISTEN channel');
    const other = await tapped.connect();
    await other.query("NOTIFY channel, 'hello'");
    await other.end();
    const [{ payload }] = (await heard) as [{ payload: string }];
    assert.equal(payload, 'hello');
  });

  it('carries a cancel request to the statement it is for', async () => {
    // Safe: node-postgres has these fields of BackendKeyData, its types do not tell.
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const sleeping = client.query('SELECT pg_sleep(30)');
    const watcher = await tapped.connect();
    await untilAsleep(watcher, processID);
    const canceller = new RawClient(tapped.port);
    canceller.send(int32(16), int32(80877102), int32(processID), int32(secretKey));
    await assert.rejects(sleeping, { code: '57014' });
    await until(() => canceller.isClosed, 'the cancel connection is closed');
    await watcher.end();
    const [cancelled] = await tapped.told('pg_sleep');
    assert.equal(cancelled?.error?.sqlstate, '57014');
  });

  it('tells what a pipelining client executed, in order', async () => {
    const raw = new RawClient(tapped.port);
    await raw.login(database.url);
    raw.send(
      ...[1, 2, 3].flatMap((n) => [
        message.parse('', `SELECT ${n} AS piped, pg_sleep(0.02)`),
        message.bind('', ''),
        message.execute(''),
      ]),
      message.sync(),
      message.query('SELECT 4 AS piped; SELECT 5 AS piped'),
    );
    assert.equal(await raw.ready(2), '1 2 D C 1 2 D C 1 2 D C ZI T D C T D C ZI');
    const piped = await tapped.told('AS piped', 5);
    assert.deepEqual(
      piped.map(({ text }) => text.slice(0, 8)),
      ['SELECT 1', 'SELECT 2', 'SELECT 3', 'SELECT 4', 'SELECT 5'],
    );
    for (const [index, each] of piped.entries()) {
      const before = piped[index - 1];
      if (before) assert.ok(each.startedAtMs >= before.startedAtMs + before.durationMs - 0.01);
    }
    raw.end();
  });

  it('understands frames that arrive byte by byte', async () => {
    const raw = new RawClient(tapped.port);
    raw.socket.setNoDelay(true);
    await raw.login(database.url);
    const bytes = Buffer.concat([
      message.parse('s', 'SELECT $1::text AS bytewise'),
      message.bind('', 's', ['äöü']),
      message.execute(''),
      message.sync(),
    ]);
    for (const byte of bytes) raw.send(Buffer.from([byte]));
    assert.equal(await raw.ready(), '1 2 D C ZI');
    const [one] = await tapped.told('bytewise');
    assert.deepEqual(one?.parameters, ['äöü']);
    raw.end();
  });

  it('copies in by the extended protocol, where a Sync during the copy is ignored', async () => {
    await client.query('CREATE TEMP TABLE IF NOT EXISTS unused (a int)');
    const raw = new RawClient(tapped.port);
    await raw.login(database.url);
    raw.send(message.query('CREATE TEMP TABLE copied (a int)'));
    await raw.ready();
    raw.send(
      message.parse('', 'COPY copied FROM STDIN'),
      message.bind('', ''),
      message.execute(''),
      message.sync(),
    );
    await until(() => raw.received.some(({ type }) => type === 'G'), 'CopyInResponse');
    raw.send(message.copyData('1\n2\n'), message.copyDone(), message.sync());
    assert.equal(await raw.ready(), '1 2 G C ZI');
    raw.send(message.query('COPY copied TO STDOUT'));
    assert.equal(await raw.ready(), 'H d d c C ZI');
    const [copyIn, copyOut] = await tapped.told('COPY copied', 2);
    assert.deepEqual(
      [copyIn?.rows, copyIn?.writes, copyOut?.rows, copyOut?.reads],
      [2, ['copied'], 2, ['copied']],
    );
    raw.end();
  });

  it('leaves it to PostgreSQL to answer a frame with a wrong length', async () => {
    const raw = new RawClient(tapped.port);
    await raw.login(database.url);
    raw.send(Buffer.from([0x51, 0, 0, 0, 1, 9, 9, 9]));
    await until(() => raw.isClosed, 'PostgreSQL closes a connection with a wrong length');
    assert.match(tapped.warnings.join(), /not understood any more/);
    await client.query('SELECT 1');
  });

  it('hides secrets in texts, values and messages', async () => {
    await client.query("SELECT set_config('app.password', 'hunter2', false)");
    await client.query('SELECT $1::text AS secret', ['hunter3']);
    await assert.rejects(client.query("SELECT 'hunter4'::int AS token"));
    await tapped.told('token');
    const all = JSON.stringify(tapped.finished);
    assert.doesNotMatch(all, /hunter/);
    assert.match(all, /redacted/);
  });

  it('tells hidden values of one exchange apart without telling them', async () => {
    tapped.exchanges.push({ id: 'hidden-1', traceId: '9'.repeat(32), startedMs: 0, values: () => new Set() });
    try {
      for (const user of ['ann', 'bob', 'ann']) await client.query('SELECT $1::text AS password_of', [user]);
      await client.query("SELECT 'ann' AS password_of");
      const told = await tapped.told('password_of', 4);
      const [first, second, third] = told.map(({ parameters }) => parameters[0]);
      assert.match(String(first), /^\[redacted [\w-]{6}\]$/);
      assert.equal(first, third);
      assert.notEqual(first, second);
      assert.match(told[3]?.text ?? '', /^SELECT '\[redacted [\w-]{6}\]' AS password_of$/);
    } finally {
      tapped.exchanges.length = 0;
    }
  });

  it('joins statements to exchanges: by trace, as the only one, by transaction, by value', async () => {
    const trace = (digit: string): string => digit.repeat(32);
    const exchange = (id: string, digit: string, value: string): void =>
      void tapped.exchanges.push({
        id,
        traceId: trace(digit),
        startedMs: 0,
        values: () => new Set([value]),
      });
    exchange('a', 'a', 'alpha');
    await client.query('SELECT 1 AS j1');
    exchange('b', 'b', 'beta');
    await client.query(`SELECT 1 AS j2 /*traceparent='00-${trace('b')}-${'1'.repeat(16)}-01'*/`);
    await client.query('SELECT 1 AS j3');
    await client.query('SELECT $1::text AS j4', ['alpha']);
    await client.query('BEGIN');
    await client.query("SELECT 'beta' AS j5");
    await client.query('SELECT 1 AS j6');
    await client.query('COMMIT');
    tapped.exchanges.length = 0;
    await client.query('SELECT 1 AS j7');
    await tapped.told('j7');
    const joins = tapped.finished
      .filter(({ text }) => / j\d/.test(text))
      .map(({ exchangeId, attribution }) => `${attribution} ${exchangeId}`);
    assert.deepEqual(joins, [
      'inferred a',
      'exact b',
      'ambiguous null',
      'inferred a',
      'inferred b',
      'inferred b',
      'none null',
    ]);
  });

  it('ends idle connections when it drains, as PostgreSQL does', async () => {
    const idle = await tapped.connect();
    const gone = once(idle, 'error');
    await tapped.tap.close(5);
    const [error] = (await gone) as [{ code?: string }];
    assert.equal(error.code, '57P01');
    assert.equal(tapped.tap.stats.connections, 0);
  });
});
