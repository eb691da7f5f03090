import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { HttpSummary, SqlSummary, bucketOf, emptyBuckets } from '../../shared/index.ts';
import { fakeSidecar, type FakeSidecar } from './fake-sidecar.ts';
import { maxSeries } from './metrics-traffic.ts';

let sidecar: FakeSidecar;

describe('the metrics', () => {
  before(async () => {
    sidecar = await fakeSidecar({ options: { isOwnEvent: (id) => id !== 'event-1' } });
    // The first event is of another sidecar on the same log.
    recordRequests([{ route: '/agents/:id', status: 200, count: 100, durationMs: 5 }]);
    recordRequests([
      { route: '/agents/:id', status: 200, count: 3, durationMs: 5 },
      { route: '/agents', status: 500, count: 1, durationMs: 900 },
    ]);
    recordRequests([{ route: '/agents/:id', status: 200, count: 2, durationMs: 5 }]);
    recordStatements(7, 2, 0.5);
  });
  after(() => sidecar.close());

  it('need the token', async () => {
    assert.equal((await fetch(`${sidecar.url}/metrics`)).status, 401);
  });

  it('are in the text format of Prometheus: help and type once before the samples of a name', async () => {
    const response = await sidecar.get('/metrics');
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    const declared = new Map<string, string>();
    for (const line of (await response.text()).split('\n').filter((each) => each !== '')) {
      const [, name = '', type = ''] = /^# TYPE (\S+) (\w+)$/.exec(line) ?? [];
      if (name) assert.ok(!declared.has(name) && declared.set(name, type), `${name} is declared twice`);
      if (line.startsWith('#')) continue;
      const sample = /^([a-z_]+)(\{(\w+="([^"\\\n]|\\.)*",?)+\})? (-?[\d.e+-]+|NaN|\+Inf)$/.exec(line);
      assert.ok(sample, line);
      const base = (sample[1] ?? '').replace(/_(bucket|sum|count)$/, '');
      assert.ok(declared.has(sample[1] ?? '') || declared.get(base) === 'histogram', line);
    }
  });

  it('count requests of this sidecar by method, route, status and who answered', async () => {
    assert.equal(
      await sample(
        'outrider_http_requests_total{method="GET",route="/agents/:id",status="200",served_by="backend"}',
      ),
      5,
    );
  });

  it('hold a histogram whose buckets add up', async () => {
    const buckets = await samples(/^outrider_http_request_duration_seconds_bucket\{le="(.+)"\} (\d+)$/gm);
    const counts = buckets.map(([, count]) => Number(count));
    assert.deepEqual(
      counts,
      counts.toSorted((a, b) => a - b),
    );
    assert.equal(Number(buckets.find(([bound]) => Number(bound) >= 0.005)?.[1]), 5);
    assert.deepEqual(buckets.at(-1), ['+Inf', '6']);
    assert.equal(await sample('outrider_http_request_duration_seconds_count'), 6);
    assert.equal(await sample('outrider_http_request_duration_seconds_sum'), 0.925);
  });

  it('tell of SQL, the recorder, plugins and the process', async () => {
    assert.equal(await sample('outrider_sql_statements_total'), 7);
    assert.equal(await sample('outrider_sql_errors_total'), 2);
    assert.equal(await sample('outrider_sql_connections'), 2);
    assert.equal(await sample('outrider_recorder_spooled'), 2);
    assert.equal(await sample('outrider_recorder_sampled_away_total'), 3);
    assert.equal(await sample('outrider_plugin_running{plugin="keys",mode="enforce"}'), 1);
    assert.equal(await sample('outrider_hook_denials_total{plugin="keys",hook="guard"}'), 2);
    assert.equal(await sample('outrider_state{state="ready"}'), 1);
    assert.ok((await sample('process_resident_memory_bytes')) > 1e6);
  });

  it('do not grow when they are read again', async () => {
    await sample('outrider_recorder_appended_total');
    assert.equal(await sample('outrider_recorder_appended_total'), 4);
    assert.equal(await sample('outrider_hook_calls_total{plugin="keys",hook="guard"}'), 7);
  });

  it('stay bounded whatever routes clients make up', async () => {
    const routes = Array.from({ length: maxSeries + 50 }, (_, index) => `/made-up/${index}`);
    recordRequests(routes.map((route) => ({ route, status: 404, count: 1, durationMs: 1 })));
    const kept = await samples(/^outrider_http_requests_total\{method="(.+?)",route="(.+?)",/gm);
    assert.ok(kept.length <= maxSeries + 1, `${kept.length} series`);
    const other =
      'outrider_http_requests_total{method="(other)",route="(other)",status="404",served_by="backend"}';
    assert.equal(await sample(other), 52);
  });
});

interface Requests {
  readonly route: string;
  readonly status: number;
  readonly count: number;
  readonly durationMs: number;
}

function recordRequests(rows: readonly Requests[]): void {
  const data = {
    seconds: 1,
    sampledAway: 0,
    inFlight: 0,
    rows: rows.map(({ durationMs, ...row }) => ({
      ...row,
      method: 'GET',
      principalId: null,
      servedBy: 'backend',
      durationMsSum: row.count * durationMs,
      durationMsMax: durationMs,
      buckets: bucketsOf(row.count, durationMs),
    })),
  };
  sidecar.recorder.put(HttpSummary.name, HttpSummary.schema.parse(data));
}

function recordStatements(count: number, errors: number, durationMs: number): void {
  const row = { fingerprint: 'f', text: 'SELECT 1', count, errors, rows: count, durationMsMax: durationMs };
  const buckets = bucketsOf(count, durationMs);
  const rows = [{ ...row, durationMsSum: count * durationMs, buckets }];
  const data = { seconds: 1, sampledAway: 0, connections: 1, opaqueConnections: 0, rows };
  sidecar.recorder.put(SqlSummary.name, SqlSummary.schema.parse(data));
}

function bucketsOf(count: number, durationMs: number): readonly number[] {
  const buckets = emptyBuckets();
  buckets[bucketOf(durationMs)] = count;
  return buckets;
}

async function sample(name: string): Promise<number> {
  const text = await (await sidecar.get('/metrics')).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  assert.ok(line, `${name} is missing`);
  return Number(line.slice(name.length + 1));
}

async function samples(pattern: RegExp): Promise<readonly (readonly string[])[]> {
  const text = await (await sidecar.get('/metrics')).text();
  return [...text.matchAll(pattern)].map(([, ...groups]) => groups);
}
