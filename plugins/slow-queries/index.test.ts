import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  HttpFinished,
  SqlSummary,
  SqlFinished,
  emptyBuckets,
  reply as plain,
  type Database,
  type ExplainedPlan,
  type PostgresPlanNode,
} from '../../shared/index.ts';
import { fakeStatement, testHost, type TestHost } from '../../shared/testing.ts';
import { analysisHere } from './analysis/analysis.ts';
import { slowQueries as slowQueriesWith } from './index.ts';

const slowQueries = slowQueriesWith(analysisHere);

const statement = (more: Parameters<typeof fakeStatement>[0] = {}) =>
  fakeStatement({
    exchangeId: 'x1',
    attribution: 'exact',
    text: 'select * from runs where status = $1',
    parameters: ['failed'],
    reads: ['runs'],
    rows: 3,
    durationMs: 1500,
    ...more,
  });

const exchange = (exchangeId: string, durationMs: number) =>
  HttpFinished.schema.parse({
    exchangeId,
    method: 'GET',
    route: '/agents/:id',
    target: '/agents/7',
    status: 200,
    durationMs,
    firstByteMs: durationMs,
    requestBytes: 0,
    replyBytes: 2,
    principal: null,
    clientAddress: '127.0.0.1',
    servedBy: 'backend',
    isStreaming: false,
    isUpgrade: false,
  });

const scan: PostgresPlanNode = {
  'Node Type': 'Seq Scan',
  'Relation Name': 'runs',
  Schema: 'public',
  Alias: 'runs',
  'Startup Cost': 0,
  'Total Cost': 5000,
  'Plan Rows': 40,
  Filter: "(((runs.status)::text = 'failed'::text) AND (runs.created_at > '2026-01-01 00:00:00'::timestamp))",
};
const planOf = (root: PostgresPlanNode, totalCost: number): ExplainedPlan => ({ root, totalCost });

/** A database with one table `runs`; counts what it is asked. */
function database(more: { hasHypopg?: boolean; indexes?: object[]; withIndex?: number } = {}) {
  const asked: string[] = [];
  const answers: Database = {
    isAvailable: true,
    async explain(text, _parameters, options) {
      const indexes = options?.hypotheticalIndexes ?? [];
      asked.push(indexes.length > 0 ? `try ${indexes.join()}` : `explain ${text}`);
      return indexes.length > 0 ? planOf(scan, more.withIndex ?? 50) : planOf(scan, 5000);
    },
    canTryIndexes: async () => more.hasHypopg ?? true,
    async query<Row>(text: string) {
      const rows = /reltuples/.test(text)
        ? [{ rows: 100_000 }]
        : /pg_index/.test(text)
          ? (more.indexes ?? [])
          : [];
      // Safe: these are the rows the plugin asks for.
      return rows as unknown as readonly Row[];
    },
  };
  return { answers, asked };
}

const types = (host: TestHost): readonly string[] => host.events.map(({ type }) => type);

describe('slow-queries', () => {
  it('leaves statements below the threshold alone', async () => {
    const { answers, asked } = database();
    const host = await testHost(slowQueries, { database: answers });
    await host.emit(SqlFinished, statement({ durationMs: 999 }));
    await host.advance(5);
    assert.deepEqual(types(host), ['sql/finished']);
    assert.deepEqual(asked, []);
  });

  it('explains a slow one, suggests an index the planner would use, and raises one finding', async () => {
    const { answers, asked } = database();
    const host = await testHost(slowQueries, { database: answers });
    await host.emit(SqlFinished, statement());
    await host.advance(2);
    assert.deepEqual(types(host).slice(1), [
      'slow-queries/seen',
      'slow-queries/explained',
      'slow-queries/index-suggested',
      'slow-queries/plan-seen',
      'finding/raised',
    ]);
    assert.equal(asked[1], 'try CREATE INDEX ON public.runs (status, created_at)');
    const [finding] = host.findings;
    assert.match(
      finding?.advice ?? '',
      /CREATE INDEX CONCURRENTLY IF NOT EXISTS runs_status_created_at_idx ON public.runs/,
    );
    assert.deepEqual(finding?.evidence, [1]);
    const shown = JSON.stringify(host.view('indexes'));
    assert.match(shown, /cost 5000 → 50/);
    assert.match(shown, /DROP INDEX CONCURRENTLY IF EXISTS public.runs_status_created_at_idx;/);
  });

  it('says which line sent it, and of which statement it speaks', async () => {
    const host = await testHost(slowQueries);
    const where = { file: 'src/runs.ts', line: 12, function: 'list' };
    await host.emit(SqlFinished, statement({ where, text: "select 1 /*file='src%2Fruns.ts',line='12'*/" }));
    await host.advance(2);
    assert.deepEqual(host.findings[0]?.where, where);
    assert.deepEqual(host.findings[0]?.about, { statement: 'select 1' });
    assert.match(host.findings[0]?.title ?? '', /^This query took [\d.]+ s: select 1$/);
  });

  it('asks for the plan of one fingerprint once in a while, however often it is slow', async () => {
    const { answers, asked } = database();
    const host = await testHost(slowQueries, { database: answers, options: { explainAgainSeconds: 60 } });
    for (let times = 0; times < 50; times += 1) await host.emit(SqlFinished, statement());
    await host.advance(55);
    assert.equal(asked.filter((each) => each.startsWith('explain')).length, 1);
    assert.equal(types(host).filter((each) => each === 'slow-queries/seen').length, 50);
    await host.advance(60);
    await host.emit(SqlFinished, statement());
    await host.advance(2);
    assert.equal(asked.filter((each) => each.startsWith('explain')).length, 2);
  });

  it('marks advice the planner could not check as unverified', async () => {
    const host = await testHost(slowQueries, { database: database({ hasHypopg: false }).answers });
    await host.emit(SqlFinished, statement());
    await host.advance(2);
    assert.match(JSON.stringify(host.view('indexes')), /unverified/);
  });

  it('suggests nothing that exists, and nothing the planner would not use', async () => {
    const existing = [{ columns: ['status', 'created_at', 'id'], method: 'btree', isWhole: true }];
    for (const more of [{ indexes: existing }, { withIndex: 4900 }]) {
      const host = await testHost(slowQueries, { database: database(more).answers });
      await host.emit(SqlFinished, statement());
      await host.advance(2);
      assert.ok(!types(host).includes('slow-queries/index-suggested'), JSON.stringify(more));
      assert.equal(host.findings.length, 1);
    }
  });

  it('is not fooled by values that were redacted', async () => {
    const given: (readonly (string | null)[])[] = [];
    const { answers } = database();
    const host = await testHost(slowQueries, {
      database: {
        ...answers,
        explain: async (_text, parameters) => (given.push(parameters), planOf(scan, 5000)),
      },
    });
    await host.emit(SqlFinished, statement({ parameters: ['[redacted 9hG2xQ]'] }));
    await host.advance(2);
    assert.deepEqual(given[0], []);
  });

  it('says what to configure when there is no connection for plans', async () => {
    const host = await testHost(slowQueries);
    await host.emit(SqlFinished, statement());
    await host.advance(2);
    assert.match(host.findings[0]?.advice ?? '', /sql\.inspectUrl/);
    assert.match(JSON.stringify(await host.run('open', { fingerprint: 'f1' })), /There is no plan/);
  });

  it('draws the plan with its expensive node marked, and finds it again in the log', async () => {
    const root: PostgresPlanNode = {
      'Node Type': 'Limit',
      'Total Cost': 5001,
      'Plan Rows': 10,
      Plans: [scan],
    };
    const { answers } = database();
    const host = await testHost(slowQueries, {
      database: { ...answers, explain: async () => planOf(root, 5001) },
    });
    await host.emit(SqlFinished, statement());
    await host.advance(2);
    const view = JSON.stringify(await host.run('open', { fingerprint: 'f1' }));
    assert.match(view, /"label":"Seq Scan on runs".*"isExpensive":true/);
    const explained = JSON.stringify(await host.run('explain', { text: 'select 1' }));
    assert.match(explained, /Seq Scan on runs/);
  });

  it('tells of a request that waited until another gave its connection back', async () => {
    const host = await testHost(slowQueries);
    const { at } = await host.emit(SqlFinished, statement({ user: 'other' }));
    const after = (ms: number): string => new Date(Date.parse(at) + ms).toISOString();
    const ran = (connection: number, exchangeId: string, startMs: number, durationMs: number) =>
      statement({
        connection,
        exchangeId,
        startedAt: after(startMs),
        durationMs,
        text: `select ${exchangeId}`,
      });
    await host.advance(4);
    await host.emit(SqlFinished, ran(11, 'a', 900, 2100));
    await host.emit(SqlFinished, ran(12, 'b', 800, 3000));
    await host.emit(SqlFinished, ran(11, 'late', 3005, 20));
    await host.emit(HttpFinished, exchange('late', 3000));
    await host.advance(12);
    const [found] = host.findings.filter(({ rule }) => rule === 'slow-queries/pool-wait');
    assert.match(found?.title ?? '', /^GET \/agents\/:id waited 2\.0 s for a database connection$/);
    assert.match(found?.advice ?? '', /all 2 connections .* "select late" .* "select a"/);
    assert.match(JSON.stringify(host.view('waits')), /waited 2\.0 s for one of 2 connections/);
  });

  describe('over-fetch', () => {
    const text = 'select * from notes where owner = $1';
    const columns = [
      { name: 'id', bytes: 40 },
      { name: 'note_title', bytes: 200 },
      { name: 'body', bytes: 60_000 },
    ];

    /** A request for ten notes whose reply has these keys. */
    async function listed(host: TestHost, reply: object): Promise<void> {
      const { exchange: asked } = await host.request(
        { target: '/notes', route: '/notes' },
        plain(200, { 'content-type': 'application/json' }, JSON.stringify(reply)),
      );
      const exchangeId = asked.id;
      await host.emit(
        SqlFinished,
        statement({ exchangeId, text, durationMs: 2, rows: 10, result: { rows: 10, columns } }),
      );
      await host.emit(HttpFinished, { ...exchange(exchangeId, 5), route: '/notes' });
      await host.advance(6);
    }
    const notes = { notes: [{ id: 1, noteTitle: 'a' }] };

    it('is told with the columns, what they weigh and the narrower SELECT', async () => {
      const host = await testHost(slowQueries);
      for (let time = 0; time < 5; time += 1) await listed(host, notes);
      const [found, ...more] = host.findings;
      assert.deepEqual([found?.rule, more], ['slow-queries/over-fetch', []]);
      assert.match(found?.title ?? '', /^100 % of what it reads, 59 kB a request, is never sent: body$/);
      assert.match(
        found?.advice ?? '',
        /SELECT \*.*Suggested: select id, note_title from notes where owner = \$1/,
      );
      assert.match(found?.advice ?? '', /5 exchanges of GET \/notes: 10 rows/);
      assert.match(
        JSON.stringify(host.view('over-fetch')),
        /body \(6 kB\).*select id, note_title from notes/,
      );
      const opened = JSON.stringify(await host.run('open', { fingerprint: 'f1' }));
      assert.match(opened, /is never sent: body.*select id, note_title from notes/);
    });

    it('is taken back when a reply carries the column after all', async () => {
      const host = await testHost(slowQueries);
      for (let time = 0; time < 6; time += 1) await listed(host, notes);
      assert.equal(host.findings.length, 1);
      await listed(host, { notes: [{ id: 1, noteTitle: 'a', body: 'b' }] });
      assert.equal(types(host).filter((each) => each === 'finding/resolved').length, 1);
    });

    it('is among the reasons when the statement is slow', async () => {
      const host = await testHost(slowQueries, { database: database().answers });
      for (let time = 0; time < 5; time += 1) await listed(host, notes);
      await host.emit(SqlFinished, statement({ text }));
      await host.advance(3);
      assert.match(JSON.stringify(host.events), /"kind":"over-fetch","title":"100 % of what it reads/);
    });

    it('costs replies nothing where no statement is seen, and is looked for again once one is', async () => {
      const host = await testHost(slowQueries);
      for (let route = 0; route < 50; route += 1)
        await host.request(
          { target: `/${route}`, route: `/${route}` },
          plain(200, { 'content-type': 'application/json' }, '{"id":1}'),
        );
      await host.advance(40);
      for (let time = 0; time < 5; time += 1) await listed(host, notes);
      assert.deepEqual(host.findings, []);
      await listed(host, notes);
      assert.equal(host.findings.length, 1);
    });

    it('is not told of a reply that carries what was read', async () => {
      const host = await testHost(slowQueries);
      for (let time = 0; time < 9; time += 1) await listed(host, [{ id: 1, note_title: 'a', body: 'b' }]);
      assert.deepEqual(host.findings, []);
    });
  });

  it('ranks statements by the time they took together', async () => {
    const host = await testHost(slowQueries);
    const row = (fingerprint: string, count: number, ms: number) => ({
      fingerprint,
      text: `select ${fingerprint}`,
      count,
      errors: 0,
      rows: count,
      durationMsSum: count * ms,
      durationMsMax: ms,
      buckets: emptyBuckets(),
    });
    await host.emit(SqlSummary, {
      seconds: 1,
      rows: [row('rare', 1, 900), row('often', 1000, 2)],
      sampledAway: 0,
      connections: 1,
      opaqueConnections: 0,
    });
    const view = host.view('statements');
    assert.ok(view.kind === 'table');
    assert.deepEqual(
      view.rows.map(({ key }) => key),
      ['often', 'rare'],
    );
  });

  it('tells p95 and p99 of a statement apart, neither above the longest', async () => {
    const host = await testHost(slowQueries);
    const buckets = emptyBuckets();
    buckets[5] = 970;
    buckets[14] = 30;
    const row = { fingerprint: 'f', text: 'select 1', count: 1000, errors: 0, rows: 1000, buckets };
    await host.emit(SqlSummary, {
      seconds: 1,
      rows: [{ ...row, durationMsSum: 20_000, durationMsMax: 700 }],
      sampledAway: 0,
      connections: 1,
      opaqueConnections: 0,
    });
    const view = host.view('statements');
    assert.ok(view.kind === 'table');
    const labels = view.columns.map(({ label }) => label);
    const cell = (label: string) => JSON.stringify(view.rows[0]?.cells[labels.indexOf(label)]);
    assert.match(cell('p95'), /"2\.0 ms"/);
    assert.match(cell('p99'), /"700 ms"/);
  });

  it('ranks routes by their time in the database, with what took most of it', async () => {
    const host = await testHost(slowQueries);
    const asked = (exchangeId: string, text: string, durationMs: number) =>
      host.emit(SqlFinished, statement({ exchangeId, text, fingerprint: text, durationMs, parameters: [] }));
    for (const id of ['a', 'b']) {
      await asked(id, 'select * from agents', 30);
      await asked(id, 'select * from runs', 300);
      await host.emit(HttpFinished, exchange(id, 660));
    }
    await asked('c', 'select 1', 1);
    await host.emit(HttpFinished, { ...exchange('c', 2), route: '/health' });
    await host.advance(10);
    const view = host.view('routes');
    assert.ok(view.kind === 'table');
    assert.deepEqual(
      view.rows.map(({ key }) => key),
      ['GET /agents/:id', 'GET /health'],
    );
    const [first] = view.rows;
    assert.match(JSON.stringify(first?.cells), /"2".*"2\.0".*"330 ms".*"50 %".*select \* from runs/);
  });
});
