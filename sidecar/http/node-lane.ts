import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ChurnMap, type ErrorCode } from '../../shared/index.ts';
import type { Machine } from './machine.ts';
import { NodeExchange } from './node-exchange.ts';
import { bareProblem } from './problem-reply.ts';
import { parseRequestHead, type RequestHead } from './request-head.ts';

/** Takes a request that asks for another protocol. */
export type OnUpgrade = (
  request: RequestHead,
  message: IncomingMessage,
  socket: Socket,
  ahead: Buffer,
) => void;

/**
 * The lane for all of HTTP/1.1 that the fast lane does not take: chunked requests, `Expect: 100-continue`,
 * HTTP/1.0, absolute targets, upgrades. `node:http` reads and writes, the journey is the same.
 */
export class NodeLane {
  private readonly machine: Machine;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly exchanges = new ChurnMap<NodeExchange, NodeExchange>();

  constructor(machine: Machine, onUpgrade: OnUpgrade) {
    const { limits } = machine;
    this.machine = machine;
    this.server = createServer({
      insecureHTTPParser: false,
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headerSeconds * 1000,
      // The journey watches over the body, with an error code of its own.
      requestTimeout: 0,
      keepAliveTimeout: limits.idleSeconds * 1000,
      connectionsCheckingInterval: 500,
    });
    // Node silently drops fields above this number; the bytes are bounded already.
    this.server.maxHeadersCount = 0;
    this.server.on('request', this.onRequest);
    this.server.on('checkContinue', this.onRequest);
    this.server.on('checkExpectation', this.onRequest);
    this.server.on('upgrade', (message, socket, ahead) => this.upgrade(onUpgrade, message, socket, ahead));
    this.server.on('connect', (_message, socket) => refuse(socket, 'method_not_allowed'));
    this.server.on('clientError', this.onClientError);
    // Node watches over slow heads only once it listens, and this server never does: sockets are handed to it.
    this.server.emit('listening');
  }

  /** Takes a socket with the bytes that were read from it already. */
  take(socket: Socket, bytes: Buffer): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    socket.pause();
    socket.unshift(bytes);
    this.server.emit('connection', socket);
    socket.resume();
  }

  get size(): number {
    return this.sockets.size;
  }

  sweep(nowMs: number): void {
    for (const exchange of this.exchanges.values()) exchange.journey.sweep(nowMs);
  }

  /** Closes connections on which nothing is on its way. */
  drain(): void {
    this.server.closeIdleConnections();
  }

  destroy(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private readonly onRequest = (message: IncomingMessage, response: ServerResponse): void => {
    const request = requestOf(message);
    if (request === null) {
      this.machine.counts.malformed += 1;
      return refuse(message.socket, 'request_malformed');
    }
    const exchange = new NodeExchange(this.machine, request, message, response, this.exchanges);
    exchange.run();
  };

  private upgrade(onUpgrade: OnUpgrade, message: IncomingMessage, socket: Duplex, ahead: Buffer): void {
    const request = requestOf(message);
    if (request === null) return refuse(socket, 'request_malformed');
    onUpgrade(request, message, message.socket, ahead);
  }

  private readonly onClientError = (error: NodeJS.ErrnoException, socket: Duplex): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    this.machine.counts.malformed += 1;
    refuse(socket, codes[error.code ?? ''] ?? 'request_malformed');
  };
}

/** Node's own words for what it could not read. */
const codes: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'header_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'header_timeout',
};

function refuse(socket: Duplex, code: ErrorCode): void {
  socket.end(bareProblem(code), 'latin1');
}

/**
 * What `node:http` read, judged once more by the rules of the fast lane: both lanes refuse the same and pass
 * on the same bytes. An absolute target names the host; the Host field is then ignored (RFC 9112 §3.2.2).
 */
export function requestOf(message: IncomingMessage): RequestHead | null {
  const absolute = /^https?:\/\/([^/?#]*)([^#]*)$/i.exec(message.url ?? '');
  const path = absolute?.[2] ?? '';
  const target = absolute === null ? message.url : path.startsWith('/') ? path : `/${path}`;
  let lines = absolute === null ? '' : `Host: ${absolute[1]}\r\n`;
  const raw = message.rawHeaders;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (absolute === null || raw[at]?.toLowerCase() !== 'host') lines += `${raw[at]}: ${raw[at + 1]}\r\n`;
  }
  const text = `${message.method} ${target} HTTP/${message.httpVersion}\r\n${lines}\r\n`;
  const parsed = parseRequestHead(Buffer.from(text, 'latin1'), 0);
  return typeof parsed === 'string' || parsed.size !== text.length ? null : parsed;
}
