import type { Socket } from 'node:net';
import type { ErrorCode } from '../../shared/index.ts';
import { ByteBuffer } from './byte-buffer.ts';
import { readClient, type ClientSocket } from './client-socket.ts';
import { clientLines, trailerLines } from './forward.ts';
import { peerOf, type Peer } from './forwarded.ts';
import { HeadMemory } from './head-memory.ts';
import type { Head } from './head.ts';
import type { NotAHead } from './head-parser.ts';
import { Journey } from './journey.ts';
import type { Machine } from './machine.ts';
import { bareProblem } from './problem-reply.ts';
import type { ReplyHead } from './reply-head.ts';
import type { ReplySink, ReplyStart } from './reply-sink.ts';
import { parseRequestHead, type RequestHead } from './request-head.ts';
import { chunk } from './upstream-call.ts';
import { writeLent } from './write-joined.ts';

/** Requests that a client sends ahead of the reply are kept up to this; then its socket is paused. */
const aheadBytes = 64 * 1024;
/** How long a closing connection is still read, so that the client can read our last reply (RFC 9112 §9.6). */
const lingerMs = 2000;

/** The proxy's side of a lane. */
export interface LaneOwner {
  /** Takes a socket whose next request is not for the fast lane, with the bytes read so far. */
  handOver(lane: Lane, socket: Socket, bytes: Buffer): void;
  onClosed(lane: Lane): void;
}

/**
 * The fast lane: one client connection whose requests are all in the narrow grammar. It parses straight from the
 * socket's bytes and answers in order; the first request of another kind leaves with its socket to `node:http`.
 */
export class Lane implements ReplySink {
  readonly takesRawChunks = true;
  private readonly machine: Machine;
  private readonly client: ClientSocket;
  private readonly socket: Socket;
  private readonly owner: LaneOwner;
  private readonly peer: Peer;
  private readonly memory = new HeadMemory();
  private journey: Journey | null = null;
  private ahead: ByteBuffer | null = null;
  private bodyLeft = 0;
  private keepsOpen = true;
  private isChunking = false;
  private isClosing = false;
  private isParsing = false;
  private deadlineMs: number;

  /** `accepted` is paused, as the server accepted it. */
  constructor(machine: Machine, accepted: Socket, owner: LaneOwner) {
    this.machine = machine;
    this.client = readClient(accepted, (piece) => this.onData(piece));
    const { socket } = this.client;
    this.socket = socket;
    this.owner = owner;
    this.peer = peerOf(socket.remoteAddress);
    this.deadlineMs = machine.sweptMs + machine.limits.idleSeconds * 1000;
    socket.on('drain', this.onDrain);
    socket.on('end', this.onEnd);
    socket.on('error', this.onError);
    socket.on('close', this.onClose);
  }

  /** The piece is only lent: what is kept of it, bodies too, is copied. */
  private onData(piece: Buffer): void {
    if (this.isClosing) return;
    if (this.bodyLeft > 0) this.readBody(piece);
    else if (this.journey === null) this.parse(this.joined(piece));
    else this.keepAhead(piece);
  }

  /** Reads requests until one is on its way; what is behind it waits for its reply. */
  private parse(bytes: Buffer): void {
    let at = 0;
    this.isParsing = true;
    while (this.journey === null && !this.isClosing && at < bytes.length) {
      const request = parseRequestHead(bytes, at, this.memory);
      if (typeof request === 'string') {
        this.notYet(request, bytes.subarray(at));
        break;
      }
      if (request.size > this.machine.limits.headerBytes) this.refuse('header_too_large');
      else if (!request.isPlain) return this.leave(bytes.subarray(at));
      else at = this.take(request, bytes, at + request.size);
    }
    this.isParsing = false;
  }

  /** Starts a request's journey and returns where the next request starts. */
  private take(request: RequestHead, bytes: Buffer, bodyStart: number): number {
    const length = Math.max(request.contentLength, 0);
    const available = Math.min(length, bytes.length - bodyStart);
    const end = bodyStart + available;
    this.ahead = null;
    this.bodyLeft = length - available;
    this.keepsOpen = request.isPersistent;
    this.journey = new Journey(this.machine, request, this.peer, this);
    this.journey.begin(
      available === 0 ? null : Buffer.from(bytes.subarray(bodyStart, end)),
      this.bodyLeft === 0,
    );
    if (this.journey !== null && end < bytes.length) this.keepAhead(bytes.subarray(end));
    return end;
  }

  private readBody(piece: Buffer): void {
    const taken = Math.min(this.bodyLeft, piece.length);
    this.bodyLeft -= taken;
    this.journey?.onRequestBody(Buffer.from(piece.subarray(0, taken)), this.bodyLeft === 0);
    if (taken < piece.length) this.onData(piece.subarray(taken));
  }

  /** The head is not complete, or never will be. */
  private notYet(why: NotAHead, rest: Buffer): void {
    const { limits, sweptMs } = this.machine;
    if (why === 'malformed') return this.refuse('request_malformed');
    if (why === 'too_many_fields' || rest.length > limits.headerBytes) return this.refuse('header_too_large');
    if (this.ahead !== null && this.ahead.size === rest.length) return;
    this.ahead = new ByteBuffer();
    this.ahead.append(rest);
    this.deadlineMs = sweptMs + limits.headerSeconds * 1000;
  }

  private joined(piece: Buffer): Buffer {
    if (this.ahead === null) return piece;
    this.ahead.append(piece);
    return this.ahead.view();
  }

  private keepAhead(bytes: Buffer): void {
    this.ahead ??= new ByteBuffer();
    this.ahead.append(bytes);
    if (this.ahead.size > aheadBytes) this.socket.pause();
  }

  informational(reply: ReplyHead): void {
    // 100 answers an expectation, and requests with one are not for this lane.
    if (reply.status !== 100)
      this.socket.write(`HTTP/1.1 ${reply.status} ${reply.reason}\r\n${clientLines(reply)}\r\n`, 'latin1');
  }

  begin(start: ReplyStart, body: Uint8Array | null, isLast: boolean, trailers: Head | null): boolean {
    // A reply before the end of the request: what is left of it could be taken for the next request.
    if (this.bodyLeft > 0 || this.machine.isDraining) this.keepsOpen = false;
    this.isChunking = start.framing === 'chunks';
    const framing = start.framing === 'chunks' || start.framing === 'raw-chunks' ? chunkedLine : '';
    const connection = this.keepsOpen ? '' : 'Connection: close\r\n';
    const head = `HTTP/1.1 ${start.status} ${start.reason}\r\n${start.lines}${framing}${connection}\r\n`;
    return writeLent(this.socket, head, this.framed(body, isLast, trailers));
  }

  write(bytes: Uint8Array, isLast: boolean, trailers: Head | null): boolean {
    const framed = this.framed(bytes, isLast, trailers);
    return framed === null || framed.length === 0 ? true : writeLent(this.socket, '', framed);
  }

  cut(): void {
    this.isClosing = true;
    this.socket.destroy();
  }

  finished(): void {
    this.journey = null;
    if (this.isClosing || this.socket.destroyed) return;
    if (!this.keepsOpen || this.machine.isDraining) return this.close();
    this.deadlineMs = this.machine.sweptMs + this.machine.limits.idleSeconds * 1000;
    if (this.socket.isPaused()) this.socket.resume();
    if (!this.isParsing && this.ahead !== null) this.parse(this.ahead.view());
  }

  askForBody(): void {
    // Requests that wait to be asked are not for this lane.
  }

  pauseBody(): void {
    if (this.bodyLeft > 0) this.socket.pause();
  }

  resumeBody(): void {
    if (this.socket.isPaused()) this.socket.resume();
  }

  /** Called now and then; closes what takes longer than it may. */
  sweep(nowMs: number): void {
    if (this.journey !== null) return this.journey.sweep(nowMs);
    if (nowMs < this.deadlineMs) return;
    if (this.isClosing || this.ahead === null) this.socket.destroy();
    else this.refuse('header_timeout');
  }

  /** Closes at once when nothing is on its way, else after the reply. */
  drain(): void {
    if (this.journey === null && !this.isClosing) this.close();
  }

  /** Cuts whatever is on its way. */
  destroy(): void {
    this.socket.destroy();
  }

  private framed(body: Uint8Array | null, isLast: boolean, trailers: Head | null): Uint8Array | null {
    if (!this.isChunking) return body;
    return chunk(body, isLast, trailers === null ? '' : trailerLines(trailers));
  }

  /** Answers what is no request at all: there is no exchange to speak of. */
  private refuse(code: ErrorCode): void {
    this.machine.counts.malformed += 1;
    this.socket.write(bareProblem(code), 'latin1');
    this.close();
  }

  /** Ends our side and reads on for a moment without looking. */
  private close(): void {
    this.isClosing = true;
    this.ahead = null;
    this.deadlineMs = this.machine.sweptMs + lingerMs;
    this.socket.end();
    this.socket.resume();
  }

  private leave(bytes: Buffer): void {
    this.client.toStream();
    this.socket.off('drain', this.onDrain);
    this.socket.off('end', this.onEnd);
    this.socket.off('error', this.onError);
    this.socket.off('close', this.onClose);
    this.owner.handOver(this, this.socket, Buffer.from(bytes));
  }

  private readonly onDrain = (): void => {
    this.journey?.onClientDrain();
  };

  /** A client that ends its side has left; waiting for its reply would only keep the backend busy. */
  private readonly onEnd = (): void => {
    if (this.journey !== null) this.socket.destroy();
    else this.socket.end();
  };

  private readonly onError = (): void => {
    // `close` follows and says all there is to say: the client is gone.
  };

  private readonly onClose = (): void => {
    this.isClosing = true;
    this.journey?.onClientGone();
    this.owner.onClosed(this);
  };
}

const chunkedLine = 'Transfer-Encoding: chunked\r\n';
