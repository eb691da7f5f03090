import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  Events,
  GuardDenied,
  HttpSummary,
  PrivateStore,
  SqlFinished,
  bucketOf,
  emptyBuckets,
  type View,
} from '../../shared/index.ts';
import { memoryLog } from '../../shared/testing/memory-log.ts';
import { memoryStore } from '../../shared/testing/memory-store.ts';
import { FakeClock, fakeExchange, fakeStatement, testHost, type TestHost } from '../../shared/testing.ts';
import apiKeys from './index.ts';
import type { PublicKey } from './key-record.ts';
import { privilegePanel } from './panel-privilege.ts';
import { withSummary } from './usage.ts';

const create = async (host: TestHost, input: object = {}): Promise<{ key: string; id: string }> =>
  // Safe: the command's output is JSON of this shape.
  (await host.run('create', { label: 'ci', ...input })) as { key: string; id: string };

const summaryOf = (
  principalId: string | null,
  more: { route?: string; status?: number; count?: number; ms?: number } = {},
) => {
  const { route = '/agents/:id', status = 200, count = 10, ms = 20 } = more;
  const buckets = emptyBuckets();
  buckets[bucketOf(ms)] = count;
  const row = { method: 'GET', route, status, principalId, servedBy: 'backend', count };
  return {
    seconds: 1,
    rows: [{ ...row, durationMsSum: ms * count, durationMsMax: ms, buckets }],
    sampledAway: 0,
    inFlight: 0,
  };
};

/** A request with a key, let through by the guard. */
const use = async (host: TestHost, key: string, clientAddress = '10.0.0.1'): Promise<void> => {
  const exchange = fakeExchange(
    { target: '/agents/7', route: '/agents/:id', clientAddress, headers: { 'x-api-key': key } },
    'x1',
  );
  assert.equal((await host.check(exchange)).allow, true);
};

const statementOf = (durationMs: number) =>
  fakeStatement({
    exchangeId: 'x1',
    attribution: 'exact',
    fingerprint: 'f',
    durationMs,
  });

const denialOf = (keyId: string) =>
  GuardDenied.schema.parse({
    exchangeId: 'x2',
    plugin: 'api-keys',
    code: 'scope_missing',
    status: 403,
    reason: 'This API key may not do this.',
    isEnforced: true,
    method: 'DELETE',
    route: '/agents/:id',
    clientAddress: '10.0.0.1',
    principal: null,
    details: { keyId, start: 'sc_live_ab12' },
    count: 3,
  });

interface Report {
  readonly lastDay: { requests: number; refusals: number; errors: number; databaseMs: number };
  readonly routes: readonly { route: string; requests: number; p95Ms: number | null; databaseMs: number }[];
  readonly clients: readonly { address: string; requests: number }[];
}
const report = async (host: TestHost, id: string): Promise<Report> =>
  (await host.run('usage', { id })) as Report;

const rowsOf = (view: View): readonly { key: string; cells: readonly unknown[] }[] => {
  if (view.kind === 'table') return view.rows;
  return 'children' in view ? view.children.flatMap(rowsOf) : [];
};

const chartsOf = (view: View): readonly Extract<View, { kind: 'chart' }>[] => {
  if (view.kind === 'chart') return [view];
  return 'children' in view ? view.children.flatMap(chartsOf) : [];
};

describe('the use of keys', () => {
  it('is counted by key and route: requests, refusals, errors, latency, database time, clients', async () => {
    const host = await testHost(apiKeys);
    const { key, id } = await create(host);
    // Exchanges are remembered once a tap is known to be there.
    await host.emit(SqlFinished, statementOf(1));
    await host.emit(HttpSummary, summaryOf(id));
    await host.emit(HttpSummary, summaryOf(id, { status: 502, count: 2 }));
    await host.emit(HttpSummary, summaryOf('somebody-else'));
    await host.emit(GuardDenied, denialOf(id));
    await use(host, key);
    await host.emit(SqlFinished, statementOf(42));
    await host.emit(SqlFinished, statementOf(8));
    await host.advance(10);
    const { lastDay, routes, clients } = await report(host, id);
    assert.deepEqual(
      [lastDay.requests, lastDay.refusals, lastDay.errors, lastDay.databaseMs],
      [12, 3, 2, 50],
    );
    assert.equal(routes[0]?.route, 'GET /agents/:id');
    assert.ok((routes[0]?.p95Ms ?? 0) > 10 && (routes[0]?.p95Ms ?? 0) < 40);
    assert.equal(routes[0]?.databaseMs, 50);
    assert.deepEqual(
      clients.map(({ address, requests }) => [address, requests]),
      [['10.0.0.1', 1]],
    );
  });

  it('is not lost and not counted twice by a restart', async () => {
    const clock = new FakeClock('2026-01-01T00:00:00.000Z');
    const log = memoryLog(() => clock.now());
    const services = { [PrivateStore.id]: memoryStore(() => clock.now()), [Events.id]: log.service };
    const put = (data: unknown) => log.put({ type: HttpSummary.name, data, about: {} });
    const before = await testHost(apiKeys, { services });
    const { id } = await create(before);
    put(summaryOf(id));
    await before.advance(31);
    put(summaryOf(id, { count: 5 }));
    await before.dispose();
    put(summaryOf(id, { count: 7 }));
    const after = await testHost(apiKeys, { services });
    assert.equal((await report(after, id)).lastDay.requests, 22);
    await after.advance(31);
    assert.equal((await report(after, id)).lastDay.requests, 22);
  });

  it('stays within bounds however many routes and clients there are', async () => {
    const host = await testHost(apiKeys);
    const { key, id } = await create(host);
    for (let index = 0; index < 300; index += 1) {
      await host.emit(HttpSummary, summaryOf(id, { route: `/r${index}` }));
      await use(host, key, `10.0.${index}.1`);
    }
    await host.advance(10);
    const { routes, clients, lastDay } = await report(host, id);
    assert.equal(lastDay.requests, 3000);
    assert.ok(routes.length <= 101 && clients.length <= 50, `${routes.length}, ${clients.length}`);
  });

  it('limits by the time a key has cost the database', async () => {
    const host = await testHost(apiKeys);
    const { key } = await create(host, { quota: { dayDatabaseMs: 100 } });
    const check = async () => (await host.check(fakeExchange({ headers: { 'x-api-key': key } }, 'x1'))).allow;
    await host.emit(SqlFinished, statementOf(1));
    assert.equal(await check(), true);
    await host.emit(SqlFinished, statementOf(99));
    assert.equal(await check(), true);
    await host.emit(SqlFinished, statementOf(1));
    assert.equal(await check(), false);
  });
});

describe('the keys dashboard', () => {
  it('lists keys with what can be done about them, now and as it was', async () => {
    const host = await testHost(apiKeys);
    const { id } = await create(host);
    const position = host.events.length;
    await host.emit(HttpSummary, summaryOf(id));
    await host.run('revoke', { id });
    assert.match(JSON.stringify(rowsOf(host.view('keys'))), /revoked/);
    const before = JSON.stringify(rowsOf(host.view('keys', position)));
    assert.match(before, /active.*"label":"Rotate".*"label":"Revoke"/);
  });

  it('watches who still uses a rotated key', async () => {
    const host = await testHost(apiKeys, { options: { graceSeconds: 600 } });
    const { key, id } = await create(host);
    await host.run('rotate', { id });
    await host.advance(60);
    await host.emit(HttpSummary, summaryOf(id, { count: 4 }));
    await use(host, key, '10.9.9.9');
    await host.advance(10);
    const [row] = rowsOf(host.view('rotation'));
    assert.equal(row?.key, id);
    assert.match(JSON.stringify(row?.cells), /"text":"4".*10\.9\.9\.9/);
    await host.advance(700);
    assert.equal(rowsOf(host.view('rotation')).length, 0);
  });

  it('offers narrower scopes from what was used', async () => {
    const host = await testHost(apiKeys);
    const { id } = await create(host, { scopes: ['*'] });
    await host.emit(HttpSummary, summaryOf(id, { count: 30 }));
    const view = host.view('least-privilege');
    assert.ok(view.kind === 'table');
    assert.deepEqual(view.rows[0]?.actions?.[0]?.input, { id, scopes: ['GET /agents/:id'] });
    await host.run('update', { id, scopes: ['GET /agents/:id'] });
    assert.equal(rowsOf(host.view('least-privilege')).length, 0);
  });

  it('says so when a key was not watched for the whole 30 days', async () => {
    const host = await testHost(apiKeys);
    const { id } = await create(host, { scopes: ['*'] });
    // Safe: `read` answers with the key and more.
    const key = (await host.run('read', { id })) as PublicKey;
    const questionAfter = (days: number): string => {
      const now = new Date(Date.parse(key.createdAt) + days * 86_400_000);
      const usage = withSummary({}, key.createdAt, summaryOf(id, { count: 30 }).rows);
      withSummary(usage, now.toISOString(), summaryOf(id, { count: 30 }).rows);
      const view = privilegePanel.view({ keys: { [id]: key }, usage, sinceRotation: {} }, now);
      return (view.kind === 'table' && view.rows[0]?.actions?.[0]?.confirm) || '';
    };
    assert.match(questionAfter(0), /It was watched for less than a day only/);
    assert.match(questionAfter(3), /It was watched for 3 days only/);
    assert.match(questionAfter(31), /^Let “ci” do only this: GET \/agents\/:id\?$/);
  });

  it('offers no narrower scopes while a route was used that no scope can name', async () => {
    const host = await testHost(apiKeys);
    const { id } = await create(host, { scopes: ['*'] });
    await host.emit(HttpSummary, summaryOf(id, { count: 30 }));
    await host.emit(HttpSummary, summaryOf(id, { count: 1, route: '/files/*.txt' }));
    assert.equal(rowsOf(host.view('least-privilege')).length, 0);
  });

  it('is drawn by minute, hour and day when a key is opened', async () => {
    const host = await testHost(apiKeys);
    const { id } = await create(host);
    await host.emit(HttpSummary, summaryOf(id, { count: 3 }));
    await host.emit(GuardDenied, denialOf(id));
    const charts = chartsOf((await host.run('open', { id })) as View);
    assert.deepEqual(
      charts.map(({ title, series }) => [
        title,
        series.map(({ points }) => points.map(([, count]) => count)),
      ]),
      [
        ['Requests per hour, 3 days', [[3], [3]]],
        ['Requests per minute, 2 hours', [[3], [3]]],
        ['Requests per day, 3 months', [[3], [3]]],
      ],
    );
  });

  it('opens the form of a change with what is set now', async () => {
    const host = await testHost(apiKeys);
    const { id } = await create(host, { owner: 'core', scopes: ['GET /a'], rateLimit: { requests: 5 } });
    const change = JSON.stringify(host.view('keys'));
    assert.match(change, /"command":"api-keys\/update".*"label":"ci","owner":"core","scopes":\["GET \/a"\]/);
    const opened = JSON.stringify(await host.run('open', { id }));
    assert.match(opened, /"requests":5,"seconds":1/);
  });

  it('counts what came after a rotation, also within the same minute', async () => {
    const host = await testHost(apiKeys);
    const { id } = await create(host);
    await host.emit(HttpSummary, summaryOf(id, { count: 7 }));
    await host.run('rotate', { id });
    const sinceThen = () => JSON.stringify(rowsOf(host.view('rotation'))[0]?.cells);
    assert.match(sinceThen(), /"text":"0".*not since.*nobody/);
    // The second in which it was rotated was mostly before.
    await host.emit(HttpSummary, summaryOf(id, { count: 30 }));
    assert.match(sinceThen(), /"text":"0"/);
    await host.advance(1);
    await host.emit(HttpSummary, summaryOf(id, { count: 2 }));
    assert.match(sinceThen(), /"text":"2"/);
  });

  it('shows attempts that are alike as one, with their number', async () => {
    const host = await testHost(apiKeys);
    for (let tries = 0; tries < 5; tries += 1) await host.emit(GuardDenied, denialOf('k1'));
    await host.emit(GuardDenied, { ...denialOf('k1'), clientAddress: '10.0.0.2' });
    const view = host.view('failures');
    const timeline = view.kind === 'stack' ? view.children.find(({ kind }) => kind === 'timeline') : null;
    assert.ok(timeline?.kind === 'timeline');
    assert.deepEqual(
      timeline.entries.map(({ detail }) => detail),
      ['from 10.0.0.2 with sc_live_ab12…, 3 times', 'from 10.0.0.1 with sc_live_ab12…, 15 times'],
    );
  });

  it('shows the latest attempt first, also when it is like one before', async () => {
    const host = await testHost(apiKeys);
    const from = (clientAddress: string) => ({ ...denialOf('k1'), clientAddress });
    for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.1']) {
      await host.emit(GuardDenied, from(address));
      await host.advance(1);
    }
    const view = host.view('failures');
    const timeline = view.kind === 'stack' ? view.children.find(({ kind }) => kind === 'timeline') : null;
    assert.ok(timeline?.kind === 'timeline');
    assert.match(timeline.entries[0]?.detail ?? '', /^from 10\.0\.0\.1 /);
  });

  it('says which scopes were never used', async () => {
    const host = await testHost(apiKeys);
    const { id } = await create(host, { scopes: ['GET /agents/*', 'POST /runs'] });
    await host.emit(HttpSummary, summaryOf(id, { count: 30 }));
    assert.match(JSON.stringify(rowsOf(host.view('least-privilege'))[0]?.cells), /"text":"POST \/runs"/);
  });

  it('shows failed attempts by source and reason', async () => {
    const host = await testHost(apiKeys);
    await host.emit(GuardDenied, denialOf('k1'));
    await host.emit(GuardDenied, { ...denialOf('k1'), plugin: 'injection-filter' });
    const view = JSON.stringify(host.view('failures'));
    assert.match(view, /10\.0\.0\.1.*"3"/);
    assert.match(view, /This API key may not do this/);
  });
});
