import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { answers, problemDocument } from '../../shared/index.ts';
import { fakeSidecar, readyStatus, type FakeSidecar } from './fake-sidecar.ts';

let sidecar: FakeSidecar;

describe('the gateway', () => {
  before(async () => {
    const webDir = await mkdtemp(join(tmpdir(), 'outrider-web-'));
    await writeFile(join(webDir, 'index.html'), '<!doctype html><title>Outrider</title>');
    await writeFile(join(webDir, 'app.js'), 'export {};');
    sidecar = await fakeSidecar({ config: { origins: ['https://desk.example'] }, options: { webDir } });
    sidecar.recorder.put('orders/placed', { amount: 1 }, 'orders/1');
    sidecar.recorder.put('orders/paid', { amount: 1 }, 'orders/1');
    sidecar.recorder.put('orders/placed', { amount: 2 }, 'orders/2');
  });
  after(() => sidecar.close());

  describe('refuses', () => {
    const secure = (name: string) => ({ authorization: `Bearer ${name}` });
    const refusals: readonly [what: string, path: string, init: RequestInit, status: number, code: string][] =
      [
        [
          'a request without a token',
          '/api/status',
          { headers: { authorization: '' } },
          401,
          'token_required',
        ],
        [
          'a token of another scheme',
          '/api/status',
          { headers: { authorization: 'Basic eDp5' } },
          401,
          'token_required',
        ],
        ['a wrong token', '/api/status', { headers: secure('wrong') }, 401, 'token_wrong'],
        ['a token that only begins right', '/metrics', { headers: secure('a-token-of') }, 401, 'token_wrong'],
        [
          'a web origin that was not configured',
          '/api/status',
          { headers: { origin: 'https://evil.example' } },
          403,
          'origin_refused',
        ],
        [
          'the origin of a sandboxed page',
          '/api/status',
          { headers: { origin: 'null' } },
          403,
          'origin_refused',
        ],
        [
          'a preflight from another origin',
          '/api/status',
          { method: 'OPTIONS', headers: { origin: 'https://evil.example' } },
          403,
          'origin_refused',
        ],
        ['an address where nothing is', '/api/nothing', {}, 404, 'not_found'],
        ['a method an address does not take', '/api/status', { method: 'DELETE' }, 405, 'method_not_allowed'],
        ['a GET of a command', '/api/commands/keys/list', {}, 405, 'method_not_allowed'],
        [
          'a method a second address does not take',
          '/api/security/api-keys/7/rotate',
          {},
          405,
          'method_not_allowed',
        ],
        ['an unknown command', '/api/commands/keys/none', json('{}'), 404, 'command_unknown'],
        ['a body that is not JSON', '/api/commands/keys/list', json('{"limit":'), 400, 'body_not_json'],
        [
          'a body of another type',
          '/api/commands/keys/list',
          { method: 'POST', body: 'limit=1' },
          400,
          'body_not_json',
        ],
        ['a body that is no object', '/api/commands/keys/list', json('[1]'), 400, 'body_not_json'],
        ['a body that is null', '/api/commands/keys/list', json('null'), 400, 'body_not_json'],
        [
          'a body over 1 MiB',
          '/api/commands/keys/list',
          json(`{"a":"${'x'.repeat(1024 * 1024)}"}`),
          413,
          'body_too_large',
        ],
        [
          'input that does not fit the schema',
          '/api/commands/keys/create',
          json('{"label":""}'),
          400,
          'input_invalid',
        ],
        [
          'fields nobody asked for',
          '/api/commands/keys/create',
          json('{"label":"a","admin":true}'),
          400,
          'input_invalid',
        ],
        ['a position that is no number', '/api/panels/keys/count?at=then', {}, 400, 'input_invalid'],
        ['a negative position', '/api/events?after=-1', {}, 400, 'input_invalid'],
        ['a query nobody knows', '/api/events?limt=5', {}, 400, 'input_invalid'],
        ['a page that is too long', '/api/events?limit=1001', {}, 400, 'input_invalid'],
        ['an unknown panel', '/api/panels/keys/none', {}, 404, 'panel_unknown'],
        ['a path that is badly encoded', '/api/panels/keys/%E0%A4%A', {}, 400, 'input_invalid'],
        [
          'a badly encoded second address',
          '/api/security/api-keys/%zz/rotate',
          { method: 'POST' },
          400,
          'input_invalid',
        ],
        [
          'an actor that is no name',
          '/api/commands/keys/list',
          { method: 'POST', headers: { 'x-outrider-actor': 'x'.repeat(101) } },
          400,
          'input_invalid',
        ],
        ['what a command refuses', '/api/commands/keys/conflict', json('{}'), 409, 'version_conflict'],
      ];
    for (const [what, path, init, status, code] of refusals) {
      it(`${what} with ${status} ${code}`, async () => {
        const response = await sidecar.get(path, init);
        assert.equal(response.headers.get('content-type'), 'application/problem+json; charset=utf-8');
        const problem = problemDocument.parse(await response.json());
        assert.deepEqual([response.status, problem.status, problem.code], [status, status, code]);
        assert.equal(response.headers.get('access-control-allow-origin'), null);
      });
    }

    it('a Host header that names another machine, token or not', async () => {
      const { status, body } = await rawGet('/api/status', { host: 'evil.example:7070' });
      assert.deepEqual([status, JSON.parse(body).code], [403, 'host_refused']);
    });

    it('garbage on the port with a problem document, and closes', async () => {
      const answer = await rawSend('\x16\x03\x01\x02\x00\x01garbage\r\n\r\n');
      assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/);
      assert.match(answer, /"code":"request_malformed"/);
    });

    it('answers a request without Host with a sentence', async () => {
      const answer = await rawSend('GET /api/status HTTP/1.1\r\nConnection: close\r\n\r\n');
      assert.match(answer, /^HTTP\/1\.1 403[^]*The Host header does not name this gateway/);
    });

    it('header fields that are too large', async () => {
      const answer = await rawSend(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 431 /);
      assert.match(answer, /"code":"header_too_large"/);
    });

    it('to tell what an unexpected error says, and logs it under the reference it gives', async () => {
      const response = await sidecar.get('/api/commands/keys/broken', json('{}'));
      const text = await response.text();
      assert.equal(response.status, 500);
      assert.doesNotMatch(text, /hunter2/);
      const { instance } = problemDocument.parse(JSON.parse(text));
      const logged = sidecar.warnings.find(
        ({ fields }) => fields && 'reference' in fields && fields.reference === instance,
      );
      assert.ok(logged);
    });

    it('names the methods there are', async () => {
      const response = await sidecar.get('/api/security/api-keys/7', { method: 'PATCH' });
      assert.deepEqual([response.status, response.headers.get('allow')], [405, 'DELETE']);
    });
  });

  describe('answers', () => {
    it('how the sidecar is', async () => {
      const response = await sidecar.get('/api/status');
      assert.equal(response.headers.get('cache-control'), 'no-store');
      assert.deepEqual(answers.status.parse(await response.json()), readyStatus);
    });

    for (const [path, schema] of [
      ['/api/plugins', answers.plugins],
      ['/api/panels', answers.panels],
      ['/api/commands', answers.commands],
      ['/api/findings', answers.findings],
      ['/api/streams?prefix=orders/', answers.streams],
      ['/api/panels/keys/count', answers.panel],
      ['/api/panels/keys/count/compare?from=1&to=3', answers.compare],
    ] as const) {
      it(`${path} as the protocol says`, async () => {
        const response = await sidecar.get(path);
        assert.equal(response.status, 200);
        schema.parse(await response.json());
      });
    }

    it('a panel as it was', async () => {
      const { view, position } = answers.panel.parse(
        await (await sidecar.get('/api/panels/keys/count?at=2')).json(),
      );
      assert.deepEqual([view['value'], position], ['2', 2]);
    });

    it('events by type, stream, range and direction', async () => {
      const positions = async (query: string) => {
        const response = await sidecar.get(`/api/events?${query}`);
        return answers.events.parse(await response.json()).events.map(({ position }) => position);
      };
      assert.deepEqual(await positions(''), [1, 2, 3]);
      assert.deepEqual(await positions('type=orders/placed'), [1, 3]);
      assert.deepEqual(await positions('type=orders/placed&type=orders/paid&limit=2'), [1, 2]);
      assert.deepEqual(await positions('stream=orders/1&backward=true'), [2, 1]);
      assert.deepEqual(await positions('after=1&upTo=2'), [2]);
    });

    it('a loopback name, the address itself and configured origins', async () => {
      for (const host of ['localhost:9', '127.0.0.1', 'LOCALHOST']) {
        assert.equal((await rawGet('/api/status', { host })).status, 200, host);
      }
      const response = await sidecar.get('/api/status', { headers: { origin: 'https://desk.example' } });
      assert.equal(response.headers.get('access-control-allow-origin'), 'https://desk.example');
      assert.equal((await sidecar.get('/api/status', { headers: { origin: sidecar.url } })).status, 200);
    });

    it('a preflight of a configured origin without a token', async () => {
      const response = await fetch(`${sidecar.url}/api/commands/keys/list`, {
        method: 'OPTIONS',
        headers: { origin: 'https://desk.example', 'access-control-request-method': 'POST' },
      });
      assert.equal(response.status, 204);
      assert.match(response.headers.get('access-control-allow-headers') ?? '', /authorization/);
    });

    it('the dashboards without a token, with a policy that lets no foreign script in', async () => {
      const page = await fetch(`${sidecar.url}/`);
      assert.equal(page.status, 200);
      assert.match(page.headers.get('content-security-policy') ?? '', /script-src 'self';/);
      assert.equal((await fetch(`${sidecar.url}/app.js`)).status, 200);
      assert.equal((await fetch(`${sidecar.url}/missing.js`)).status, 401);
      assert.equal((await fetch(`${sidecar.url}/..%2f..%2fetc/passwd`)).status, 401);
    });

    it('probes without a token, ready also while degraded, and 503 while draining', async () => {
      const probe = async (path: string) => {
        const response = await fetch(sidecar.url + path);
        return [response.status, await response.json()];
      };
      assert.deepEqual(await probe('/healthz'), [200, { state: 'alive' }]);
      sidecar.status = { ...readyStatus, state: 'degraded', reasons: ['The store is away.'] };
      assert.deepEqual(await probe('/readyz'), [200, { state: 'degraded', reasons: ['The store is away.'] }]);
      sidecar.status = { ...readyStatus, state: 'draining' };
      assert.equal((await probe('/readyz'))[0], 503);
      sidecar.status = readyStatus;
    });
  });

  describe('runs commands', () => {
    it('and answers with their output, naming who asked in the audit log', async () => {
      const response = await sidecar.get('/api/commands/keys/create', {
        ...json('{"label":"ci"}'),
        headers: { 'content-type': 'application/json', 'x-outrider-actor': 'vscode' },
      });
      assert.deepEqual(
        [response.status, await response.json()],
        [200, { id: 'k1', label: 'ci', days: null }],
      );
      assert.deepEqual(sidecar.host.runs.at(-1), {
        command: 'keys/create',
        input: { label: 'ci' },
        actor: { kind: 'token', id: 'gateway', label: 'vscode' },
      });
    });

    it('without a body where no input is needed', async () => {
      const response = await sidecar.get('/api/commands/keys/list', { method: 'POST' });
      assert.deepEqual(await response.json(), { keys: [], limit: 10 });
    });

    it('at their own addresses, with the status they ask for', async () => {
      const response = await sidecar.get('/api/security/api-keys', json('{"label":"ci"}'));
      assert.equal(response.status, 201);
      const gone = await sidecar.get('/api/security/api-keys/k1', { method: 'DELETE' });
      assert.deepEqual([gone.status, await gone.text()], [204, '']);
    });

    it('with one input made of path, query and body, in types the schema wants', async () => {
      const path = '/api/security/api-keys/a%2Fb/rotate?graceMinutes=5&isForced=true&id=other';
      const response = await sidecar.get(path, json('{"graceMinutes":7,"id":"third"}'));
      assert.deepEqual(await response.json(), { id: 'a/b', graceMinutes: 7, isForced: true });
      const listed = await sidecar.get('/api/security/api-keys?limit=3&states=active');
      assert.deepEqual(await listed.json(), { keys: [], limit: 3, states: ['active'] });
    });
  });
});

describe('wrong tokens', () => {
  it('are counted by address: after twenty the next are not even compared, until time passes', async () => {
    let nowMs = 0;
    const throttled = await fakeSidecar({ options: { now: () => new Date(nowMs) } });
    try {
      const statusOf = async (given: string) =>
        (await throttled.get('/api/status', { headers: { authorization: `Bearer ${given}` } })).status;
      for (let guess = 0; guess < 20; guess += 1) assert.equal(await statusOf('guess'), 401);
      assert.deepEqual([await statusOf('guess'), await statusOf(throttled.token)], [429, 429]);
      nowMs += 1_000;
      assert.equal(await statusOf(throttled.token), 200);
    } finally {
      await throttled.close();
    }
  });
});

describe('starting and stopping', () => {
  it('says that the address is taken', async () => {
    const first = await fakeSidecar();
    const listen = first.url.replace('http://', '');
    await assert.rejects(fakeSidecar({ config: { listen } }), { code: 'port_taken' });
    await first.close();
  });

  it('lets go of the log', async () => {
    const stopped = await fakeSidecar();
    await stopped.close();
    assert.equal(stopped.recorder.subscribers, 0);
    await assert.rejects(stopped.get('/healthz'));
  });
});

function json(body: string): RequestInit {
  return { method: 'POST', body, headers: { 'content-type': 'application/json' } };
}

/** `fetch` sets Host itself. */
function rawGet(path: string, headers: Record<string, string>): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      sidecar.url + path,
      { headers: { authorization: `Bearer ${sidecar.token}`, ...headers } },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (part: string) => (body += part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      },
    );
    sent.on('error', reject).end();
  });
}

function rawSend(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(sidecar.url).port), '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setEncoding('utf8').on('data', (part: string) => (answer += part));
    socket.on('end', () => resolve(answer)).on('error', reject);
  });
}
