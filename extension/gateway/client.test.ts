import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { gatewayClient, GatewayProblem } from './client.ts';

function clientWith(status: number, body: string) {
  const asked: { readonly url: string; readonly init: RequestInit | undefined }[] = [];
  const client = gatewayClient({
    gateway: 'http://gateway:7070',
    token: 'secret',
    fetch: async (url, init) => {
      asked.push({ url: String(url), init });
      return new Response(body, { status });
    },
  });
  return { client, asked };
}

const command = { id: 'a/b', plugin: 'a', title: 'T', effect: 'read', returnsView: false, inputSchema: {} };

describe('The gateway’s client', () => {
  it('shows its token and asks below /api', async () => {
    const { client, asked } = clientWith(200, '{"done":true}');
    assert.deepEqual(await client.run('api-keys/create', { label: 'x' }), { done: true });
    assert.equal(asked[0]?.url, 'http://gateway:7070/api/commands/api-keys/create');
    assert.equal(new Headers(asked[0]?.init?.headers).get('authorization'), 'Bearer secret');
    assert.equal(asked[0]?.init?.body, '{"label":"x"}');
  });

  it('leaves out entries of a newer gateway that it cannot read', async () => {
    const { client } = clientWith(
      200,
      JSON.stringify({ commands: [command, { ...command, effect: 'magic' }] }),
    );
    assert.equal((await client.commands()).length, 1);
  });

  it('rejects with the gateway’s own sentences', async () => {
    const problem = {
      type: 'x',
      title: 'The input is not valid.',
      status: 400,
      code: 'input_invalid',
      todo: 'Correct it.',
      issues: [{ path: 'label', message: 'Too long.' }],
    };
    const { client } = clientWith(400, JSON.stringify(problem));
    await assert.rejects(client.run('a/b', {}), (error) => {
      assert.ok(error instanceof GatewayProblem);
      assert.equal(error.message, 'The input is not valid. Correct it.');
      assert.deepEqual(error.issues, problem.issues);
      return true;
    });
  });

  it('says so when what answers is no gateway', async () => {
    const { client } = clientWith(502, '<html>');
    await assert.rejects(client.status(), /status 502/);
  });

  it('says so when nobody answers', async () => {
    const client = gatewayClient({
      gateway: 'http://gateway:7070',
      token: 'secret',
      fetch: async () => {
        throw new TypeError('fetch failed');
      },
    });
    await assert.rejects(client.status(), /does not answer\. Check that the sidecar runs/);
  });
});
