import { strict as assert } from 'node:assert';
import { request as httpRequest, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, it } from 'mocha';
import { OutriderError, deny, headersOf, reply, type Reply } from '../../shared/index.ts';
import type { ExchangeRecord, Pipeline } from './pipeline.ts';
import {
  eventually,
  exchangeRaw,
  rawClient,
  startBackend,
  startProxy,
  type TestBackend,
  type TestProxy,
} from './test-proxy.ts';

let backend: TestBackend;
let proxy: TestProxy;

async function stop(): Promise<void> {
  await proxy.stop();
  await backend.stop();
}

async function given(pipeline: Partial<Pipeline>, handle: RequestListener = echo): Promise<void> {
  backend = await startBackend(handle);
  proxy = await startProxy(backend.port, { pipeline });
}

const echo: RequestListener = (request, response) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    response.setHeader('X-Backend', 'yes');
    response.end(
      JSON.stringify({ headers: request.headers, body: Buffer.concat(pieces).toString('base64') }),
    );
  });
};

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

function post(
  body: Buffer | string,
  headers: Record<string, string> = {},
  isChunked = false,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = isChunked ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
    const outgoing = httpRequest(
      proxy.url,
      { method: 'POST', headers: { ...length, ...headers } },
      (answer) => {
        let text = '';
        answer.on('data', (piece: Buffer) => (text += piece.toString()));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
        answer.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function forwardedBody(answer: Answer): Buffer {
  const { body } = JSON.parse(answer.text) as { readonly body: string };
  return Buffer.from(body, 'base64');
}

const seeing = (wanted: number, seen: (exchange: ExchangeRecord) => void): Partial<Pipeline> => ({
  bodyBytesWanted: () => wanted,
  admit: (exchange) => {
    seen(exchange);
    return { allow: true };
  },
});

const get = 'GET /x?y=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

describe('guards before the backend', () => {
  afterEach(stop);

  for (const [what, later] of Object.entries({ 'at once': false, later: true })) {
    it(`refuse with their status, reason and reference ${what}; the backend hears nothing`, async () => {
      const refusal = deny(429, 'Slow down, please.', {
        code: 'rate_limited',
        retryAfterSeconds: 1.2,
        replyHeaders: [['RateLimit', 'limit=1']],
        details: { secret: 'never sent' },
      });
      await given({ admit: () => (later ? Promise.resolve(refusal) : refusal) });
      const answer = await exchangeRaw(proxy.port, get);
      assert.match(answer, /^HTTP\/1\.1 429 Too Many Requests\r\n/);
      assert.match(answer, /\r\nRetry-After: 2\r\n/);
      assert.match(answer, /\r\nRateLimit: limit=1\r\n/);
      assert.match(answer, /\r\nX-Request-Id: test-1\r\n/);
      assert.match(answer, /"code":"rate_limited"/);
      assert.match(answer, /"detail":"Slow down, please\."/);
      assert.match(answer, /"instance":"test-1"/);
      assert.doesNotMatch(answer, /never sent/);
      assert.equal(backend.count(), 0);
      assert.equal(proxy.finished[0]?.outcome.error, 'rate_limited');
    });
  }

  it('answer one refusal for each of several pipelined requests', async () => {
    await given({ admit: () => deny(403, 'No.') });
    const answer = await exchangeRaw(
      proxy.port,
      `GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n${get}`,
    );
    assert.equal(answer.match(/HTTP\/1\.1 403/g)?.length, 3);
    assert.equal(proxy.finished.length, 3);
  });

  it('add fields for the backend, of their own kind only, and for the client', async () => {
    await given({
      admit: () => ({
        allow: true,
        principal: { kind: 'api-key', id: 'k1', label: 'key one' },
        backendHeaders: [
          ['X-Outrider-Key', 'k1'],
          ['Host', 'evil'],
          ['X-Outrider-Bad', 'a\r\nX-Evil: 1'],
          ['X-Outrider-Wide', 'a\u010ab'],
        ],
        replyHeaders: [['X-Quota', '9']],
      }),
    });
    const answer = await post('x');
    const { headers } = JSON.parse(answer.text) as { readonly headers: Record<string, string> };
    assert.equal(headers['x-outrider-key'], 'k1');
    assert.notEqual(headers['host'], 'evil');
    assert.equal(headers['x-evil'] ?? headers['x-outrider-bad'] ?? headers['x-outrider-wide'], undefined);
    assert.equal(answer.headers['x-quota'], '9');
    assert.equal(proxy.finished[0]?.exchange.principal?.id, 'k1');
  });

  it('see the request, credentials redacted', async () => {
    const seen: string[] = [];
    await given({
      admit: ({ request, rawHeaders }) => {
        seen.push(request.method, request.path, request.query, request.route, request.clientAddress);
        seen.push(request.headers.get('authorization') ?? '', rawHeaders.get('Authorization') ?? '');
        seen.push([...request.headers].find(([name]) => name === 'Cookie')?.[1] ?? '');
        return { allow: true };
      },
    });
    await exchangeRaw(
      proxy.port,
      'GET /agents/42?a=b HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\nCookie: c=d\r\nConnection: close\r\n\r\n',
    );
    assert.deepEqual(seen, [
      'GET',
      '/agents/42',
      'a=b',
      '/agents/:id',
      '127.0.0.1',
      '[redacted]',
      'Bearer x',
      '[redacted]',
    ]);
  });

  for (const isChunked of [false, true]) {
    it(`see the body they asked for, the backend gets all of it ${isChunked ? '(chunked)' : ''}`, async () => {
      const bodies: string[] = [];
      await given(seeing(1024, ({ request }) => bodies.push(`${request.body} ${request.isBodyTruncated}`)));
      const answer = await post('{"a":1}', {}, isChunked);
      assert.deepEqual(bodies, ['{"a":1} false']);
      assert.equal(forwardedBody(answer).toString(), '{"a":1}');
    });
  }

  it('see the first bytes of a body longer than they asked for, the backend gets all of it', async () => {
    const seen: [number, boolean][] = [];
    await given(
      seeing(1000, ({ request }) => seen.push([request.body?.length ?? 0, request.isBodyTruncated])),
    );
    const body = Buffer.alloc(1_000_000, 'abc');
    assert.deepEqual(forwardedBody(await post(body)), body);
    assert.deepEqual(seen, [[1000, true]]);
  });

  it('see no body when they asked for none', async () => {
    await given(seeing(0, ({ request }) => assert.equal(request.body, null)));
    assert.equal(forwardedBody(await post('hello')).toString(), 'hello');
  });

  for (const [coding, packed] of Object.entries({
    gzip: gzipSync('hello guards'),
    deflate: deflateSync('hello guards'),
    br: brotliCompressSync('hello guards'),
    'deflate, gzip': gzipSync(deflateSync('hello guards')),
  })) {
    it(`see what is packed as ${coding}, the backend gets it as it came`, async () => {
      const bodies: string[] = [];
      await given(seeing(1024, ({ request }) => bodies.push(String(request.body))));
      const answer = await post(packed, { 'Content-Encoding': coding });
      assert.deepEqual(bodies, ['hello guards']);
      assert.deepEqual(forwardedBody(answer), packed);
    });
  }

  it('see no more of a bomb than they asked for', async () => {
    const seen: [number, boolean][] = [];
    await given(
      seeing(70_000, ({ request }) => seen.push([request.body?.length ?? 0, request.isBodyTruncated])),
    );
    await post(gzipSync(Buffer.alloc(50_000_000)), { 'Content-Encoding': 'gzip' });
    assert.deepEqual(seen, [[70_000, true]]);
  });

  it('see what came out before a mistake in a packed body, and an unknown coding as it is', async () => {
    const seen: [string, boolean][] = [];
    await given(seeing(100, ({ request }) => seen.push([String(request.body), request.isBodyTruncated])));
    await post('not gzip', { 'Content-Encoding': 'gzip' });
    await post('packed', { 'Content-Encoding': 'zstd' });
    assert.deepEqual(seen, [
      ['', true],
      ['packed', false],
    ]);
  });

  it('ask a client that waits for it to send its body', async () => {
    await given(seeing(100, () => undefined));
    const client = rawClient(proxy.port);
    client.send(
      'PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\n',
    );
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    client.send('abc');
    assert.match(await client.closed(), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  });
});

describe('plugins around the backend', () => {
  afterEach(stop);

  it('pass the reply on as the backend gave it', async () => {
    await given({ around: (_exchange, next) => next() });
    const answer = await post('hello');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['x-backend'], 'yes');
    assert.equal(forwardedBody(answer).toString(), 'hello');
  });

  it('answer in place of the backend', async () => {
    await given({
      around: async (exchange) => {
        exchange.servedBy = 'cache';
        return reply(200, { 'Content-Type': 'text/plain', 'Set-Cookie': ['a=1', 'b=2'] }, 'from the cache');
      },
    });
    const answer = await exchangeRaw(proxy.port, get);
    assert.match(
      answer,
      /Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n[^]*Content-Length: 14\r\n[^]*from the cache$/,
    );
    assert.equal(backend.count(), 0);
    assert.equal(proxy.finished[0]?.exchange.servedBy, 'cache');
  });

  it('see a short reply whole', async () => {
    const seen: unknown[] = [];
    await given(
      {
        around: async (_exchange, next) => {
          const got = await next();
          seen.push(got.status, got.isStreaming, String(got.body), got.headers.get('x-backend'));
          return { ...got, headers: headersOf({ 'X-Changed': 'yes' }) };
        },
      },
      (_request, response) => response.setHeader('X-Backend', 'yes').end('short'),
    );
    const answer = await exchangeRaw(proxy.port, get);
    assert.deepEqual(seen, [200, false, 'short', 'yes']);
    assert.match(answer, /X-Changed: yes\r\n[^]*short$/);
  });

  it('pass a stream on unbuffered', async () => {
    let send: (text: string) => void = () => undefined;
    await given({ around: (_exchange, next) => next() }, (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
      send = (text) => void response.write(text);
    });
    const client = rawClient(proxy.port);
    client.send('GET /e HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.until(/event-stream[^]*\r\n\r\n$/);
    for (const text of ['one', 'two']) {
      send(text);
      await client.until(new RegExp(text));
    }
    client.socket.destroy();
    await eventually(() => backend.sockets.size === 0, 'the backend to be let go');
  });

  it('may change a stream on its way', async () => {
    async function* upper(body: Reply['body']): AsyncGenerator<Uint8Array> {
      // Safe: the backend below has not ended its reply when this begins, so the body is a stream.
      for await (const piece of body as AsyncIterable<Uint8Array>)
        yield Buffer.from(Buffer.from(piece).toString().toUpperCase());
    }
    let goOn: () => void = () => undefined;
    await given(
      { around: async (_exchange, next) => ((got) => ({ ...got, body: upper(got.body) }))(await next()) },
      (_request, response) => {
        response.write('abc');
        goOn = () => void response.end('def');
      },
    );
    const client = rawClient(proxy.port);
    client.send(get);
    await client.until(/3\r\nABC\r\n/);
    goOn();
    assert.match(await client.closed(), /3\r\nDEF\r\n0\r\n\r\n$/);
  });

  it('keep the length and every byte of a long reply, though the client is slow', async () => {
    const large = Buffer.alloc(6 * 1024 * 1024, 'abcdefg');
    await given({ around: (_exchange, next) => next() }, (_request, response) => {
      response.setHeader('Content-Length', large.length).end(large);
    });
    const client = rawClient(proxy.port);
    client.socket.pause();
    client.send(get);
    await eventually(() => proxy.proxy.stats.inFlight === 1, 'the request to be in flight');
    client.socket.resume();
    const answer = await client.closed();
    assert.match(answer, new RegExp(`Content-Length: ${large.length}\r\n`));
    assert.equal(answer.length - answer.indexOf('\r\n\r\n') - 4, large.length);
  });

  it('are told why the backend gave no reply', async () => {
    const seen: unknown[] = [];
    await given(
      {
        around: async (_exchange, next) => {
          try {
            return await next();
          } catch (error) {
            seen.push(error instanceof OutriderError && error.code);
            throw error;
          }
        },
      },
      (_request, response) => void response.socket?.destroy(),
    );
    assert.match(await exchangeRaw(proxy.port, get), /^HTTP\/1\.1 502 [^]*backend_closed/);
    assert.deepEqual(seen, ['backend_closed']);
  });

  it('are told when the client left while they waited', async () => {
    const seen: unknown[] = [];
    await given(
      {
        around: (_exchange, next) =>
          next().catch((error: unknown) => (seen.push(error), Promise.reject(error))),
      },
      () => undefined,
    );
    const client = rawClient(proxy.port);
    client.send('GET /x HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually(() => backend.count() === 1, 'the backend to be asked');
    client.socket.destroy();
    await eventually(() => seen.length === 1, 'the plugin to be told');
    assert.equal(proxy.finished[0]?.outcome.error, 'client_gone');
  });

  it('leave HEAD and 304 without a body', async () => {
    await given({ around: async () => reply(200, { 'Content-Length': '5' }, 'hello') });
    const head = await exchangeRaw(proxy.port, 'HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    assert.match(head, /Content-Length: 5\r\n[^]*\r\n\r\n$/);
  });
});
