import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from 'node:http';
import {
  connect,
  createServer as createNetServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import type { Log } from '../../shared/index.ts';
import { configSchema } from '../config-schema.ts';
import { createHttpProxy, type HttpProxy } from './http-proxy.ts';
import { admitted, type ExchangeRecord, type Outcome, type Pipeline } from './pipeline.ts';

/** A proxy before a backend, for tests: everything that was recorded can be looked at. */
export interface TestProxy {
  readonly proxy: HttpProxy;
  readonly port: number;
  readonly url: string;
  readonly finished: { readonly exchange: ExchangeRecord; readonly outcome: Outcome }[];
  readonly logged: { readonly message: string; readonly fields: object | undefined }[];
  stop(): Promise<void>;
}

export interface TestProxyOptions {
  readonly http?: Readonly<Record<string, unknown>>;
  readonly limits?: Readonly<Record<string, number>>;
  readonly pipeline?: Partial<Pipeline>;
}

export async function startProxy(upstreamPort: number, options: TestProxyOptions = {}): Promise<TestProxy> {
  const upstream = `http://127.0.0.1:${upstreamPort}`;
  const { http, limits } = configSchema.parse({
    http: { upstream, listen: '127.0.0.1:0', ...options.http },
    limits: options.limits ?? {},
  });
  const finished: TestProxy['finished'] = [];
  const logged: TestProxy['logged'] = [];
  const put = (message: string, fields?: object): void => void logged.push({ message, fields });
  const log: Log = { info: put, warn: put };
  let ids = 0;
  const pipeline: Pipeline = {
    hasGuards: () => options.pipeline?.admit !== undefined,
    bodyBytesWanted: () => 0,
    admit: () => admitted,
    isWrapped: () => options.pipeline?.around !== undefined,
    around: (_exchange, backend) => backend(),
    hasReplyWatches: () => options.pipeline?.replyWatch !== undefined,
    replyWatch: () => null,
    messageWatch: () => null,
    began: () => undefined,
    finished: (exchange, outcome) => void finished.push({ exchange, outcome }),
    ...options.pipeline,
  };
  const newId = (): string => `test-${(ids += 1)}`;
  const proxy = createHttpProxy({ config: http, limits, pipeline, log, newId });
  const { port } = await proxy.listen();
  const url = `http://127.0.0.1:${port}`;
  return { proxy, port, url, finished, logged, stop: () => proxy.close(0.02) };
}

export interface TestBackend {
  readonly port: number;
  readonly sockets: ReadonlySet<Socket>;
  /** Requests that reached it. */
  readonly count: () => number;
  stop(): Promise<void>;
}

/** A real `node:http` backend. */
export async function startBackend(handle: RequestListener): Promise<TestBackend> {
  let requests = 0;
  const server = createHttpServer((request, response) => {
    requests += 1;
    handle(request, response);
  });
  return running(server, () => requests);
}

/** A backend that speaks in bytes: `handle` gets each connection. */
export async function startRawBackend(handle: (socket: Socket, index: number) => void): Promise<TestBackend> {
  let connections = 0;
  const server = createNetServer((socket) => {
    socket.on('error', () => socket.destroy());
    connections += 1;
    // A socket that nobody reads would not notice that the other side left.
    socket.resume();
    handle(socket, connections - 1);
  });
  return running(server, () => connections);
}

async function running(server: HttpServer | Server, count: () => number): Promise<TestBackend> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Safe: a server that listens on an address and a port has one.
  const { port } = server.address() as AddressInfo;
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { port, sockets, count, stop };
}

/** A client that speaks in bytes. */
export interface RawClient {
  readonly socket: Socket;
  /** Everything received so far, as latin1. */
  readonly received: () => string;
  readonly isClosed: () => boolean;
  send(text: string | Uint8Array): void;
  /** Resolves with everything received as soon as it matches; rejects after 5 s. */
  until(pattern: RegExp): Promise<string>;
  /** Resolves with everything received when the connection is closed. */
  closed(): Promise<string>;
}

export function rawClient(port: number): RawClient {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let received = '';
  let isClosed = false;
  socket.on('data', (piece) => (received += piece.toString('latin1')));
  socket.on('error', () => socket.destroy());
  socket.on('close', () => (isClosed = true));
  return {
    socket,
    received: () => received,
    isClosed: () => isClosed,
    send: (text) => void socket.write(text, 'latin1'),
    async until(pattern) {
      await eventually(() => pattern.test(received), `${pattern} in ${JSON.stringify(received)}`);
      return received;
    },
    async closed() {
      await eventually(() => isClosed, `the connection to close after ${JSON.stringify(received)}`);
      return received;
    },
  };
}

/** Sends bytes on a connection of its own and resolves with what came back until it was closed. */
export async function exchangeRaw(port: number, text: string | Uint8Array): Promise<string> {
  const client = rawClient(port);
  client.send(text);
  return client.closed();
}

/** Polls until it holds, at most 5 s. */
export async function eventually(holds: () => boolean, what: string): Promise<void> {
  const endsMs = performance.now() + 5000;
  while (!holds()) {
    if (performance.now() > endsMs) throw new Error(`Waited 5 s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
