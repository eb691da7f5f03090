import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  HttpFinished,
  HttpSummary,
  PluginResumed,
  PluginSuspended,
  SqlSummary,
  bucketOf,
  emptyBuckets,
  type View,
} from '../../shared/index.ts';
import { testHost, type TestHost } from '../../shared/testing.ts';
import telemetry from './index.ts';

const bucketsOf = (durationMs: number, count: number): number[] => {
  const buckets = emptyBuckets();
  buckets[bucketOf(durationMs)] = count;
  return buckets;
};

const row = (more: { route?: string; status?: number; count?: number; ms?: number } = {}) => {
  const { route = '/agents', status = 200, count = 1, ms = 5 } = more;
  return {
    method: 'GET',
    route,
    status,
    principalId: null,
    servedBy: 'backend',
    count,
    durationMsSum: ms * count,
    durationMsMax: ms,
    buckets: bucketsOf(ms, count),
  };
};

const summary = (
  host: TestHost,
  rows: ReturnType<typeof row>[],
  more: { sampledAway?: number; inFlight?: number } = {},
) => host.emit(HttpSummary, { seconds: 1, rows, sampledAway: 0, inFlight: 0, ...more });

/** Every stat of a view by its label. */
function statsOf(view: View): Record<string, string> {
  if (view.kind === 'stat') return { [view.label]: view.value };
  const children = 'children' in view ? view.children : [];
  return Object.assign({}, ...children.map((each) => statsOf(each)));
}

describe('telemetry', () => {
  it('shows what happened in the last minute, and nothing when nothing did', async () => {
    const host = await testHost(telemetry);
    await summary(host, [row({ count: 540 }), row({ status: 500, count: 60, ms: 900 })], { inFlight: 3 });
    const stats = statsOf(host.view('traffic'));
    assert.equal(stats['Requests per second'], '10.0');
    assert.equal(stats['Errors'], '10.0 %');
    assert.equal(stats['In flight'], '3');
    assert.match(stats['p50'] ?? '', /ms$/);
    await host.advance(120);
    assert.equal(statsOf(host.view('traffic'))['Requests per second'], '0');
    assert.equal(statsOf(host.view('traffic'))['In flight'], '0');
  });

  it('ranks routes by the time they took, with their share of errors', async () => {
    const host = await testHost(telemetry);
    await summary(host, [
      row({ route: '/fast', count: 100, ms: 1 }),
      row({ route: '/slow', count: 2, ms: 800 }),
    ]);
    await summary(host, [row({ route: '/slow', status: 503, count: 2, ms: 800 })]);
    const view = host.view('routes');
    assert.ok(view.kind === 'table');
    assert.deepEqual(
      view.rows.map(({ key }) => key),
      ['GET /slow', 'GET /fast'],
    );
    assert.deepEqual(view.rows[0]?.cells.at(-1), { text: '50.0 %', sortBy: 0.5, tone: 'bad' });
    await host.advance(2 * 3600);
    const later = host.view('routes');
    assert.ok(later.kind === 'table' && later.rows.length === 0);
  });

  it('ranks statements by the longest', async () => {
    const host = await testHost(telemetry);
    const shape = (fingerprint: string, ms: number) => ({
      fingerprint,
      text: `select ${fingerprint}`,
      count: 60,
      errors: 0,
      rows: 60,
      durationMsSum: ms * 60,
      durationMsMax: ms,
      buckets: bucketsOf(ms, 60),
    });
    await host.emit(SqlSummary, {
      seconds: 1,
      rows: [shape('a', 1), shape('b', 1500)],
      sampledAway: 2,
      connections: 4,
      opaqueConnections: 1,
    });
    const stats = statsOf(host.view('statements'));
    assert.equal(stats['Statements per second'], '2.0');
    assert.equal(stats['Connections'], '4');
    assert.match(JSON.stringify(host.view('statements')), /select b.*select a/);
    assert.equal(statsOf(host.view('outrider'))['Statements sampled away'], '2');
  });

  it('lists what failed, and not a client that left', async () => {
    const host = await testHost(telemetry);
    const exchange = {
      exchangeId: 'x1',
      method: 'GET',
      route: '/agents/:id',
      target: '/agents/7',
      status: 200,
      durationMs: 5,
      firstByteMs: 4,
      requestBytes: 0,
      replyBytes: 10,
      principal: null,
      clientAddress: '127.0.0.1',
      servedBy: 'backend',
      isStreaming: false,
      isUpgrade: false,
    };
    await host.emit(HttpFinished, exchange);
    await host.emit(HttpFinished, { ...exchange, status: 0, error: 'client_gone' });
    await host.emit(HttpFinished, { ...exchange, status: 502, error: 'backend_unreachable' });
    const view = host.view('errors');
    assert.ok(view.kind === 'timeline');
    assert.deepEqual(
      view.entries.map(({ title }) => title),
      ['502 GET /agents/:id'],
    );
  });

  it('says which plugin is suspended until it runs again', async () => {
    const host = await testHost(telemetry);
    await host.emit(PluginSuspended, {
      plugin: 'cache',
      hook: 'around',
      reason: 'It threw.',
      untilAt: '2026-01-01T00:00:30Z',
    });
    assert.equal(statsOf(host.view('outrider'))['Suspended plugins'], 'cache');
    await host.emit(PluginResumed, { plugin: 'cache' });
    assert.equal(statsOf(host.view('outrider'))['Suspended plugins'], 'none');
  });

  it('keeps its state within bounds, however many routes and minutes there are', async () => {
    const host = await testHost(telemetry);
    for (let minute = 0; minute < 300; minute += 10) {
      await summary(
        host,
        Array.from({ length: 400 }, (_, index) => row({ route: `/r${minute}/${index}` })),
      );
      await host.advance(600);
    }
    const routes = telemetry.panels?.find(({ id }) => id === 'routes');
    let state = routes?.initial();
    for (const event of host.events) state = routes?.fold[0]?.next(state, event);
    const { slots } = state as { slots: { routes: object }[] };
    assert.equal(slots.length, 6);
    for (const each of slots) assert.ok(Object.keys(each.routes).length <= 301);
  });
});
