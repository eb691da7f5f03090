import { strict as assert } from 'node:assert';
import type { Socket } from 'node:net';
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
} from './test-proxy.ts';

let backend: TestBackend | null = null;
let proxy: TestProxy;

async function stop(): Promise<void> {
  await proxy.stop();
  await backend?.stop();
  backend = null;
}

const get = 'GET /x HTTP/1.1\r\nHost: a\r\n\r\n';
const getAndClose = 'GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const postAndClose = 'POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi';
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

async function given(handle: (socket: Socket, index: number) => void, limits = {}): Promise<void> {
  backend = await startRawBackend(handle);
  proxy = await startProxy(backend.port, { limits });
}

function assertProblem(answer: string, status: number, code: string): void {
  assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
  assert.match(answer, /Content-Type: application\/problem\+json/);
  const document = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as Record<string, unknown>;
  assert.equal(document['code'], code);
  assert.equal(document['status'], status);
  assert.equal(document['instance'], proxy.finished.at(-1)?.exchange.id);
  assert.equal(proxy.finished.at(-1)?.outcome.error, code);
  assert.equal(proxy.finished.at(-1)?.exchange.servedBy, 'outrider');
}

describe('a backend that fails', () => {
  afterEach(stop);

  it('is told as 502 at once when nothing listens there', async () => {
    const gone = await startBackend(() => undefined);
    await gone.stop();
    proxy = await startProxy(gone.port);
    assertProblem(await exchangeRaw(proxy.port, getAndClose), 502, 'backend_unreachable');
  });

  it('is told as 502 when it resets before it answers', async () => {
    await given((socket) => socket.once('data', () => socket.resetAndDestroy()));
    assertProblem(await exchangeRaw(proxy.port, getAndClose), 502, 'backend_closed');
  });

  it('is told as 502 when it closes in the middle of its head', async () => {
    await given((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-')));
    assertProblem(await exchangeRaw(proxy.port, getAndClose), 502, 'backend_closed');
  });

  it('is told as 504 when it never answers', async () => {
    await given(() => undefined, { backendSeconds: 0.05 });
    assertProblem(await exchangeRaw(proxy.port, getAndClose), 504, 'backend_timeout');
    await eventually(() => backend?.sockets.size === 0, 'the backend to be let go');
  });

  it('cuts the client off when it closes in the middle of its body, so that nobody takes a half for the whole', async () => {
    await given((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')),
    );
    const answer = await exchangeRaw(proxy.port, get);
    assert.match(answer, /half$/);
    assert.equal(proxy.finished[0]?.outcome.error, 'backend_closed');
  });

  it('cuts the client off when its chunks end without the last one', async () => {
    await given((socket) =>
      socket.once('data', () =>
        socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'),
      ),
    );
    const answer = await exchangeRaw(proxy.port, get);
    assert.doesNotMatch(answer, /\r\n0\r\n/);
    assert.equal(proxy.finished[0]?.outcome.error, 'backend_closed');
  });

  for (const [what, reply] of Object.entries({
    'is not HTTP': 'SSH-2.0-OpenSSH_9.2\r\n\r\n',
    'has two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!',
    'has a length and chunks':
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'has a bad chunk at once': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'has a folded line': 'HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 0\r\n\r\n',
    'switches protocols unasked': 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
    'has no status': 'HTTP/1.1 abc\r\n\r\n',
  })) {
    it(`is told as 502 when its reply ${what}`, async () => {
      await given((socket) => socket.once('data', () => socket.write(reply)));
      assertProblem(await exchangeRaw(proxy.port, getAndClose), 502, 'backend_malformed');
    });
  }

  it('is not trusted with another request after bytes that nobody asked for', async () => {
    await given((socket) =>
      socket.on('data', () => socket.write(`${ok}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged`)),
    );
    const client = rawClient(proxy.port);
    client.send(get);
    await client.until(/ok$/);
    client.send(get);
    await client.until(/ok[^]*ok$/);
    assert.doesNotMatch(client.received(), /forged/);
    assert.equal(backend?.count(), 2);
    client.socket.destroy();
  });

  it('is not noticed by idempotent requests when it silently closes kept connections', async () => {
    await given((socket, index) => {
      let requests = 0;
      socket.on('data', () => {
        requests += 1;
        if (index === 0 && requests === 2) socket.resetAndDestroy();
        else socket.write(ok);
      });
    });
    const client = rawClient(proxy.port);
    client.send(get);
    await client.until(/ok$/);
    client.send(get);
    await client.until(/ok[^]*ok$/);
    assert.equal(backend?.count(), 2);
    client.socket.destroy();
  });

  it('is asked only once more', async () => {
    await given((socket, index) => {
      let requests = 0;
      socket.on('data', () => {
        requests += 1;
        if (index === 0 && requests === 1) socket.write(ok);
        else socket.resetAndDestroy();
      });
    });
    const client = rawClient(proxy.port);
    client.send(get);
    await client.until(/ok$/);
    client.send(getAndClose);
    assert.match(await client.closed(), /ok[^]*HTTP\/1\.1 502 /);
    assert.equal(backend?.count(), 2);
  });

  it('gets no request twice that may have had an effect', async () => {
    await given((socket) => {
      let requests = 0;
      socket.on('data', () => {
        requests += 1;
        if (requests === 2) socket.resetAndDestroy();
        else socket.write(ok);
      });
    });
    const client = rawClient(proxy.port);
    client.send(get);
    await client.until(/ok$/);
    client.send(postAndClose);
    assert.match(await client.closed(), /ok[^]*HTTP\/1\.1 502 [^]*backend_closed/);
    assert.equal(backend?.count(), 1);
  });

  it('may answer before it has the whole body; the connection is then closed', async () => {
    await given((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n')),
    );
    const client = rawClient(proxy.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nfirst');
    const answer = await client.closed();
    assert.match(answer, /^HTTP\/1\.1 413 Content Too Large\r\n/);
    assert.match(answer, /\r\nConnection: close\r\n/);
  });
});

describe('limits', () => {
  afterEach(stop);

  it('refuse fields larger than allowed with 431', async () => {
    await given((socket) => socket.on('data', () => socket.write(ok)), { headerBytes: 1000 });
    const answer = await exchangeRaw(
      proxy.port,
      `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'b'.repeat(1000)}\r\n\r\n`,
    );
    assert.match(answer, /^HTTP\/1\.1 431 [^]*header_too_large/);
    const endless = await exchangeRaw(proxy.port, `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'b'.repeat(1000)}`);
    assert.match(endless, /^HTTP\/1\.1 431 /);
    assert.equal(backend?.count(), 0);
  });

  it('refuse fields larger than allowed on the other lane too', async () => {
    await given((socket) => socket.on('data', () => socket.write(ok)), { headerBytes: 1000 });
    const client = rawClient(proxy.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n');
    await client.until(/ok$/);
    client.send(`GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'b'.repeat(2000)}\r\n\r\n`);
    assert.match(await client.closed(), /HTTP\/1\.1 431 [^]*header_too_large/);
  });

  it('refuse more fields than anybody needs with 431', async () => {
    await given((socket) => socket.on('data', () => socket.write(ok)));
    const answer = await exchangeRaw(
      proxy.port,
      `GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(300)}\r\n`,
    );
    assert.match(answer, /^HTTP\/1\.1 431 /);
  });

  it('refuse a body that says it is larger than allowed with 413, and the backend hears nothing', async () => {
    await given((socket) => socket.on('data', () => socket.write(ok)), { bodyBytes: 10 });
    const answer = await exchangeRaw(proxy.port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n');
    assertProblem(answer, 413, 'body_too_large');
    assert.equal(backend?.count(), 0);
  });

  it('refuse a chunked body that turns out larger than allowed with 413', async () => {
    await given(() => undefined, { bodyBytes: 10 });
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
    const answer = await exchangeRaw(proxy.port, `${head}b\r\n01234567890\r\n`);
    assertProblem(answer, 413, 'body_too_large');
  });

  it('refuse a body that comes too slowly with 408, on both lanes', async () => {
    await given(() => undefined, { bodySeconds: 0.05 });
    for (const framing of ['Content-Length: 5\r\n\r\na', 'Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n']) {
      const answer = await exchangeRaw(proxy.port, `POST / HTTP/1.1\r\nHost: a\r\n${framing}`);
      assertProblem(answer, 408, 'body_timeout');
    }
  });

  it('refuse fields that come too slowly with 408', async () => {
    await given(() => undefined, { headerSeconds: 0.05 });
    const answer = await exchangeRaw(proxy.port, 'GET / HTTP/1.1\r\nHos');
    assert.match(answer, /^HTTP\/1\.1 408 [^]*header_timeout/);
  });

  it('close connections on which nothing happens', async () => {
    await given((socket) => socket.on('data', () => socket.write(ok)), { idleSeconds: 0.05 });
    assert.equal(await exchangeRaw(proxy.port, ''), '');
    assert.match(await exchangeRaw(proxy.port, get), /ok$/);
  });

  it('end a stream on which nothing moves', async () => {
    await given(
      (socket) =>
        socket.once('data', () =>
          socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n'),
        ),
      { streamIdleSeconds: 0.05 },
    );
    assert.match(await exchangeRaw(proxy.port, get), /1\r\na\r\n$/);
    assert.equal(proxy.finished[0]?.outcome.error, 'backend_timeout');
  });

  it('refuse requests above the number in flight with 503 and Retry-After', async () => {
    await given(() => undefined, { inFlight: 1 });
    const first = rawClient(proxy.port);
    first.send(get);
    await eventually(() => proxy.proxy.stats.inFlight === 1, 'the first request to be in flight');
    const answer = await exchangeRaw(proxy.port, getAndClose);
    assertProblem(answer, 503, 'overloaded');
    assert.match(answer, /\r\nRetry-After: 1\r\n/);
    first.socket.destroy();
  });

  it('refuse connections above their number with 503', async () => {
    await given((socket) => socket.on('data', () => socket.write(ok)), { connections: 1 });
    const first = rawClient(proxy.port);
    first.send(get);
    await first.until(/ok$/);
    assert.match(await exchangeRaw(proxy.port, ''), /^HTTP\/1\.1 503 [^]*overloaded/);
    first.socket.destroy();
  });

  it('let requests wait for one of the connections to the backend', async () => {
    let open = 0;
    let most = 0;
    await given(
      (socket) => {
        socket.on('data', () => {
          most = Math.max(most, (open += 1));
          setTimeout(() => socket.write(ok, () => (open -= 1)), 5);
        });
      },
      { backendConnections: 2 },
    );
    const answers = await Promise.all(Array.from({ length: 10 }, () => exchangeRaw(proxy.port, getAndClose)));
    assert.equal(
      answers.every((each) => each.endsWith('ok')),
      true,
    );
    assert.equal(backend?.count(), 2);
    assert.equal(most <= 2, true);
  });

  it('answer a HEAD that is refused without a body', async () => {
    await given(() => undefined, { backendSeconds: 0.05 });
    const answer = await exchangeRaw(proxy.port, 'HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    assert.match(answer, /^HTTP\/1\.1 504 [^]*\r\n\r\n$/);
  });
});

describe('a proxy that stops', () => {
  afterEach(stop);

  it('lets what is on its way finish, says that the connection closes, and takes nothing new', async () => {
    let answer: () => void = () => undefined;
    await given((socket) => socket.once('data', () => (answer = () => void socket.write(ok))));
    const client = rawClient(proxy.port);
    const idle = rawClient(proxy.port);
    client.send(get);
    await eventually(() => backend?.count() === 1, 'the backend to be asked');
    const closed = proxy.proxy.close(5);
    assert.equal(await idle.closed(), '');
    await assert.rejects(async () => {
      const late = rawClient(proxy.port);
      await new Promise((_, reject) => late.socket.once('error', reject));
    }, /ECONNREFUSED/);
    answer();
    assert.match(await client.closed(), /^HTTP\/1\.1 200 OK\r\n[^]*Connection: close\r\n\r\nok$/);
    await closed;
    assert.equal(proxy.proxy.stats.connections, 0);
  });

  it('cuts what takes longer than the drain may', async () => {
    await given(() => undefined);
    const client = rawClient(proxy.port);
    client.send(get);
    await eventually(() => proxy.proxy.stats.inFlight === 1, 'the request to be in flight');
    await proxy.proxy.close(0.03);
    assert.equal(await client.closed(), '');
    assert.equal(proxy.finished.length, 1);
  });
});
