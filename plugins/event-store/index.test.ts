import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HttpFinished, SqlFinished, type Recorded } from '../../shared/index.ts';
import { fakeStatement, testHost, type TestHost } from '../../shared/testing.ts';
import eventStore from './index.ts';

const append = (
  host: TestHost,
  stream: string,
  type: string,
  data: unknown,
  expectedVersion: number | 'any' = 'any',
) => host.run('append', { stream, events: [{ type, data }], expectedVersion });

const exchange = (more: object) => ({
  exchangeId: 'x1',
  method: 'POST',
  route: '/agents',
  target: '/agents',
  status: 201,
  durationMs: 5,
  firstByteMs: 4,
  requestBytes: 0,
  replyBytes: 10,
  principal: { kind: 'api-key', id: 'k1', label: 'ci' },
  clientAddress: '127.0.0.1',
  servedBy: 'backend',
  isStreaming: false,
  isUpgrade: false,
  ...more,
});

const statement = (writes: string[]) =>
  fakeStatement({
    exchangeId: 'x1',
    attribution: 'exact',
    fingerprint: 'f',
    text: 'insert into agents values (1)',
    command: 'INSERT',
    writes,
  });

const audited = (host: TestHost): readonly Recorded[] =>
  host.events.filter(({ type }) => type === 'event-store/audited');

describe('event-store', () => {
  describe('streams', () => {
    it('take events at the version they have, and refuse another', async () => {
      const host = await testHost(eventStore);
      assert.deepEqual(await append(host, 'agents/7', 'agent/created', { name: 'a' }, 0), {
        version: 1,
        positions: [1],
      });
      await assert.rejects(append(host, 'agents/7', 'agent/renamed', { name: 'b' }, 0), {
        code: 'version_conflict',
      });
      await append(host, 'agents/7', 'agent/renamed', { name: 'b' }, 1);
      const { events } = (await host.run('stream', { stream: 'agents/7' })) as { events: Recorded[] };
      assert.deepEqual(
        events.map(({ type, streamVersion }) => [type, streamVersion]),
        [
          ['agent/created', 1],
          ['agent/renamed', 2],
        ],
      );
    });

    it('take nothing whose expected version is misspelt', async () => {
      const host = await testHost(eventStore);
      const events = [{ type: 'agent/created', data: {} }];
      await assert.rejects(host.run('append', { stream: 'agents/7', events, expectVersion: 0 }), {
        code: 'input_invalid',
      });
    });

    it('are listed with their version', async () => {
      const host = await testHost(eventStore);
      await append(host, 'agents/7', 'agent/created', {});
      await append(host, 'runs/1', 'run/started', {});
      const { streams } = (await host.run('streams', { prefix: 'agents/' })) as { streams: object[] };
      assert.deepEqual(streams, [{ stream: 'agents/7', version: 1, lastAt: '2026-01-01T00:00:00.000Z' }]);
    });

    it('are read page by page, all together', async () => {
      const host = await testHost(eventStore);
      for (const number of [1, 2, 3]) await append(host, `runs/${number}`, 'run/started', { number });
      const first = (await host.run('all', { limit: 2 })) as { events: Recorded[]; next: number };
      const second = (await host.run('all', { limit: 2, after: first.next })) as {
        events: Recorded[];
        next: null;
      };
      assert.deepEqual(
        [...first.events, ...second.events].map(({ position }) => position),
        [1, 2, 3],
      );
      assert.equal(second.next, null);
    });

    it('take no event that only Outrider may record', async () => {
      const host = await testHost(eventStore);
      for (const type of ['event-store/audited', 'api-keys/revoked', 'command/run'])
        await assert.rejects(append(host, 'agents/7', type, {}), { code: 'input_invalid' });
      assert.equal(host.events.length, 0);
    });

    it('say when there is none of a name', async () => {
      const host = await testHost(eventStore);
      await assert.rejects(host.run('stream', { stream: 'agents/8' }), { code: 'stream_unknown' });
      await assert.rejects(host.run('replay', { stream: 'agents/8' }), { code: 'stream_unknown' });
      await assert.rejects(host.run('stream', { stream: 'no spaces' }), { code: 'input_invalid' });
      await assert
        .rejects(host.run('stream', { stream: '../etc' }), { code: 'input_invalid' })
        .catch(() => undefined);
    });
  });

  describe('replaying', () => {
    async function withAgent(): Promise<TestHost> {
      const host = await testHost(eventStore);
      await append(host, 'agents/7', 'agent/created', { name: 'a', tools: { search: true } });
      await host.advance(60);
      await append(host, 'agents/7', 'agent/renamed', { name: 'b' });
      await append(host, 'agents/7', 'agent/tool-removed', { tools: { search: null } });
      await append(host, 'agents/7', 'agent/deleted', {});
      return host;
    }
    const state = async (host: TestHost, input: object) =>
      ((await host.run('replay', { stream: 'agents/7', ...input })) as { state: unknown }).state;

    it('rebuilds the state at any version and any moment', async () => {
      const host = await withAgent();
      assert.deepEqual(await state(host, { version: 1 }), { name: 'a', tools: { search: true } });
      assert.deepEqual(await state(host, { version: 2 }), { name: 'b', tools: { search: true } });
      assert.deepEqual(await state(host, { version: 3 }), { name: 'b', tools: {} });
      assert.deepEqual(await state(host, { until: '2026-01-01T00:00:30Z' }), {
        name: 'a',
        tools: { search: true },
      });
    });

    it('does with each type what it is told to', async () => {
      const host = await withAgent();
      const rules = { 'agent/deleted': 'clear', 'agent/*': 'merge' };
      assert.equal(await state(host, { rules }), null);
      assert.deepEqual(await state(host, { rules: { '*': 'count' } }), {
        counts: { 'agent/created': 1, 'agent/renamed': 1, 'agent/tool-removed': 1, 'agent/deleted': 1 },
      });
      assert.deepEqual(await state(host, { rules: { '*': 'ignore', 'agent/renamed': 'append' } }), {
        items: [{ name: 'b' }],
      });
    });

    it('tells what each event changed', async () => {
      const host = await withAgent();
      const { steps } = (await host.run('replay', { stream: 'agents/7' })) as {
        steps: { changes: object[] }[];
      };
      assert.deepEqual(steps[1]?.changes, [{ path: '/name', before: 'a', after: 'b' }]);
      assert.deepEqual(steps[2]?.changes, [{ path: '/tools/search', before: true }]);
      assert.deepEqual(steps[3]?.changes, []);
    });

    it('refuses a stream that is too long for it', async () => {
      const host = await testHost(eventStore, { options: { mostReplayed: 2 } });
      for (const name of ['a', 'b', 'c']) await append(host, 'agents/7', 'agent/renamed', { name });
      await assert.rejects(host.run('replay', { stream: 'agents/7' }), { code: 'input_invalid' });
      assert.deepEqual(await state(host, { version: 2 }), { name: 'b' });
    });

    it('cannot be tricked into changing what objects inherit', async () => {
      const host = await testHost(eventStore);
      const data: unknown = JSON.parse('{"__proto__": {"isAdmin": true}, "constructor": {"x": 1}}');
      await append(host, 'agents/7', 'agent/created', data);
      await state(host, {});
      assert.equal(({} as { isAdmin?: boolean }).isAdmin, undefined);
    });
  });

  describe('the audit', () => {
    it('keeps who changed what, and what it wrote', async () => {
      const host = await testHost(eventStore);
      await host.emit(SqlFinished, statement(['agents', 'audit_trail']));
      await host.emit(HttpFinished, exchange({}), { exchange: { id: 'x1', traceId: 't1' } });
      const [entry] = audited(host);
      assert.deepEqual(entry?.data, {
        exchangeId: 'x1',
        method: 'POST',
        route: '/agents',
        target: '/agents',
        status: 201,
        principal: { kind: 'api-key', id: 'k1', label: 'ci' },
        clientAddress: '127.0.0.1',
        tables: ['agents', 'audit_trail'],
        durationMs: 5,
      });
      assert.deepEqual([entry?.traceId, entry?.exchangeId, entry?.causedBy], ['t1', 'x1', 2]);
    });

    it('leaves out what only reads and what was refused', async () => {
      const host = await testHost(eventStore);
      await host.emit(HttpFinished, exchange({ method: 'GET', status: 200 }));
      await host.emit(HttpFinished, exchange({ method: 'QUERY', status: 200 }));
      await host.emit(HttpFinished, exchange({ status: 403 }));
      await host.emit(HttpFinished, exchange({ status: 0 }));
      assert.equal(audited(host).length, 0);
    });

    it('keeps a GET that wrote, and a failed request that had written', async () => {
      const host = await testHost(eventStore);
      await host.emit(SqlFinished, statement(['agents']));
      await host.emit(HttpFinished, exchange({ method: 'GET', status: 200 }));
      await host.emit(SqlFinished, statement(['agents']));
      await host.emit(HttpFinished, exchange({ status: 500 }));
      assert.equal(audited(host).length, 2);
    });

    it('can be switched off', async () => {
      const host = await testHost(eventStore, { options: { audit: false } });
      await host.emit(HttpFinished, exchange({}));
      assert.equal(audited(host).length, 0);
    });
  });

  it('shows streams, events and changes, now and as they were', async () => {
    const host = await testHost(eventStore);
    await append(host, 'agents/7', 'agent/created', { name: 'a' });
    await host.emit(HttpFinished, exchange({}));
    const streams = host.view('streams');
    assert.ok(streams.kind === 'table');
    assert.deepEqual(streams.rows[0]?.open, {
      label: 'Open',
      command: 'event-store/open-stream',
      input: { stream: 'agents/7' },
    });
    assert.match(JSON.stringify(host.view('latest')), /agent\/created/);
    assert.match(JSON.stringify(host.view('audit')), /ci \(api-key\).*POST \/agents/);
    assert.doesNotMatch(JSON.stringify(host.view('audit', 1)), /POST/);
    assert.match(JSON.stringify(await host.run('open-stream', { stream: 'agents/7' })), /version 1/);
    assert.match(JSON.stringify(await host.run('open-event', { position: 1 })), /agent\/created/);
  });
});
