import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { postgresUrl } from '../../../scripts/services.ts';
import {
  HttpFinished,
  SqlFinished,
  SqlSummary,
  bucketOf,
  emptyBuckets,
  type Database,
} from '../../../shared/index.ts';
import { fakeStatement, testHost, type TestHost } from '../../../shared/testing.ts';
import slowQueries from '../index.ts';

describe('the index advisor', function () {
  this.timeout(120_000);
  const name = `outrider_advisor_${process.pid}`;
  let admin: pg.Client;
  let client: pg.Client;
  let host: TestHost;

  before(async () => {
    admin = new pg.Client({ connectionString: postgresUrl() });
    await admin.connect();
    await admin.query(`CREATE DATABASE ${name}`);
    client = new pg.Client({
      connectionString: Object.assign(new URL(postgresUrl()), { pathname: `/${name}` }).href,
    });
    await client.connect();
    await client.query(
      'CREATE TABLE messages (id int PRIMARY KEY, execution_id int NOT NULL, content text NOT NULL)',
    );
    await client.query(
      "INSERT INTO messages SELECT n, n % 20000, 'secret-' || md5(n::text) FROM generate_series(1, 150000) n",
    );
    await client.query('VACUUM ANALYZE messages');
    host = await testHost(slowQueries, { database });
    await host.emit(SqlFinished, statement);
    await host.emit(HttpFinished, exchange);
    await count(120, 10);
  });
  after(async () => {
    await host?.dispose();
    await client?.end();
    await admin?.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin?.end();
  });

  const database: Partial<Database> = {
    async query<Row>(text: string, parameters: readonly unknown[] = []) {
      const { rows } = await client.query(text, [...parameters]);
      // Safe: the rows are what the statement selects.
      return rows as readonly Row[];
    },
    explain: () => Promise.reject(new Error('not asked here')),
    canTryIndexes: async () => false,
  };
  const text = 'SELECT * FROM messages WHERE execution_id = $1';
  const count = async (durationMs: number, calls: number): Promise<void> => {
    const buckets = emptyBuckets();
    buckets[bucketOf(durationMs)] = calls;
    const sums = { durationMsSum: durationMs * calls, durationMsMax: durationMs, buckets };
    const rows = [{ fingerprint: 'f1', text, count: calls, errors: 0, rows: calls, ...sums }];
    await host.emit(SqlSummary, { seconds: 1, rows, sampledAway: 0, connections: 1, opaqueConnections: 0 });
  };

  it('tells what would serve the recorded workload, for each query and each route, once', async () => {
    const view = JSON.stringify(await host.run('advise-indexes'));
    assert.match(
      view,
      /CREATE INDEX CONCURRENTLY IF NOT EXISTS messages_execution_id_idx ON public.messages \(execution_id\);/,
    );
    assert.match(view, /GET \/messages: \d+ → [\d.]+ ms/);
    await host.run('advise-indexes');
    assert.equal(host.events.filter(({ type }) => type === 'slow-queries/indexes-advised').length, 1);
    assert.equal(host.events.filter(({ type }) => type === 'slow-queries/index-suggested').length, 1);
    assert.match(JSON.stringify(host.view('index-advice')), /messages_execution_id_idx/);
  });

  it('keeps the values of statistics out of events and logs', () => {
    assert.ok(!JSON.stringify(host.events).includes('secret-'));
    assert.ok(!JSON.stringify(host.logged).includes('secret-'));
  });

  it('writes a migration, and tells afterwards what was promised and what came of it', async () => {
    const { text: file } = (await host.run('apply-indexes', { format: 'sql' })) as { text: string };
    const ddl = file.split('\n').find((line) => line.startsWith('CREATE INDEX')) ?? '';
    await client.query(ddl);
    await host.advance(61);
    await count(0.4, 50);
    await host.advance(61);
    const delivered = host.events.find(({ type }) => type === 'slow-queries/index-delivered');
    assert.ok(delivered);
    const { p95BeforeMs, p95Ms } = delivered.data as { p95BeforeMs: number; p95Ms: number };
    assert.ok(p95BeforeMs > 60 && p95Ms < 1, JSON.stringify(delivered));
    assert.match(JSON.stringify(host.view('index-advice')), /Promised and delivered/);
  });

  it('refuses to write what is not advised', async () => {
    await assert.rejects(host.run('apply-indexes', { indexes: ['other'] }), { code: 'not_found' });
  });

  const statement = fakeStatement({
    exchangeId: 'e1',
    attribution: 'exact',
    text,
    parameters: ['77'],
    reads: ['messages'],
    rows: 7,
    durationMs: 120,
  });
  const exchange = HttpFinished.schema.parse({
    exchangeId: 'e1',
    method: 'GET',
    route: '/messages',
    target: '/messages',
    status: 200,
    durationMs: 130,
    firstByteMs: 129,
    requestBytes: 0,
    replyBytes: 10,
    principal: null,
    clientAddress: '127.0.0.1',
    servedBy: 'backend',
    isStreaming: false,
    isUpgrade: false,
  });
});
