import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import type { ErrorCode } from '../../shared/index.ts';
import { LiveExchange, LiveRequest } from './exchange-record.ts';
import { FieldKind } from './field-kind.ts';
import { backendHead, fieldLines } from './forward.ts';
import { peerOf, type Peer } from './forwarded.ts';
import type { Machine } from './machine.ts';
import { admitted, type Admitted, type Decision } from './pipeline.ts';
import { denialReply, problemReply, type ProblemReply } from './problem-reply.ts';
import type { RequestHead } from './request-head.ts';
import { Tally } from './tally.ts';
import type { Refusal } from './message-screen.ts';
import { WatchedSocket } from './watched-socket.ts';
import { pairsOf } from './wrapped-reply.ts';

type HeaderRecord = Record<string, string | string[]>;
/** Opens the way to the backend, with these fields, for this side of the client. */
export type Open = (headers: HeaderRecord, client: Duplex) => void;

/** How long a client may take to answer our Close. */
const closeSeconds = 5;

/** One upgrade: an exchange whose reply is a tunnel. It ends when either side closes. */
export class Tunnel {
  private readonly machine: Machine;
  private readonly request: RequestHead;
  private readonly peer: Peer;
  private readonly socket: Socket;
  private readonly onOver: () => void;
  private readonly exchange: LiveExchange;
  private readonly tally: Tally;
  private readonly bytesBefore: { readonly read: number; readonly written: number };
  private verdict: Admitted = admitted;
  private outgoing: ClientRequest | null = null;
  private backend: Duplex | null = null;
  private watched: WatchedSocket | null = null;
  private refusedCode: ErrorCode | null = null;
  private isFinished = false;
  private movedBytes = 0;
  private deadlineMs: number;

  constructor(machine: Machine, request: RequestHead, socket: Socket, onOver: () => void) {
    const startedMs = machine.monotonicMs();
    this.machine = machine;
    this.request = request;
    this.peer = peerOf(socket.remoteAddress);
    this.socket = socket;
    this.onOver = onOver;
    this.exchange = new LiveExchange(
      new LiveRequest(request, this.peer, machine.settings),
      machine.settings,
      startedMs,
    );
    this.tally = new Tally(startedMs);
    this.tally.isUpgrade = true;
    this.bytesBefore = { read: socket.bytesRead, written: socket.bytesWritten };
    this.deadlineMs = startedMs + machine.limits.backendSeconds * 1000;
  }

  /** Asks the guards, then calls `open` with the fields for the backend. */
  run(open: Open): void {
    this.socket.on('error', () => this.socket.destroy());
    this.socket.on('close', () => this.onClientGone());
    this.machine.pipeline.began(this.exchange);
    if (isHttp2(this.request)) return this.refuse('upgrade_failed');
    if (!this.machine.pipeline.hasGuards()) return this.decided(admitted, open);
    const decision = this.machine.pipeline.admit(this.exchange);
    if (!(decision instanceof Promise)) return this.decided(decision, open);
    decision.then(
      (late) => this.decided(late, open),
      () => this.refuse('internal'),
    );
  }

  /** Follows the request to the backend: what it answers is ours to record. */
  watch(outgoing: ClientRequest): void {
    this.outgoing = outgoing;
    outgoing.once('upgrade', (reply: IncomingMessage, backend: Duplex) => {
      this.backend = backend;
      this.watched?.upgraded(reply.headers.upgrade);
      backend.on('error', () => backend.destroy());
      this.onReply(reply);
    });
    outgoing.once('response', (reply: IncomingMessage) => this.onReply(reply));
  }

  onFailed(error: Error): void {
    if (this.isFinished || this.tally.hasReply) return;
    const code = error.message.includes('ECONNREFUSED') ? 'backend_unreachable' : 'upgrade_failed';
    this.machine.log.warn('an upgrade failed', { exchangeId: this.exchange.id, error: error.message });
    this.refuse(code);
  }

  /** Ends a tunnel on which nothing moved for too long, and an upgrade that nobody answers. */
  sweep(nowMs: number): void {
    const moved = this.socket.bytesRead + this.socket.bytesWritten;
    if (moved !== this.movedBytes && this.tally.hasReply && this.refusedCode === null) {
      this.movedBytes = moved;
      this.deadlineMs = nowMs + this.machine.limits.streamIdleSeconds * 1000;
    }
    if (nowMs < this.deadlineMs) return;
    if (this.tally.hasReply) this.socket.destroy();
    else this.refuse('backend_timeout');
  }

  private decided(decision: Decision, open: Open): void {
    if (this.isFinished) return;
    if (!decision.allow) return this.answer(denialReply(decision, this.exchange.id), decision.code);
    this.verdict = decision;
    if (decision.principal !== undefined) this.exchange.principal = decision.principal;
    this.watched = this.watchedSocket();
    open(this.headersForBackend(), this.watched ?? this.socket);
  }

  /** Where guards screen messages, the tunnel goes through them; elsewhere bytes pass untouched. */
  private watchedSocket(): WatchedSocket | null {
    const protocol = this.request.head.valueOf(FieldKind.upgrade) ?? '';
    const watch = /\bwebsocket\b/i.test(protocol) ? this.machine.pipeline.messageWatch(this.exchange) : null;
    return (
      watch && new WatchedSocket(this.socket, watch, this.exchange.id, (refusal) => this.onRefused(refusal))
    );
  }

  private onRefused({ code, reason }: Refusal): void {
    this.refusedCode = code;
    const { streamIdleSeconds } = this.machine.limits;
    this.deadlineMs = this.machine.monotonicMs() + Math.min(closeSeconds, streamIdleSeconds) * 1000;
    // What guards refuse is recorded by the host.
    if (code === 'frames_malformed')
      this.machine.log.warn('a WebSocket was closed', { exchangeId: this.exchange.id, code, reason });
  }

  private headersForBackend(): HeaderRecord {
    const head = backendHead(this.exchange, this.peer, this.machine.rules, this.verdict.backendHeaders);
    const headers = recordOf(head.slice(head.indexOf('\r\n') + 2));
    headers['connection'] = 'Upgrade';
    headers['upgrade'] = this.request.head.valueOf(FieldKind.upgrade) ?? '';
    // Screened messages must be readable: nothing may be agreed on that changes what is in a frame.
    if (this.watched) delete headers['sec-websocket-extensions'];
    return headers;
  }

  private onReply(reply: IncomingMessage): void {
    this.tally.begin(reply.statusCode ?? 101, 0, this.machine.monotonicMs());
    const { replyHeaders } = this.verdict;
    const own = `Via: 1.1 outrider\r\nX-Request-Id: ${this.exchange.id}\r\n`;
    Object.assign(reply.headers, recordOf(own + fieldLines(replyHeaders ?? [])));
  }

  private refuse(code: ErrorCode): void {
    this.answer(problemReply(code, this.exchange.id), code);
  }

  private answer({ status, reason, lines, body }: ProblemReply, code: string): void {
    if (this.isFinished) return;
    if (this.exchange.servedBy === 'backend') this.exchange.servedBy = 'outrider';
    this.tally.begin(status, body.length, this.machine.monotonicMs());
    const head = `HTTP/1.1 ${status} ${reason}\r\n${lines}X-Request-Id: ${this.exchange.id}\r\nConnection: close\r\n\r\n`;
    this.socket.end(head + body.toString('latin1'), 'latin1');
    this.outgoing?.destroy();
    this.finish(code);
  }

  /** http-proxy ends the backend's side only; a backend that does not answer that would keep its socket for ever. */
  private onClientGone(): void {
    if (this.refusedCode === null) this.outgoing?.destroy();
    this.releaseBackend();
    this.exchange.abort();
    this.finish(this.refusedCode ?? (this.tally.hasReply ? null : 'client_gone'));
  }

  private releaseBackend(): void {
    const { backend } = this;
    if (backend === null || this.refusedCode === null) return void backend?.destroy();
    // It may not have been sent our Close yet.
    const late = setTimeout(() => backend.destroy(), closeSeconds * 1000);
    late.unref();
    backend.once('close', () => clearTimeout(late));
    backend.end(() => backend.destroy());
  }

  private finish(error: string | null): void {
    if (this.isFinished) return;
    this.isFinished = true;
    this.tally.requestBytes = this.socket.bytesRead - this.bytesBefore.read;
    this.tally.replyBytes = this.socket.bytesWritten - this.bytesBefore.written;
    this.machine.pipeline.finished(this.exchange, this.tally.outcome(error, this.machine.monotonicMs()));
    this.exchange.finish((error) =>
      this.machine.log.warn('an exchange failed', { exchangeId: this.exchange.id, error: String(error) }),
    );
    this.onOver();
  }
}

/** HTTP/2 in a tunnel would carry requests past every guard. */
function isHttp2(request: RequestHead): boolean {
  return /\bh2c?\b/i.test(request.head.valueOf(FieldKind.upgrade) ?? '');
}

/** Lines as a record, lower case, a list where a field comes more than once. */
function recordOf(lines: string): HeaderRecord {
  const record: HeaderRecord = {};
  for (const [name, value] of pairsOf(lines)) {
    const key = name.toLowerCase();
    const before = record[key];
    record[key] = before === undefined ? value : [...[before].flat(), value];
  }
  return record;
}
