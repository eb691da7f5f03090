import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import pg from 'pg';
import QueryStream from 'pg-query-stream';
import type { SqlVerdict, StatementAttempt } from '../../shared/index.ts';
import { postgresUrl } from '../../scripts/services.ts';
import { RawClient } from './raw-client.ts';
import { ownDatabase, tapUnderTest, until, type TapUnderTest } from './tap-under-test.ts';
import { client as message } from './transcript.ts';

const judge = ({ text }: StatementAttempt): SqlVerdict =>
  text.includes('forbidden') ? { allow: false, reason: 'it is forbidden' } : { allow: true };

const guards = {
  'answers at once': judge,
  'answers later': async (attempt: StatementAttempt): Promise<SqlVerdict> => {
    await new Promise((resolve) => setImmediate(resolve));
    return judge(attempt);
  },
};

for (const [how, guard] of Object.entries(guards))
  describe(`a statement refused by a guard that ${how}`, () => {
    let database: Awaited<ReturnType<typeof ownDatabase>>;
    let tapped: TapUnderTest;
    let client: pg.Client;
    let raw: RawClient;

    before(async () => {
      database = await ownDatabase(postgresUrl(), 'outrider_refusal');
    });
    after(() => database.drop());
    beforeEach(async () => {
      tapped = await tapUnderTest(database.url);
      tapped.guard = guard;
      client = await tapped.connect();
      raw = new RawClient(tapped.port);
      await raw.login(database.url);
    });
    afterEach(async () => {
      await client.end();
      raw.end();
      await tapped.close();
    });

    it('fails with 42501 and a reference, was never executed, and the session goes on', async () => {
      await client.query('CREATE TEMP TABLE kept (a int)');
      await assert.rejects(client.query('INSERT INTO kept VALUES (1) -- forbidden'), {
        code: '42501',
        message: /it is forbidden \(reference sql-\d+-1\)/,
      });
      await assert.rejects(client.query('INSERT INTO kept VALUES ($1) -- forbidden', [1]), { code: '42501' });
      const { rows } = await client.query('SELECT count(*)::int AS count FROM kept');
      assert.deepEqual(rows, [{ count: 0 }]);
      await tapped.told('count(*)');
      assert.deepEqual(
        tapped.finished.filter(({ text }) => text.includes('forbidden')),
        [],
      );
    });

    it('fails the open transaction for client and server alike', async () => {
      raw.send(message.query('BEGIN'));
      assert.equal(await raw.ready(), 'C ZT');
      raw.send(message.query('SELECT 1 AS forbidden'));
      assert.equal(await raw.ready(), 'E ZE');
      raw.send(message.query('SELECT 1 AS forbidden'));
      assert.equal(await raw.ready(), 'E ZE');
      raw.send(message.query('SELECT 2'));
      assert.equal(await raw.ready(), 'E ZE');
      raw.send(message.query('ROLLBACK'));
      assert.equal(await raw.ready(), 'C ZI');
    });

    it('is answered in its place in a pipeline of simple queries', async () => {
      raw.send(
        message.query('SELECT 1'),
        message.query('SELECT 2 AS forbidden'),
        message.query('SELECT 3'),
        message.query('SELECT 4 AS forbidden'),
        message.query('SELECT 5'),
      );
      await until(() => raw.received.filter(({ type }) => type === 'Z').length === 5, 'five answers');
      assert.deepEqual(
        raw.errors().map(({ sqlstate }) => sqlstate),
        ['42501', '42501'],
      );
      assert.equal(raw.take(), 'T D C ZI E ZI T D C ZI E ZI T D C ZI');
    });

    it('skips the rest of its pipeline up to the Sync, and nothing after it', async () => {
      const execution = (text: string): readonly Buffer[] => [
        message.parse('', text),
        message.bind('', ''),
        message.execute(''),
      ];
      raw.send(
        ...execution('SELECT 1'),
        ...execution('SELECT 2 AS forbidden'),
        ...execution('SELECT 3'),
        message.sync(),
        ...execution('SELECT 4'),
        message.sync(),
      );
      await until(() => raw.received.filter(({ type }) => type === 'Z').length === 2, 'two answers');
      assert.equal(raw.errors()[0]?.sqlstate, '42501');
      assert.equal(raw.take(), '1 2 D C 1 E ZI 1 2 D C ZI');
    });

    it('leaves an earlier error of the same pipeline its place', async () => {
      raw.send(
        message.parse('', 'SELECT 1/0'),
        message.bind('', ''),
        message.execute(''),
        message.parse('', 'SELECT 2 AS forbidden'),
        message.bind('', ''),
        message.execute(''),
        message.sync(),
        message.query('SELECT 3'),
      );
      await until(() => raw.received.filter(({ type }) => type === 'Z').length === 2, 'two answers');
      assert.equal(raw.errors()[0]?.sqlstate, '22012');
      assert.equal(raw.take(), '1 E ZI T D C ZI');
    });

    it('can be a prepared one, refused for its values', async () => {
      tapped.guard = ({ parameters }) =>
        parameters[0] === '13' ? { allow: false, reason: 'no' } : { allow: true };
      const ask = (id: number): Promise<pg.QueryResult> =>
        client.query({ name: 'by-id', text: 'SELECT $1::int AS id', values: [id] });
      assert.deepEqual((await ask(12)).rows, [{ id: 12 }]);
      await assert.rejects(ask(13), { code: '42501' });
      assert.deepEqual((await ask(14)).rows, [{ id: 14 }]);
    });

    it('does not disturb large results, cursors and copies around it', async () => {
      const wide = client.query("SELECT repeat('x', 1000) AS wide FROM generate_series(1, 5000)");
      const refused = assert.rejects(client.query('SELECT 1 AS forbidden'), { code: '42501' });
      const stream = client.query(
        new QueryStream('SELECT generate_series(1, 250) AS n', [], { batchSize: 100 }),
      );
      let last = 0;
      for await (const row of stream as AsyncIterable<{ n: number }>) last = row.n;
      assert.deepEqual([(await wide).rows.length, last], [5000, 250]);
      await refused;
      const fetches = await tapped.told('AS n', 3);
      assert.deepEqual(
        fetches.map(({ isPartial, rows }) => [isPartial, rows]),
        [
          [true, 100],
          [true, 100],
          [false, 50],
        ],
      );
      raw.send(message.query('CREATE TEMP TABLE copied (a int); COPY copied FROM STDIN'));
      await until(() => raw.received.some(({ type }) => type === 'G'), 'CopyInResponse');
      raw.send(message.copyData('1\n'), message.copyDone(), message.query('SELECT 1 AS forbidden'));
      await until(() => raw.received.filter(({ type }) => type === 'Z').length === 2, 'two answers');
      assert.equal(raw.take(), 'C G C ZI E ZI');
    });

    it('goes back to forwarding first once no guard is configured', async () => {
      await assert.rejects(client.query('SELECT 1 AS forbidden'), { code: '42501' });
      tapped.guard = null;
      await client.query('SELECT 1 AS forbidden');
      const before = tapped.attempts.length;
      await client.query('SELECT 2 AS forbidden');
      assert.equal(tapped.attempts.length, before);
      tapped.guard = guard;
      await assert.rejects(client.query('SELECT 3 AS forbidden'), { code: '42501' });
    });

    it('is shown to the guard with its values, fingerprint and origin', async () => {
      tapped.exchanges.push({ id: 'x', traceId: 'a'.repeat(32), startedMs: 0, values: () => new Set() });
      await client.query('SELECT $1::int, $2::text AS shown', [1, null]);
      const attempt = tapped.attempts.find(({ text }) => text.includes('shown'));
      const [statement] = await tapped.told('shown');
      assert.equal(attempt?.fingerprint, statement?.fingerprint);
      assert.deepEqual(
        [attempt?.parameters, attempt?.exchangeId, attempt?.attribution, attempt?.candidateExchangeIds],
        [['1', null], 'x', 'inferred', ['x']],
      );
      await assert.rejects(client.query('SELECT forbidden'), { message: /reference x/ });
    });
  });
