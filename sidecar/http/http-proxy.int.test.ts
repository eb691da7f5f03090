import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import {
  Agent,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type RequestOptions,
} from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, describe, it } from 'mocha';
import {
  eventually,
  exchangeRaw,
  rawClient,
  startBackend,
  startProxy,
  startRawBackend,
  type TestBackend,
  type TestProxy,
  type TestProxyOptions,
} from './test-proxy.ts';

let backend: TestBackend;
let proxy: TestProxy;

async function given(handle: RequestListener, options: TestProxyOptions = {}): Promise<void> {
  backend = await startBackend(handle);
  proxy = await startProxy(backend.port, options);
}

async function stop(): Promise<void> {
  await proxy.stop();
  await backend.stop();
}

/** Answers with what arrived, as JSON. */
const echo: RequestListener = (request, response) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    const body = Buffer.concat(pieces);
    response.setHeader('Content-Type', 'application/json');
    response.end(
      JSON.stringify({
        method: request.method,
        url: request.url,
        headers: request.headers,
        raw: request.rawHeaders,
        size: body.length,
        hash: createHash('sha256').update(body).digest('hex'),
      }),
    );
  });
};

interface Echoed {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly raw: readonly string[];
  readonly size: number;
  readonly hash: string;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly raw: readonly string[];
  readonly body: Buffer;
  readonly trailers: IncomingMessage['trailers'];
}

function ask(path: string, options: RequestOptions = {}, body?: string | Buffer | Buffer[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(`${proxy.url}${path}`, options, (reply) => {
      const pieces: Buffer[] = [];
      reply.on('data', (piece: Buffer) => pieces.push(piece));
      reply.on('error', reject);
      reply.on('end', () =>
        resolve({
          status: reply.statusCode ?? 0,
          headers: reply.headers,
          raw: reply.rawHeaders,
          body: Buffer.concat(pieces),
          trailers: reply.trailers,
        }),
      );
    });
    outgoing.on('error', reject);
    if (Array.isArray(body)) for (const piece of body) outgoing.write(piece);
    outgoing.end(Array.isArray(body) ? undefined : body);
  });
}

async function echoed(path: string, options: RequestOptions = {}, body?: string | Buffer): Promise<Echoed> {
  const { body: answer } = await ask(path, options, body);
  return JSON.parse(answer.toString()) as Echoed;
}

describe('requests through the proxy', () => {
  afterEach(stop);

  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
    it(`arrive with their method, path and query: ${method}`, async () => {
      await given(echo);
      const seen = await echoed('/a%20b/c?d=e%26f&g', { method });
      assert.equal(seen.method, method);
      assert.equal(seen.url, '/a%20b/c?d=e%26f&g');
    });
  }

  it('arrive with a method that was not invented yet, and its body: QUERY', async () => {
    await given(echo);
    const answer = await exchangeRaw(
      proxy.port,
      'QUERY /search HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello',
    );
    // node:http does not know the method: what matters is that its refusal comes from the backend.
    assert.match(answer, /^HTTP\/1\.1 (200|400)/);
    assert.equal(proxy.finished[0]?.exchange.request.method, 'QUERY');
    assert.equal(proxy.finished[0]?.exchange.servedBy, 'backend');
  });

  it('keep their body byte for byte', async () => {
    await given(echo);
    const body = Buffer.from(Array.from({ length: 200_000 }, (_, at) => at % 256));
    const seen = await echoed('/', { method: 'POST' }, body);
    assert.equal(seen.size, body.length);
    assert.equal(seen.hash, createHash('sha256').update(body).digest('hex'));
  });

  it('keep a chunked upload of 2 MB byte for byte', async () => {
    await given(echo);
    const pieces = Array.from({ length: 64 }, (_, at) => Buffer.alloc(32 * 1024, at));
    const { body } = await ask('/', { method: 'POST' }, pieces);
    const seen = JSON.parse(body.toString()) as Echoed;
    assert.equal(seen.size, 2 * 1024 * 1024);
    assert.equal(seen.hash, createHash('sha256').update(Buffer.concat(pieces)).digest('hex'));
    assert.equal(seen.headers['transfer-encoding'], 'chunked');
  });

  it('keep a chunked body on a GET, framed as one', async () => {
    await given(echo);
    const answer = await exchangeRaw(
      proxy.port,
      'GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    );
    assert.match(answer, /"size":3/);
    assert.match(answer, /"transfer-encoding":"chunked"/);
  });

  it('arrive when every byte comes by itself', async () => {
    await given(echo);
    const client = rawClient(proxy.port);
    const text = 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc';
    for (const byte of text) {
      client.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.match(await client.closed(), /"size":3/);
  });

  it('are answered in order when they are pipelined', async () => {
    await given((request, response) => {
      const delayMs = request.url === '/slow' ? 30 : 0;
      setTimeout(() => response.end(`<${request.url}>`), delayMs);
    });
    const client = rawClient(proxy.port);
    client.send(
      'GET /slow HTTP/1.1\r\nHost: a\r\n\r\nPOST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxx' +
        'GET /c HTTP/1.1\r\nHost: a\r\n\r\nPOST /d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' +
        'GET /e HTTP/1.1\r\nHost: a\r\n\r\n',
    );
    const answer = await client.until(/<\/e>/);
    assert.deepEqual(answer.match(/<[^>]+>/g), ['</slow>', '</b>', '</c>', '</d>', '</e>']);
    client.socket.destroy();
  });

  it('reuse connections to the backend', async () => {
    await given(echo);
    const agent = new Agent({ keepAlive: true });
    for (let at = 0; at < 5; at += 1) await ask('/', { agent });
    agent.destroy();
    assert.equal(proxy.proxy.stats.backendConnections.open, 1);
  });

  it('may ask for the body to be waited for', async () => {
    await given(echo);
    const client = rawClient(proxy.port);
    client.send(
      'PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\n',
    );
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
    client.send('abc');
    assert.match(await client.closed(), /"size":3/);
  });

  it('learn that the backend does not want the body they ask about', async () => {
    backend = await startRawBackend((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n'));
    });
    proxy = await startProxy(backend.port);
    const client = rawClient(proxy.port);
    client.send('PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n');
    assert.match(await client.closed(), /^HTTP\/1\.1 417 Expectation Failed\r\n/);
  });

  it('may be HTTP/1.0', async () => {
    await given((_request, response) => void response.write('abc', () => response.end('def')));
    const answer = await exchangeRaw(proxy.port, 'GET / HTTP/1.0\r\nHost: a\r\n\r\n');
    assert.match(answer, /\r\n\r\nabcdef$/);
    assert.doesNotMatch(answer, /chunked/);
  });

  it('may have an absolute target, whose host counts', async () => {
    await given(echo);
    const answer = await exchangeRaw(
      proxy.port,
      'GET http://real.example/x?y HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n',
    );
    assert.match(answer, /"url":"\/x\?y"/);
    assert.match(answer, /"host":"real\.example"/);
  });

  it('may ask for the server as a whole', async () => {
    await given(echo);
    const answer = await exchangeRaw(
      proxy.port,
      'OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    );
    assert.match(answer, /"url":"\*"/);
  });

  it('are not tunnelled by CONNECT', async () => {
    await given(echo);
    const answer = await exchangeRaw(
      proxy.port,
      'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n',
    );
    assert.match(answer, /^HTTP\/1\.1 405 /);
    assert.equal(backend.count(), 0);
  });
});

describe('fields on the way to the backend', () => {
  afterEach(stop);

  it('lose what was meant for the last hop', async () => {
    await given(echo);
    const { headers } = await echoed('/', {
      headers: {
        Connection: 'close, X-Mine',
        'Keep-Alive': 'timeout=5',
        TE: 'trailers',
        'Proxy-Connection': 'close',
        'Proxy-Authorization': 'Basic eA==',
        'X-Mine': 'secret',
        'X-Kept': 'yes',
      },
    });
    for (const gone of [
      'keep-alive',
      'te',
      'proxy-connection',
      'proxy-authorization',
      'x-mine',
      'connection',
    ])
      assert.equal(headers[gone] === undefined || headers[gone] === 'keep-alive', true, gone);
    assert.equal(headers['x-kept'], 'yes');
  });

  it('lose what only guards may say', async () => {
    await given(echo);
    const { headers } = await echoed('/', {
      headers: { 'X-Outrider-Principal': 'forged', X_Outrider_Principal: 'forged' },
    });
    assert.equal(headers['x-outrider-principal'], undefined);
    assert.equal(headers['x_outrider_principal'], undefined);
  });

  it('say who asked, and nothing that a stranger claims', async () => {
    await given(echo);
    const { headers } = await echoed('/', {
      headers: {
        Host: 'shop.example',
        'X-Forwarded-For': '6.6.6.6',
        'X-Forwarded-Proto': 'https',
        Forwarded: 'for=6.6.6.6',
      },
    });
    assert.equal(headers['x-forwarded-for'], '127.0.0.1');
    assert.equal(headers['x-forwarded-proto'], 'http');
    assert.equal(headers['x-forwarded-host'], 'shop.example');
    assert.equal(headers['forwarded'], 'for=127.0.0.1;host="shop.example";proto=http');
    assert.equal(headers['host'], 'shop.example');
    assert.equal(headers['via'], '1.1 outrider');
  });

  it('believe as many hops as are trusted', async () => {
    await given(echo, { http: { trustedHops: 1 } });
    const { headers } = await echoed('/', {
      headers: { 'X-Forwarded-For': '6.6.6.6, 7.7.7.7', 'X-Forwarded-Proto': 'https' },
    });
    assert.equal(headers['x-forwarded-for'], '7.7.7.7, 127.0.0.1');
    assert.equal(headers['x-forwarded-proto'], 'https');
    assert.equal(proxy.finished[0]?.exchange.request.clientAddress, '7.7.7.7');
  });

  it("name the backend's host when that is configured", async () => {
    await given(echo, { http: { host: 'rewrite' } });
    const { headers } = await echoed('/', { headers: { Host: 'shop.example' } });
    assert.equal(headers['host'], `127.0.0.1:${backend.port}`);
    assert.equal(headers['x-forwarded-host'], 'shop.example');
  });

  it('carry one id through the backend to the client', async () => {
    await given(echo);
    const answer = await ask('/', { headers: { 'X-Request-Id': 'mine-1' } });
    assert.equal(answer.headers['x-request-id'], 'mine-1');
    assert.match(answer.body.toString(), /"x-request-id":"mine-1"/);
    assert.equal(proxy.finished[0]?.exchange.id, 'mine-1');
  });

  it('carry a new id in place of one that a log would choke on', async () => {
    await given(echo);
    const answer = await ask('/', { headers: { 'X-Request-Id': '<script>' } });
    assert.equal(answer.headers['x-request-id'], 'test-1');
    assert.match(answer.body.toString(), /"x-request-id":"test-1"/);
  });

  it('carry the trace that came', async () => {
    await given(echo);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
    const { headers } = await echoed('/', { headers: { traceparent } });
    assert.equal(headers['traceparent'], traceparent);
    assert.equal(proxy.finished[0]?.exchange.traceId, '0af7651916cd43dd8448eb211c80319c');
  });

  it('carry a new trace when none came or what came is not valid', async () => {
    await given(echo);
    for (const sent of [{}, { traceparent: '00-00000000000000000000000000000000-b7ad6b7169203331-00' }]) {
      const { headers } = await echoed('/', { headers: sent });
      assert.match(headers['traceparent'] ?? '', /^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    }
  });
});

describe('replies on the way to the client', () => {
  afterEach(stop);

  it('keep several Set-Cookie fields apart and in order', async () => {
    await given((_request, response) => {
      response.setHeader('Set-Cookie', ['a=1; Path=/', 'b=2; HttpOnly', 'c=3']).end();
    });
    const answer = await ask('/');
    assert.deepEqual(answer.headers['set-cookie'], ['a=1; Path=/', 'b=2; HttpOnly', 'c=3']);
  });

  it('keep an absolute Location as it is', async () => {
    const location = 'http://127.0.0.1:1/elsewhere?x=1';
    await given((_request, response) => response.writeHead(302, { Location: location }).end());
    const answer = await ask('/');
    assert.equal(answer.status, 302);
    assert.equal(answer.headers.location, location);
  });

  it('have no body for HEAD, and the length that GET would have', async () => {
    await given((_request, response) => response.setHeader('Content-Length', 5).end('hello'));
    const client = rawClient(proxy.port);
    client.send('HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    const [head = '', body = ''] = (await client.closed()).split(/(?=HTTP\/1\.1 200)/);
    assert.match(head, /Content-Length: 5\r\n[^]*\r\n\r\n$/);
    assert.match(body, /\r\n\r\nhello$/);
  });

  for (const status of [204, 304]) {
    it(`have no body with ${status}, and the connection goes on`, async () => {
      await given((_request, response) => response.writeHead(status, { ETag: '"x"' }).end());
      const client = rawClient(proxy.port);
      client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      await client.until(new RegExp(`^HTTP/1\\.1 ${status} [^]*\r\n\r\n$`));
      client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      await client.until(new RegExp(`HTTP/1\\.1 ${status} [^]*HTTP/1\\.1 ${status} `));
      assert.match(client.received(), /ETag: "x"/);
      client.socket.destroy();
    });
  }

  it('keep trailers, on both lanes', async () => {
    await given((_request, response) => {
      response.setHeader('Trailer', 'X-Sum');
      response.write('abc');
      response.addTrailers({ 'X-Sum': '42' });
      response.end();
    });
    assert.equal((await ask('/')).trailers['x-sum'], '42');
    assert.equal((await ask('/', { method: 'POST' }, [Buffer.from('x')])).trailers['x-sum'], '42');
  });

  it('keep gzip with chunks as it is', async () => {
    const packed = gzipSync('hello '.repeat(1000));
    await given((_request, response) => {
      response.setHeader('Content-Encoding', 'gzip');
      response.write(packed.subarray(0, 10));
      response.end(packed.subarray(10));
    });
    const answer = await ask('/');
    assert.equal(answer.headers['content-encoding'], 'gzip');
    assert.equal(gunzipSync(answer.body).toString(), 'hello '.repeat(1000));
  });

  it('keep ranges and their parts as they are', async () => {
    const parts = '--x\r\nContent-Range: bytes 0-0/3\r\n\r\na\r\n--x--\r\n';
    await given((request, response) => {
      response.writeHead(206, {
        'Content-Type': 'multipart/byteranges; boundary=x',
        'X-Range': request.headers.range,
      });
      response.end(parts);
    });
    const answer = await ask('/', { headers: { Range: 'bytes=0-0,2-2' } });
    assert.equal(answer.status, 206);
    assert.equal(answer.headers['x-range'], 'bytes=0-0,2-2');
    assert.equal(answer.body.toString(), parts);
  });

  it('keep a large body byte for byte though the client reads slowly', async () => {
    const large = Buffer.alloc(8 * 1024 * 1024, 'abcdefg');
    await given((_request, response) => response.end(large));
    const client = rawClient(proxy.port);
    client.socket.pause();
    client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await eventually(
      () => proxy.finished.length === 0 && proxy.proxy.stats.inFlight === 1,
      'the reply to begin',
    );
    client.socket.resume();
    const answer = await client.closed();
    assert.equal(answer.length - answer.indexOf('\r\n\r\n') - 4, large.length);
  });

  it('end where the backend closes when they say no length, and are then chunked', async () => {
    backend = await startRawBackend((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nX-A: b\r\n\r\nuntil the end'));
    });
    proxy = await startProxy(backend.port);
    const answer = await ask('/');
    assert.equal(answer.body.toString(), 'until the end');
    assert.equal(answer.headers['transfer-encoding'], 'chunked');
  });

  it('may come from an HTTP/1.0 backend', async () => {
    backend = await startRawBackend((socket) => {
      socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'));
    });
    proxy = await startProxy(backend.port);
    assert.match(
      await exchangeRaw(proxy.port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
      /^HTTP\/1\.1 200 OK\r\n[^]*ok$/,
    );
  });

  it('may be announced by interim ones', async () => {
    backend = await startRawBackend((socket) => {
      socket.once('data', () =>
        socket.write(
          'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
        ),
      );
    });
    proxy = await startProxy(backend.port);
    const answer = await exchangeRaw(proxy.port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    assert.match(answer, /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  });

  it('arrive whole when the backend sends every byte by itself', async () => {
    const text =
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-T: 1\r\n\r\n';
    backend = await startRawBackend((socket) => {
      socket.setNoDelay(true);
      socket.once('data', async () => {
        for (const byte of text) {
          socket.write(byte);
          await new Promise((resolve) => setImmediate(resolve));
        }
      });
    });
    proxy = await startProxy(backend.port);
    const answer = await ask('/');
    assert.equal(answer.body.toString(), 'abcde');
    assert.equal(answer.trailers['x-t'], '1');
  });
});
