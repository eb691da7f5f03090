import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { z } from 'zod';
import { fakeSidecar, type FakeSidecar } from './fake-sidecar.ts';

let sidecar: FakeSidecar;

const answer = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string(), z.number()]).nullable(),
  result: z.looseObject({}).optional(),
  error: z.object({ code: z.number(), message: z.string() }).optional(),
});
const toolList = z.object({
  tools: z.array(
    z.looseObject({
      name: z.string().regex(/^[\w-]{1,64}$/),
      inputSchema: z.looseObject({ type: z.literal('object') }),
      annotations: z.looseObject({ readOnlyHint: z.boolean(), destructiveHint: z.boolean().optional() }),
    }),
  ),
});

describe('MCP', () => {
  before(async () => {
    sidecar = await fakeSidecar();
  });
  after(() => sidecar.close());

  it('needs the token and refuses foreign origins, like everything else', async () => {
    const foreign = { headers: { origin: 'https://evil.example' } };
    assert.equal((await fetch(`${sidecar.url}/mcp`, { method: 'POST' })).status, 401);
    assert.equal((await sidecar.get('/mcp', { method: 'POST', ...foreign })).status, 403);
  });

  it('offers reading and changing commands as tools, marked as such, and no secret ones', async () => {
    const { result } = await call('tools/list');
    const { tools } = toolList.parse(result);
    const hints = Object.fromEntries(tools.map(({ name, annotations }) => [name, annotations]));
    assert.equal(hints['keys__list']?.readOnlyHint, true);
    assert.equal(hints['keys__rotate']?.destructiveHint, true);
    assert.equal(hints['keys__create'], undefined);
  });

  it('runs a tool and names the agent in the audit log', async () => {
    const { result } = await call('tools/call', { name: 'keys__list', arguments: { limit: 2 } });
    assert.deepEqual(result?.['structuredContent'], { keys: [], limit: 2 });
    assert.equal(sidecar.host.runs.at(-1)?.actor.label, 'mcp');
  });

  it('tells the model what to correct', async () => {
    const { result } = await call('tools/call', { name: 'keys__list', arguments: { limit: 'two' } });
    assert.equal(result?.['isError'], true);
    assert.match(JSON.stringify(result), /limit: Give a number, not text/);
  });

  it('keeps what an unexpected error says to the log', async () => {
    const { result } = await call('tools/call', { name: 'keys__broken' });
    assert.equal(result?.['isError'], true);
    assert.doesNotMatch(JSON.stringify(result), /hunter2/);
  });

  it('does not run a secret command, whoever guesses its name', async () => {
    const { error } = await call('tools/call', { name: 'keys__create', arguments: { label: 'x' } });
    assert.equal(error?.code, -32602);
  });

  it('answers the handshake of older clients in their revision, and tells newer ones what it speaks', async () => {
    const older = await call('initialize', { protocolVersion: '2025-06-18', capabilities: {} });
    assert.equal(older.result?.['protocolVersion'], '2025-06-18');
    const newer = await call('server/discover');
    assert.match(JSON.stringify(newer.result?.['supportedVersions']), /2026-07-28/);
  });

  it('takes notifications without an answer', async () => {
    const response = await post({ jsonrpc: '2.0', method: 'notifications/initialized' });
    assert.deepEqual([response.status, await response.text()], [202, '']);
  });

  for (const [what, body, headers, status, code] of [
    ['no JSON-RPC', { hello: 1 }, {}, 400, -32600],
    ['a batch', [{ jsonrpc: '2.0', id: 1, method: 'ping' }], {}, 400, -32600],
    ['a method nobody knows', { jsonrpc: '2.0', id: 1, method: 'resources/list' }, {}, 404, -32601],
    ['a method that every object has', { jsonrpc: '2.0', id: 1, method: 'constructor' }, {}, 404, -32601],
    [
      'a header that says another method',
      { jsonrpc: '2.0', id: 1, method: 'ping' },
      { 'mcp-method': 'tools/call' },
      400,
      -32020,
    ],
    [
      'a revision nobody knows',
      { jsonrpc: '2.0', id: 1, method: 'ping' },
      { 'mcp-protocol-version': '2099-01-01' },
      400,
      -32022,
    ],
  ] as const) {
    it(`refuses ${what} with ${code}`, async () => {
      const response = await post(body, headers);
      assert.deepEqual([response.status, answer.parse(await response.json()).error?.code], [status, code]);
    });
  }

  it('has no stream to GET', async () => {
    assert.equal((await sidecar.get('/mcp')).status, 405);
  });
});

async function call(method: string, params: object = {}) {
  const response = await post({ jsonrpc: '2.0', id: 7, method, params });
  assert.equal(response.status, 200);
  return answer.parse(await response.json());
}

function post(body: object, headers: Record<string, string> = {}): Promise<Response> {
  return sidecar.get('/mcp', {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
}
