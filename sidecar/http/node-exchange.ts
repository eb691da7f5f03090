import type { IncomingMessage, ServerResponse } from 'node:http';
import { ChurnMap } from '../../shared/index.ts';
import { trailerLines } from './forward.ts';
import { peerOf } from './forwarded.ts';
import type { Head } from './head.ts';
import { Journey } from './journey.ts';
import type { Machine } from './machine.ts';
import type { ReplyHead } from './reply-head.ts';
import type { ReplySink, ReplyStart } from './reply-sink.ts';
import type { RequestHead } from './request-head.ts';
import { pairsOf } from './wrapped-reply.ts';

/** One exchange of the `node:http` lane: its message and response as a journey wants them. */
export class NodeExchange implements ReplySink {
  readonly takesRawChunks = false;
  readonly journey: Journey;
  private readonly machine: Machine;
  private readonly request: RequestHead;
  private readonly message: IncomingMessage;
  private readonly response: ServerResponse;
  private readonly running: ChurnMap<NodeExchange, NodeExchange>;
  private hasAsked = false;

  constructor(
    machine: Machine,
    request: RequestHead,
    message: IncomingMessage,
    response: ServerResponse,
    running: ChurnMap<NodeExchange, NodeExchange>,
  ) {
    this.machine = machine;
    this.request = request;
    this.message = message;
    this.response = response;
    this.running = running;
    this.journey = new Journey(machine, request, peerOf(message.socket.remoteAddress), this);
  }

  run(): void {
    const { message, response, request } = this;
    this.running.set(this, this);
    response.sendDate = false;
    response.on('drain', () => this.journey.onClientDrain());
    response.on('close', () => this.journey.onClientGone());
    message.on('error', () => this.journey.onClientGone());
    const hasBody = request.isChunked || request.contentLength > 0;
    if (hasBody) this.listenForBody();
    this.journey.begin(null, !hasBody);
  }

  private listenForBody(): void {
    const { message } = this;
    message.on('data', (bytes: Buffer) => this.journey.onRequestBody(bytes, false));
    message.on('end', () => this.journey.onRequestBody(nothing, true));
  }

  informational(reply: ReplyHead): void {
    if (this.request.version === '1.0') return;
    if (reply.status === 100) return this.askForBody();
    if (reply.status === 102) return this.response.writeProcessing();
    const link = reply.head.all('link');
    if (reply.status === 103 && link.length > 0) this.response.writeEarlyHints({ link: [...link] });
  }

  begin(start: ReplyStart, body: Uint8Array | null, isLast: boolean, trailers: Head | null): boolean {
    const { response } = this;
    const fields = pairsOf(start.lines).flat();
    // A reply before the end of the request: what is left of it is not worth reading.
    if (!this.message.complete || this.machine.isDraining) fields.push('Connection', 'close');
    response.writeHead(start.status, start.reason, fields);
    if (body === null && !isLast) {
      response.flushHeaders();
      return true;
    }
    return this.write(body ?? nothing, isLast, trailers);
  }

  write(bytes: Uint8Array, isLast: boolean, trailers: Head | null): boolean {
    const { response } = this;
    // Copied, since `response` may keep what is only lent.
    if (!isLast) return bytes.length === 0 || response.write(Buffer.from(bytes));
    if (trailers !== null) response.addTrailers(Object.fromEntries(pairsOf(trailerLines(trailers))));
    response.end(bytes.length === 0 ? undefined : Buffer.from(bytes));
    return true;
  }

  cut(): void {
    this.message.socket.destroy();
  }

  finished(): void {
    this.running.delete(this);
    this.message.resume();
  }

  askForBody(): void {
    if (this.hasAsked || !/^100-continue$/i.test(this.message.headers.expect ?? '')) return;
    this.hasAsked = true;
    this.response.writeContinue();
  }

  pauseBody(): void {
    this.message.pause();
  }

  resumeBody(): void {
    this.message.resume();
  }
}

const nothing = new Uint8Array(0);
