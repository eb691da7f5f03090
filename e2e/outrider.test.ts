import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { WebSocket } from 'ws';
import { startDemo, type Demo } from '../docker/demo/start.ts';
import { serverMessage, type ServerMessage } from '../shared/index.ts';
import { postgresUrl } from '../scripts/services.ts';
import { eventually } from './eventually.ts';
import { gatewayClient, type GatewayClient } from './gateway-client.ts';

describe('Outrider before an agent builder', () => {
  const workspace = mkdtempSync(join(tmpdir(), 'outrider-e2e-'));
  let demo: Demo;
  let gateway: GatewayClient;

  before(async () => {
    demo = await startDemo({
      workspace,
      hasTraffic: false,
      serverUrl: postgresUrl(),
      databaseName: 'e2e_agents',
    });
    gateway = gatewayClient(demo.gatewayUrl, demo.token);
  });
  after(async () => {
    await demo?.stop();
    rmSync(workspace, { recursive: true, force: true });
  });

  const ask = (target: string, init: RequestInit = {}): Promise<Response> =>
    fetch(demo.proxyUrl + target, {
      ...init,
      headers: { 'x-api-key': demo.key, 'content-type': 'application/json', ...init.headers },
      signal: AbortSignal.timeout(30_000),
    });
  const dataOf = async (type: string, exchangeId: string) =>
    eventually(`${type} of ${exchangeId}`, async () => {
      const [event] = await gateway.events({ type, exchangeId });
      // Safe in a test: a wrong shape fails the assertions below.
      return event?.data as Record<string, unknown> | undefined;
    });

  it('passes a request on and records it with the statement it caused', async () => {
    const response = await ask('/api/agents/5');
    assert.equal(response.status, 200);
    assert.equal(((await response.json()) as { id: number }).id, 5);
    const exchangeId = response.headers.get('x-request-id') ?? '';
    const http = await dataOf('http/finished', exchangeId);
    assert.deepEqual([http['method'], http['route'], http['status']], ['GET', '/api/agents/:id', 200]);
    const sql = await dataOf('sql/finished', exchangeId);
    assert.equal(sql['attribution'], 'exact');
    assert.deepEqual(sql['reads'], ['agents']);
    assert.deepEqual(sql['parameters'], ['5']);
  });

  it('refuses requests without a key, with a wrong one, and with a revoked one', async () => {
    const refusal = async (key: string | null) => {
      const response = await fetch(`${demo.proxyUrl}/api/agents`, {
        headers: key === null ? {} : { 'x-api-key': key },
      });
      return { status: response.status, code: ((await response.json()) as { code: string }).code };
    };
    assert.deepEqual(await refusal(null), { status: 401, code: 'key_required' });
    assert.deepEqual(await refusal('nonsense'), { status: 401, code: 'key_malformed' });

    const made = await gateway.post('/api/security/api-keys', { label: 'short-lived' });
    assert.equal(made.status, 201);
    const { id, key } = (await made.json()) as { id: string; key: string };
    assert.equal(
      (await fetch(`${demo.proxyUrl}/api/agents?limit=1`, { headers: { 'x-api-key': key } })).status,
      200,
    );
    const revoked = await fetch(`${demo.gatewayUrl}/api/security/api-keys/${id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${demo.token}` },
    });
    assert.ok(revoked.ok);
    assert.deepEqual(await refusal(key), { status: 401, code: 'key_revoked' });
  });

  it('refuses an injection before the backend sees it, with a reference and without an echo', async () => {
    const response = await ask(`/api/search?q=${encodeURIComponent("' UNION SELECT 1, current_user --")}`);
    assert.equal(response.status, 403);
    assert.equal(response.headers.get('content-type'), 'application/problem+json');
    const problem = (await response.json()) as { code: string; instance: string };
    assert.equal(problem.code, 'injection_refused');
    assert.ok(!JSON.stringify(problem).includes('UNION'));
    const denied = await dataOf('guard/denied', problem.instance);
    assert.equal(denied['plugin'], 'injection-filter');
    const statements = await gateway.events({ type: 'sql/finished', exchangeId: problem.instance });
    assert.deepEqual(statements, []);
  });

  it('lets ordinary talk about attacks through', async () => {
    const body = JSON.stringify({
      execution: 3,
      prompt: 'Explain SELECT name FROM agents; then rm -rf is dangerous, why?',
    });
    const response = await ask('/api/chat', { method: 'POST', body });
    assert.equal(response.status, 200);
    await response.text();
  });

  it('passes a token stream on piece by piece', async () => {
    const response = await ask('/api/chat', {
      method: 'POST',
      body: JSON.stringify({ execution: 3, prompt: 'Hello there' }),
    });
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    let pieces = 0;
    for await (const piece of response.body ?? []) pieces += piece.length > 0 ? 1 : 0;
    assert.ok(pieces > 3, `${pieces} pieces`);
    const http = await dataOf('http/finished', response.headers.get('x-request-id') ?? '');
    assert.equal(http['isStreaming'], true);
  });

  it('passes a WebSocket on in both directions', async () => {
    const socket = new WebSocket(`${demo.proxyUrl.replace('http', 'ws')}/ws/executions/7`, {
      headers: { 'x-api-key': demo.key },
    });
    const echoed = new Promise<string>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('open', () => socket.send('over there?'));
      socket.on('message', (data) => String(data) === 'over there?' && resolve(String(data)));
    });
    assert.equal(await echoed, 'over there?');
    socket.terminate();
  });

  it('finds the slow query, draws its plan and suggests an index', async () => {
    await (await ask('/api/reports/usage')).text();
    const finding = await eventually('a finding about the slow query', async () =>
      (await gateway.findings()).find(({ rule }) => rule.startsWith('slow-queries/')),
    );
    const details = finding.details ?? assert.fail('The finding has no details.');
    const opened = await gateway.post(`/api/commands/${details.command}`, details.input);
    const view = JSON.stringify(await opened.json());
    assert.match(view, /"kind":"plan"/);
    assert.match(view, /CREATE INDEX CONCURRENTLY[^"]*messages[^"]*execution_id/);
  });

  it('writes every change to the audit log', async () => {
    const response = await ask('/api/agents', { method: 'POST', body: JSON.stringify({ name: 'Audited' }) });
    assert.equal(response.status, 201);
    const audited = await dataOf('event-store/audited', response.headers.get('x-request-id') ?? '');
    assert.equal(audited['method'], 'POST');
  });

  it('appends domain events with a version check and reads them back', async () => {
    const append = (expectedVersion: number) =>
      gateway.post('/api/commands/event-store/append', {
        stream: 'agents/7',
        expectedVersion,
        events: [{ type: 'agents/renamed', data: { name: `Agent ${expectedVersion}` } }],
      });
    assert.equal((await append(0)).status, 200);
    assert.equal((await append(0)).status, 409);
    assert.equal((await append(1)).status, 200);
    const events = await gateway.events({ stream: 'agents/7' });
    assert.deepEqual(
      events.map(({ streamVersion }) => streamVersion),
      [1, 2],
    );
  });

  it('pushes a panel whole, then as patches, and shows it as it was', async () => {
    const messages = await watch(demo, 'telemetry/traffic');
    const first = await eventually('the whole panel', () => messages.find(({ kind }) => kind === 'panel'));
    await (await ask('/api/agents?limit=1')).text();
    await eventually('a patch or a new view', () => messages.some(({ kind }) => kind === 'panel-patch'));
    assert.ok(first.kind === 'panel');
    const past = await gateway.view('telemetry/traffic', first.position);
    assert.equal(past.position, first.position);
  });

  for (const port of ['http', 'sql', 'gateway'] as const) {
    it(`goes on after garbage on the ${port} port`, async () => {
      const address = { http: demo.proxyUrl, sql: demo.tapUrl, gateway: demo.gatewayUrl }[port];
      for (const bytes of garbage) await throwAt(Number(new URL(address).port), bytes);
      assert.equal((await ask('/api/agents/6')).status, 200);
      assert.equal((await gateway.get('/api/status')).status, 200);
    });
  }

  it('keeps secrets out of its log and its events', async () => {
    const log = demo.sidecar.log.join('\n');
    const events = JSON.stringify(await gateway.events({ limit: '1000' }));
    for (const secret of [demo.key, demo.token]) {
      assert.ok(!log.includes(secret));
      assert.ok(!events.includes(secret));
    }
  });

  it('finishes an exchange in flight before it stops', async () => {
    const streaming = await ask('/api/chat', {
      method: 'POST',
      body: JSON.stringify({ execution: 3, prompt: 'Last words' }),
    });
    const stopped = demo.sidecar.stop();
    assert.match(await streaming.text(), /\[DONE\]/);
    assert.equal(await stopped, 0);
  });
});

const garbage = [
  Buffer.from('\u0000\u0001\u0002\u0003 nonsense \r\n\r\n'),
  Buffer.from('GET / HTTP/9.9\r\nHost: a\r\nHost: b\r\n\r\n'),
  Buffer.from([0xff, 0xff, 0xff, 0xff, 0x00, 0x03, 0x00, 0x00]),
  Buffer.alloc(200_000, 0x41),
];

function throwAt(port: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('connect', () => socket.end(bytes));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve());
    socket.resume();
  });
}

async function watch(demo: Demo, panel: string): Promise<readonly ServerMessage[]> {
  const messages: ServerMessage[] = [];
  const socket = new WebSocket(`${demo.gatewayUrl.replace('http', 'ws')}/live`);
  socket.on('message', (data) => messages.push(serverMessage.parse(JSON.parse(String(data)))));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.send(JSON.stringify({ kind: 'hello', protocol: 1, token: demo.token }));
  socket.send(JSON.stringify({ kind: 'watch-panels', panels: [panel] }));
  return messages;
}
