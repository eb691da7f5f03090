import { strict as assert } from 'node:assert';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { WebSocket, WebSocketServer } from 'ws';
import { deny } from '../../shared/index.ts';
import {
  eventually,
  exchangeRaw,
  rawClient,
  startBackend,
  startProxy,
  startRawBackend,
  type TestProxy,
} from './test-proxy.ts';

let server: Server;
let sockets: WebSocketServer;
let proxy: TestProxy;

async function given(options: Parameters<typeof startProxy>[1] = {}): Promise<void> {
  // Safe: a server that listens on an address and a port has one.
  proxy = await startProxy((server.address() as AddressInfo).port, options);
}

function open(protocols: string[] = [], headers: Record<string, string> = {}): WebSocket {
  return new WebSocket(`ws://127.0.0.1:${proxy.port}/live?x=1`, protocols, { headers });
}

function once(socket: WebSocket, event: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    socket.once(event, (...args) => resolve(args));
    if (event !== 'error') socket.once('error', reject);
  });
}

describe('upgrades through the proxy', () => {
  beforeEach(async () => {
    server = createServer((_request, response) => response.writeHead(426).end('upgrade, please'));
    sockets = new WebSocketServer({
      server,
      path: '/live',
      // As real backends do: the origin must be the host that was asked.
      verifyClient: ({ origin, req }: { origin: string | undefined; req: IncomingMessage }) =>
        origin === undefined || origin === `http://${req.headers.host}`,
      handleProtocols: (offered) => (offered.has('chat.v2') ? 'chat.v2' : false),
    });
    sockets.on('connection', (socket, request) => {
      socket.on('error', () => socket.terminate());
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
      if (request.headers['x-outrider-key'] !== undefined)
        socket.send(String(request.headers['x-outrider-key']));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    await proxy.stop();
    for (const client of sockets.clients) client.terminate();
    sockets.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('carry text and binary messages both ways, and are recorded when they end', async () => {
    await given();
    const socket = open();
    await once(socket, 'open');
    socket.send('hello');
    assert.equal(String((await once(socket, 'message'))[0]), 'hello');
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, at) => at % 256));
    socket.send(bytes);
    const [data, isBinary] = await once(socket, 'message');
    assert.equal(isBinary, true);
    assert.deepEqual(data, bytes);
    assert.equal(proxy.proxy.stats.upgrades, 1);
    socket.close();
    await eventually(() => proxy.finished.length === 1, 'the exchange to finish');
    const { outcome, exchange } = proxy.finished[0] ?? {};
    assert.equal(outcome?.isUpgrade, true);
    assert.equal(outcome?.status, 101);
    assert.equal(outcome?.error, null);
    assert.equal((outcome?.replyBytes ?? 0) > 70_000 && (outcome?.requestBytes ?? 0) > 70_000, true);
    assert.equal(exchange?.request.path, '/live');
    await eventually(() => sockets.clients.size === 0, 'the backend to be let go');
  });

  it('agree on the sub-protocol the backend chose, and carry the id', async () => {
    await given();
    const socket = open(['chat.v1', 'chat.v2']);
    const opened = once(socket, 'open');
    // Safe: `ws` gives the reply's message with this event.
    const [reply] = (await once(socket, 'upgrade')) as [IncomingMessage];
    assert.equal(reply.headers['x-request-id'], 'test-1');
    await opened;
    assert.equal(socket.protocol, 'chat.v2');
    socket.terminate();
  });

  it('keep the origin and the host it is compared with', async () => {
    await given();
    const socket = open([], { Origin: `http://127.0.0.1:${proxy.port}` });
    await once(socket, 'open');
    socket.terminate();
    const stranger = open([], { Origin: 'http://evil.example' });
    const [error] = await once(stranger, 'error');
    assert.match(String(error), /401/);
  });

  it('are refused by guards before the backend hears of them', async () => {
    await given({ pipeline: { admit: () => deny(401, 'Who are you?', { code: 'key_required' }) } });
    let connections = 0;
    server.on('connection', () => (connections += 1));
    const [error] = await once(open(), 'error');
    assert.match(String(error), /401/);
    assert.equal(connections, 0);
    assert.equal(proxy.finished[0]?.outcome.error, 'key_required');
    assert.equal(proxy.finished[0]?.outcome.isUpgrade, true);
  });

  it('carry what guards tell the backend, and nothing that claims to be from them', async () => {
    await given({
      pipeline: { admit: async () => ({ allow: true, backendHeaders: [['x-outrider-key', 'k1']] }) },
    });
    const socket = open([], { 'X-Outrider-Key': 'forged' });
    assert.equal(String((await once(socket, 'message'))[0]), 'k1');
    socket.terminate();
  });

  it('pass on that the backend does not want one', async () => {
    await given();
    const answer = await exchangeRaw(proxy.port, upgradeTo('/elsewhere'));
    assert.match(answer, /^HTTP\/1\.1 400 /);
    await eventually(() => proxy.finished.length === 1, 'the exchange to finish');
    assert.equal(proxy.finished[0]?.outcome.status, 400);
  });

  it('carry protocols other than WebSocket', async () => {
    const backend = await startRawBackend((socket) => {
      socket.once('data', (head) => {
        assert.match(head.toString(), /upgrade: acme\/1/i);
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: acme/1\r\n\r\n');
        socket.on('data', (piece) => socket.write(`<${piece}>`));
      });
    });
    proxy = await startProxy(backend.port);
    const client = rawClient(proxy.port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: acme/1\r\n\r\n');
    await client.until(/^HTTP\/1\.1 101 [^]*\r\n\r\n/);
    client.send('ping');
    await client.until(/<ping>/);
    client.socket.destroy();
    await eventually(() => backend.sockets.size === 0, 'the backend to be let go');
    await backend.stop();
  });

  it('to HTTP/2 are declined: the request is answered as it is', async () => {
    await given();
    const answer = await exchangeRaw(
      proxy.port,
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n\r\n',
    );
    assert.match(answer, /^HTTP\/1\.1 426 /);
  });

  it('are told as 502 when nothing listens there', async () => {
    const gone = await startBackend(() => undefined);
    await gone.stop();
    proxy = await startProxy(gone.port);
    const answer = await exchangeRaw(proxy.port, upgradeTo('/live'));
    assert.match(answer, /^HTTP\/1\.1 502 [^]*backend_unreachable/);
  });

  it('end when the backend resets', async () => {
    await given();
    const socket = open();
    await once(socket, 'open');
    const ended = once(socket, 'close');
    for (const client of sockets.clients) client.terminate();
    await ended;
    await eventually(() => proxy.finished.length === 1, 'the exchange to finish');
  });

  it('end when nothing moves for longer than a stream may be silent', async () => {
    await given({ limits: { streamIdleSeconds: 0.05 } });
    const socket = open();
    await once(socket, 'open');
    await once(socket, 'close');
    await eventually(() => proxy.finished.length === 1, 'the exchange to finish');
  });
});

function upgradeTo(path: string): string {
  return (
    `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
  );
}
