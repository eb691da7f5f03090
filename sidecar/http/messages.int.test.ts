import { strict as assert } from 'node:assert';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { WebSocket, WebSocketServer } from 'ws';
import { allowed, deny } from '../../shared/index.ts';
import type { MessageWatch } from './pipeline.ts';
import {
  eventually,
  rawClient,
  startProxy,
  startRawBackend,
  type TestBackend,
  type TestProxy,
  type TestProxyOptions,
} from './test-proxy.ts';

interface Closed {
  readonly code: number;
  readonly reason: string;
}

let server: Server;
let sockets: WebSocketServer;
let proxy: TestProxy;
let received: string[];
let backendClosed: Closed[];
let handshakes: IncomingMessage['headers'][];
let rawBackend: TestBackend | null;

const refusingAttacks: MessageWatch['check'] = async (text) =>
  text.includes('attack') ? deny(403, 'No.', { code: 'injection_refused' }) : allowed;

function watching(watch: Partial<MessageWatch> = {}): TestProxyOptions {
  const whole = { maxBytes: 64 * 1024, isEnforced: true, check: refusingAttacks, ...watch };
  return { pipeline: { messageWatch: () => whole } };
}

async function given(options: TestProxyOptions): Promise<void> {
  // Safe: a server that listens on an address and a port has one.
  proxy = await startProxy((server.address() as AddressInfo).port, options);
}

async function opened(options: { readonly perMessageDeflate?: boolean } = {}): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}/live`, options);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return socket;
}

function closed(socket: WebSocket): Promise<Closed> {
  return new Promise((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
  );
}

function answered(socket: WebSocket): Promise<string> {
  return new Promise((resolve) => socket.once('message', (data) => resolve(String(data))));
}

describe('WebSockets whose messages are screened', () => {
  beforeEach(async () => {
    received = [];
    backendClosed = [];
    handshakes = [];
    rawBackend = null;
    server = createServer();
    sockets = new WebSocketServer({ server, perMessageDeflate: true });
    sockets.on('connection', (socket, { headers }) => {
      handshakes.push(headers);
      socket.on('error', () => socket.terminate());
      socket.on('message', (data, isBinary) => {
        received.push(String(data).slice(0, 40));
        socket.send(data, { binary: isBinary });
      });
      socket.on('close', (code, reason) => backendClosed.push({ code, reason: String(reason) }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    await proxy.stop();
    await rawBackend?.stop();
    for (const client of sockets.clients) client.terminate();
    sockets.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('carry ordinary messages both ways, text and binary, short and long', async () => {
    await given(watching());
    const socket = await opened();
    for (const message of ['hello', '가나다', '', 'x'.repeat(65_536), 'y'.repeat(300_000)]) {
      const answer = answered(socket);
      socket.send(message);
      assert.equal(await answer, message);
    }
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 256));
    const answer = new Promise((resolve) => socket.once('message', resolve));
    socket.send(bytes);
    assert.deepEqual(await answer, bytes);
    socket.close(1000, 'done');
    assert.deepEqual(await closed(socket), { code: 1000, reason: 'done' });
    await eventually(() => proxy.finished.length === 1, 'the exchange to finish');
    assert.equal(proxy.finished[0]?.outcome.error, null);
  });

  it('agree on no extension, so that frames can be read', async () => {
    await given(watching());
    const socket = await opened({ perMessageDeflate: true });
    assert.equal(socket.extensions, '');
    assert.equal(handshakes[0]?.['sec-websocket-extensions'], undefined);
    socket.terminate();
  });

  it('keep their extensions where nobody watches', async () => {
    await given({});
    const socket = await opened({ perMessageDeflate: true });
    assert.match(socket.extensions, /permessage-deflate/);
    const answer = answered(socket);
    socket.send('attack '.repeat(1000));
    assert.equal(await answer, 'attack '.repeat(1000));
    socket.terminate();
  });

  it('close both sides with 1008 and the reference when a message is refused', async () => {
    await given(watching());
    const socket = await opened();
    const answer = answered(socket);
    socket.send('fine');
    await answer;
    const ended = closed(socket);
    socket.send('an attack');
    const reason = 'injection_refused, reference test-1';
    assert.deepEqual(await ended, { code: 1008, reason });
    await eventually(() => backendClosed.length === 1, 'the backend to be told');
    assert.deepEqual(backendClosed[0], { code: 1008, reason });
    assert.deepEqual(received, ['fine']);
    await eventually(() => proxy.finished.length === 1, 'the exchange to finish');
    assert.equal(proxy.finished[0]?.outcome.error, 'injection_refused');
    assert.equal(proxy.finished[0]?.outcome.status, 101);
  });

  it('stream a message longer than is looked at, once its beginning may pass', async () => {
    const asked: (readonly [length: number, isTruncated: boolean])[] = [];
    const check: MessageWatch['check'] = async (text, isTruncated) => {
      asked.push([text.length, isTruncated]);
      return allowed;
    };
    await given(watching({ maxBytes: 1000, check }));
    const socket = await opened();
    const answer = answered(socket);
    const long = 'z'.repeat(500_000);
    socket.send(long.slice(0, 10), { fin: false });
    socket.send(long.slice(10, 200_000), { fin: false });
    socket.send(long.slice(200_000), { fin: true });
    assert.equal(await answer, long);
    assert.deepEqual(asked, [[1000, true]]);
    socket.terminate();
  });

  it('are answered a ping while a message is held back for its rest', async () => {
    await given(watching());
    const socket = await opened();
    socket.send('the begin', { fin: false });
    const ponged = new Promise((resolve) => socket.once('pong', resolve));
    socket.ping('still there?');
    assert.equal(String(await ponged), 'still there?');
    assert.deepEqual(received, []);
    const answer = answered(socket);
    socket.send('ning', { fin: true });
    assert.equal(await answer, 'the beginning');
    socket.terminate();
  });

  it('see messages in order while a verdict takes time', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const check: MessageWatch['check'] = async (text) => {
      if (text === 'first') await held;
      return allowed;
    };
    await given(watching({ check }));
    const socket = await opened();
    socket.send('first');
    socket.send('second');
    socket.ping();
    release();
    await eventually(() => received.length === 2, 'both messages');
    assert.deepEqual(received, ['first', 'second']);
    socket.terminate();
  });

  it('are closed for both sides on malformed frames', async () => {
    await given(watching());
    const client = rawClient(proxy.port);
    client.send(handshake);
    await client.until(/\r\n\r\n/);
    client.send(Buffer.from([0x81, 0x02, 0x68, 0x69]));
    const answer = await client.closed();
    const close = Buffer.from(answer.slice(answer.indexOf('\r\n\r\n') + 4), 'latin1');
    assert.equal(close[0], 0x88);
    assert.equal(close.readUInt16BE(2), 1002);
    await eventually(() => backendClosed.length === 1, 'the backend to be told');
    assert.equal(backendClosed[0]?.code, 1002);
    assert.equal(proxy.finished[0]?.outcome.error, 'frames_malformed');
  });

  it('are screened from the first byte, also what is sent before the backend agreed', async () => {
    await given(watching());
    const client = rawClient(proxy.port);
    const frame = Buffer.from([0x81, 0x86, 0, 0, 0, 0, ...Buffer.from('attack')]);
    client.send(Buffer.concat([Buffer.from(handshake), frame]));
    assert.match(await client.closed(), /101 Switching[^]*injection_refused, reference test-1/);
    assert.deepEqual(received, []);
  });

  it('get their close between two frames of the backend, not inside one', async () => {
    let backendSocket: { write(bytes: Buffer): unknown } | null = null;
    let fromClient = '';
    const backend = (rawBackend = await startRawBackend((socket) => {
      backendSocket = socket;
      socket.on('data', (bytes) => (fromClient += bytes.toString('latin1')));
      socket.once('data', () => {
        const head = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
        socket.write(Buffer.concat([Buffer.from(head), Buffer.from([0x81, 0x0a]), Buffer.from('first')]));
      });
    }));
    proxy = await startProxy(backend.port, watching());
    const client = rawClient(proxy.port);
    client.send(handshake);
    await client.until(/first$/);
    client.send(Buffer.from([0x81, 0x86, 0, 0, 0, 0, ...Buffer.from('attack')]));
    await eventually(() => fromClient.includes('\x88'), 'the backend to be told');
    // Safe: it was set when the proxy connected, or nothing would have been received.
    (backendSocket as unknown as { write(bytes: Buffer): unknown }).write(Buffer.from('last!\x81\x04lost'));
    const answer = await client.closed();
    assert.match(answer, /firstlast!\x88/);
    assert.doesNotMatch(answer, /lost/);
  });

  it('let go of a client that does not answer the close', async () => {
    await given({ ...watching(), limits: { streamIdleSeconds: 0.3 } });
    const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
    let text = '';
    socket.on('data', (piece) => (text += piece.toString('latin1')));
    socket.on('error', () => socket.destroy());
    socket.write(handshake);
    await eventually(() => text.includes('\r\n\r\n'), 'the upgrade');
    socket.write(Buffer.from([0x81, 0x86, 0, 0, 0, 0, ...Buffer.from('attack')]));
    await eventually(() => text.includes('\x88'), 'the close');
    await eventually(() => proxy.finished.length === 1, 'the exchange to finish');
    await eventually(() => sockets.clients.size === 0, 'the backend to be let go');
    socket.destroy();
  });

  it('speak another protocol untouched where the backend chose one', async () => {
    const backend = (rawBackend = await startRawBackend((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: acme/1\r\n\r\n');
        socket.on('data', (piece) => socket.write(`<${piece}>`));
      });
    }));
    proxy = await startProxy(backend.port, watching());
    const client = rawClient(proxy.port);
    client.send(handshake.replace('Upgrade: websocket', 'Upgrade: websocket, acme/1'));
    await client.until(/^HTTP\/1\.1 101 [^]*\r\n\r\n/);
    client.send('attack');
    await client.until(/<attack>/);
    client.socket.destroy();
  });
});

const handshake =
  'GET /live HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
