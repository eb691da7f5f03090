import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HttpSummary, emptyBuckets } from '../../shared/index.ts';
import { memoryStore } from '../../shared/testing/memory-store.ts';
import { testHost } from '../../shared/testing.ts';
import apiKeys from './index.ts';
import { routesSeen } from './routes-seen.ts';

const row = (method: string, route: string, status: number) => ({
  method,
  route,
  status,
  principalId: null,
  servedBy: 'backend',
  count: 1,
  durationMsSum: 1,
  durationMsMax: 1,
  buckets: emptyBuckets(),
});

describe('the routes seen', () => {
  it('are those the backend answered, whoever asked, for scopes of a new key', async () => {
    const host = await testHost(apiKeys);
    const rows = [
      row('POST', '/agents', 201),
      row('GET', '/agents/:id', 200),
      row('GET', '/admin.php', 404),
      row('GET', '/agents', 401),
      row('GET', '(other)', 200),
    ];
    await host.emit(HttpSummary, { seconds: 10, rows, sampledAway: 0, inFlight: 0 });
    assert.deepEqual(await host.run('routes-seen'), { suggestions: ['POST /agents', 'GET /agents/:id'] });
    await host.dispose();
  });

  it('outlive a restart, are added up by several sidecars, and have a bound', async () => {
    const store = memoryStore(() => new Date(0));
    const [a, b] = [routesSeen(store), routesSeen(store)];
    a.note([row('GET', '/a', 200)]);
    b.note(Array.from({ length: 1000 }, (_, index) => row('GET', `/b/${index}`, 200)));
    await a.save();
    await b.save();
    const after = routesSeen(store);
    await after.load();
    assert.ok(after.all().length <= 500);
    assert.ok(after.all().includes('GET /b/0'));
  });

  it('come with how keys are written, so that an editor knows them offline', async () => {
    const host = await testHost(apiKeys, { options: { prefix: 'acme' } });
    assert.deepEqual(await host.run('format'), { prefix: 'acme', environment: 'live' });
    await host.dispose();
  });
});
