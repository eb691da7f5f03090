import { strict as assert } from 'node:assert';
import { get, type ClientRequest, type IncomingMessage } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, it } from 'mocha';
import {
  eventually,
  rawClient,
  startBackend,
  startProxy,
  startRawBackend,
  type TestBackend,
  type TestProxy,
} from './test-proxy.ts';

let backend: TestBackend;
let proxy: TestProxy;

async function stop(): Promise<void> {
  await proxy.stop();
  await backend.stop();
}

const eventStream = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' };

describe('streams through the proxy', () => {
  afterEach(stop);

  it('reach the client piece by piece, as soon as each was sent', async () => {
    let send: (text: string) => void = () => undefined;
    backend = await startBackend((_request, response) => {
      response.writeHead(200, eventStream).flushHeaders();
      send = (text) => void response.write(text);
    });
    proxy = await startProxy(backend.port);
    const client = rawClient(proxy.port);
    client.send('GET /events HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.until(/text\/event-stream[^]*\r\n\r\n$/);
    for (const text of ['data: one\n\n', 'data: two\n\n', 'data: three\n\n']) {
      send(text);
      // The next is sent only when this one has arrived: a proxy that buffers would stop here.
      await client.until(new RegExp(text.trim()));
    }
    client.socket.destroy();
    await eventually(() => proxy.finished.length === 1, 'the exchange to finish');
    const { outcome } = proxy.finished[0] ?? {};
    assert.equal(outcome?.isStreaming, true);
    assert.equal(outcome?.error, 'client_gone');
    assert.equal(outcome?.status, 200);
    assert.equal((outcome?.chunkCount ?? 0) >= 3, true);
    assert.equal((outcome?.firstByteMs ?? -1) >= 0 && (outcome?.longestGapMs ?? -1) > 0, true);
  });

  it('leave no socket and no memory behind when 1,000 of them are aborted', async function () {
    this.timeout(60_000);
    backend = await startBackend((_request, response) => {
      response.writeHead(200, eventStream);
      response.write('data: hello\n\n');
    });
    proxy = await startProxy(backend.port, { limits: { backendConnections: 512 } });
    await abortStreams(100);
    const before = settledHeap();
    for (let round = 0; round < 10; round += 1) await abortStreams(100);
    const { stats } = proxy.proxy;
    assert.equal(stats.inFlight, 0);
    assert.equal(stats.connections, 0);
    assert.deepEqual(stats.backendConnections, { open: 0, idle: 0, waiting: 0 });
    assert.equal(backend.sockets.size, 0);
    assert.equal(proxy.finished.length, 1100);
    proxy.finished.length = 0;
    const grownBytes = settledHeap() - before;
    assert.equal(grownBytes < 8 * 1024 * 1024, true, `${grownBytes} bytes stayed behind`);
  });

  it('slow a fast backend down to what the client takes', async () => {
    let sentBytes = 0;
    backend = await startRawBackend((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
        const piece = `10000\r\n${'x'.repeat(65_536)}\r\n`;
        const more = (): void => {
          while (!socket.destroyed && socket.write(piece)) sentBytes += 65_536;
          sentBytes += 65_536;
        };
        socket.on('drain', more);
        more();
      });
    });
    proxy = await startProxy(backend.port);
    const client = rawClient(proxy.port);
    client.socket.pause();
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await quiet(() => sentBytes);
    assert.equal(sentBytes > 0 && sentBytes < 32 * 1024 * 1024, true, `${sentBytes} bytes were taken in`);
    client.socket.destroy();
    await eventually(() => backend.sockets.size === 0, 'the backend to be let go');
  });

  it('slow a fast client down to what the backend takes', async () => {
    backend = await startRawBackend((socket) => void socket.pause());
    proxy = await startProxy(backend.port, { limits: { bodySeconds: 0.5 } });
    const client = rawClient(proxy.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n');
    let sentBytes = 0;
    const more = (): void => {
      while (!client.socket.destroyed && client.socket.write(Buffer.alloc(65_536))) sentBytes += 65_536;
      sentBytes += 65_536;
    };
    client.socket.on('drain', more);
    more();
    await quiet(() => sentBytes);
    assert.equal(sentBytes < 32 * 1024 * 1024, true, `${sentBytes} bytes were taken in`);
    client.socket.destroy();
    // Nobody reads from a client that was slowed down, so only the limit notices that it left.
    await eventually(() => proxy.finished.length === 1, 'the exchange to finish');
    assert.equal(proxy.finished[0]?.outcome.error, 'body_timeout');
  });

  it('flow in both directions at once', async () => {
    backend = await startBackend((request, response) => {
      response.writeHead(200).flushHeaders();
      request.on('data', (piece: Buffer) => response.write(piece.toString().toUpperCase()));
      request.on('end', () => response.end());
    });
    proxy = await startProxy(backend.port);
    const client = rawClient(proxy.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
    await client.until(/ABC/);
    client.send('3\r\ndef\r\n');
    await client.until(/DEF/);
    client.send('0\r\n\r\n');
    await client.until(/\r\n0\r\n\r\n$/);
    client.socket.destroy();
  });

  it('end the request to the backend when a client leaves in the middle of its upload, on both lanes', async () => {
    backend = await startRawBackend(() => undefined);
    proxy = await startProxy(backend.port);
    for (const framing of [
      'Content-Length: 9\r\n\r\nabc',
      'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
    ]) {
      proxy.finished.length = 0;
      const client = rawClient(proxy.port);
      client.send(`POST / HTTP/1.1\r\nHost: a\r\n${framing}`);
      await eventually(() => backend.sockets.size === 1, 'the backend to be asked');
      client.socket.resetAndDestroy();
      await eventually(() => backend.sockets.size === 0, 'the backend to be let go');
      await eventually(() => proxy.finished.length === 1, 'the exchange to finish');
      assert.equal(proxy.finished[0]?.outcome.error, 'client_gone');
    }
  });

  it('end the request to the backend when the client closes only its own side', async () => {
    backend = await startRawBackend(() => undefined);
    proxy = await startProxy(backend.port);
    const client = rawClient(proxy.port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually(() => backend.sockets.size === 1, 'the backend to be asked');
    client.socket.end();
    await client.closed();
    await eventually(() => backend.sockets.size === 0, 'the backend to be let go');
    assert.equal(proxy.finished[0]?.outcome.status, 0);
    assert.equal(proxy.finished[0]?.outcome.error, 'client_gone');
    assert.equal(proxy.finished[0]?.exchange.signal.aborted, true);
  });
});

async function abortStreams(count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => abortedStream()));
  await eventually(
    () => backend.sockets.size === 0 && proxy.proxy.stats.connections === 0,
    'sockets to close',
  );
}

function abortedStream(): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing: ClientRequest = get(`${proxy.url}/events`, { agent: false }, (reply: IncomingMessage) => {
      reply.once('data', () => {
        outgoing.destroy();
        resolve();
      });
      reply.on('error', () => undefined);
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? resolve() : reject(error),
    );
  });
}

/** Resolves when a count no longer moves for 100 ms. */
async function quiet(count: () => number): Promise<void> {
  let last = -1;
  let sinceMs = performance.now();
  await eventually(() => {
    if (count() !== last) {
      last = count();
      sinceMs = performance.now();
    }
    return performance.now() - sinceMs > 100;
  }, 'the flow to stop');
}

/** Heap in use once everything that nobody refers to is gone. */
function settledHeap(): number {
  setFlagsFromString('--expose-gc');
  // Safe: the flag above is what makes `gc` exist.
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
