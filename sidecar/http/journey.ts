import { OutriderError, type ErrorCode, type Reply } from '../../shared/index.ts';
import { bodyCopy, type BodyCopy } from './body-copy.ts';
import { seenBody, type SeenBody } from './body.ts';
import { LiveExchange, LiveRequest } from './exchange-record.ts';
import { FieldKind } from './field-kind.ts';
import { backendHead, clientLines, fieldLines } from './forward.ts';
import type { Peer } from './forwarded.ts';
import type { Head } from './head.ts';
import { HeldBody } from './held-body.ts';
import type { Machine } from './machine.ts';
import { admitted, type Admitted, type Decision } from './pipeline.ts';
import { denialReply, problemReply, type ProblemReply } from './problem-reply.ts';
import type { ReplyHead } from './reply-head.ts';
import type { ReplySink, ReplyStart, SinkFraming } from './reply-sink.ts';
import type { RequestHead } from './request-head.ts';
import { Tally } from './tally.ts';
import { UpstreamCall, type Caller } from './upstream-call.ts';
import { WrappedReply, type WrappedSink } from './wrapped-reply.ts';

/**
 * One request on its way, in the order of its methods: it begins, its body is read as far as guards want it,
 * guards admit it, it goes around plugins or straight to the backend, the reply goes out, it is finished.
 * Both lanes make one for each request; it makes no promise and no timer unless something on the way does.
 */
export class Journey implements Caller, WrappedSink {
  readonly exchange: LiveExchange;
  private readonly machine: Machine;
  private readonly peer: Peer;
  private readonly sink: ReplySink;
  private readonly tally: Tally;
  private call: UpstreamCall | null = null;
  private wrapped: WrappedReply | null = null;
  private verdict: Admitted = admitted;
  private wantedBytes = 0;
  private isGathering = false;
  private held: HeldBody | null = null;
  private copy: BodyCopy | null = null;
  private isWhole = true;
  private isEndSent = false;
  private isFinished = false;
  private deadlineMs = Infinity;
  private onRoom: (() => void) | null = null;

  constructor(machine: Machine, request: RequestHead, peer: Peer, sink: ReplySink) {
    const { settings } = machine;
    const startedMs = machine.monotonicMs();
    this.machine = machine;
    this.peer = peer;
    this.sink = sink;
    this.tally = new Tally(startedMs);
    this.exchange = new LiveExchange(new LiveRequest(request, peer, settings), settings, startedMs);
  }

  /** Starts with the head and what there is of the body. `isWhole` says that no more of it will come. */
  begin(body: Uint8Array | null, isWhole: boolean): void {
    try {
      this.enter(body, isWhole);
    } catch (error) {
      // Nobody on the way throws. If somebody does all the same, one exchange fails and not the process.
      this.onThrown(error);
    }
  }

  private enter(body: Uint8Array | null, isWhole: boolean): void {
    const { machine, exchange } = this;
    machine.inFlight += 1;
    machine.counts.requests += 1;
    this.isWhole = isWhole;
    machine.pipeline.began(exchange);
    if (machine.inFlight > machine.limits.inFlight) return this.refuse('overloaded');
    if (exchange.request.parsed.contentLength > machine.limits.bodyBytes)
      return this.refuse('body_too_large');
    if (body !== null) this.hold(body);
    if (!isWhole) this.deadlineMs = machine.sweptMs + machine.limits.bodySeconds * 1000;
    if (!machine.pipeline.hasGuards()) return this.decided(admitted);
    if (body !== null || !isWhole) this.wantedBytes = machine.pipeline.bodyBytesWanted(exchange);
    this.gather();
  }

  /** More of the request's body. */
  onRequestBody(bytes: Uint8Array, isWhole: boolean): void {
    if (this.isFinished) return;
    this.isWhole = isWhole;
    if (isWhole && this.call !== null) this.awaitReply();
    if (this.tally.requestBytes + bytes.length > this.machine.limits.bodyBytes)
      return this.refuse('body_too_large');
    if (this.call?.isConnected === true && this.held === null) return this.sendBody(bytes);
    this.hold(bytes);
    if (this.isGathering) this.gather();
    else this.sink.pauseBody();
  }

  /** Waits until there is as much of the body as guards want to see, then shows it to them. */
  private gather(): void {
    this.isGathering = !this.isWhole && (this.held?.size ?? 0) < this.wantedBytes;
    if (this.isGathering) {
      this.sink.askForBody();
      return this.sink.resumeBody();
    }
    if (this.wantedBytes === 0 || this.held === null) return this.admit();
    this.sink.pauseBody();
    const coding = this.exchange.request.parsed.head.valueOf(FieldKind.contentEncoding);
    const seen = seenBody(this.held.whole(), this.isWhole, this.wantedBytes, coding);
    if (seen instanceof Promise) void seen.then((body) => this.show(body));
    else this.show(seen);
  }

  private show(seen: SeenBody): void {
    this.exchange.request.body = seen.bytes;
    this.exchange.request.isBodyTruncated = seen.isTruncated;
    this.admit();
  }

  private admit(): void {
    if (this.isFinished) return;
    const decision = this.machine.pipeline.admit(this.exchange);
    if (!(decision instanceof Promise)) return this.decided(decision);
    decision.then(
      (late) => this.decided(late),
      (error: unknown) => this.onThrown(error),
    );
  }

  private decided(decision: Decision): void {
    if (this.isFinished) return;
    if (!decision.allow) return this.answer(denialReply(decision, this.exchange.id), decision.code);
    this.verdict = decision;
    if (decision.principal !== undefined) this.exchange.principal = decision.principal;
    if (this.machine.pipeline.isWrapped(this.exchange)) this.around();
    else this.send(this);
  }

  /** Through the plugins that wrap the call to the backend. */
  private around(): void {
    const wrapped = new WrappedReply(this);
    this.wrapped = wrapped;
    this.awaitReply();
    this.machine.pipeline
      .around(this.exchange, () => wrapped.fetch((caller) => this.send(caller)))
      .then((reply: Reply) => wrapped.sendOn(reply))
      .catch((error: unknown) => this.onThrown(error));
  }

  /** To the backend; the reply comes to `caller`. */
  private send(caller: Caller): UpstreamCall {
    const { exchange, machine } = this;
    const { method, isChunked } = exchange.request.parsed;
    const head = backendHead(exchange, this.peer, machine.rules, this.verdict.backendHeaders);
    this.call = new UpstreamCall(machine.pool, { method, head, isChunked }, caller);
    if (this.isWhole) this.awaitReply();
    this.isEndSent = this.isWhole;
    this.call.start(this.takeHeld(), this.isWhole);
    return this.call;
  }

  private sendBody(bytes: Uint8Array): void {
    this.tally.requestBytes += bytes.length;
    this.isEndSent = this.isWhole;
    if (this.call?.write(bytes, this.isWhole) === false) this.sink.pauseBody();
  }

  /** The backend takes more: what was held first, then what still comes. */
  onWritable(): void {
    if (this.isFinished || this.call === null || this.isEndSent) return;
    const held = this.takeHeld();
    this.isEndSent = this.isWhole;
    const isRoom = (held === null && !this.isWhole) || this.call.write(held ?? nothing, this.isWhole);
    if (!this.isWhole && isRoom) this.sink.resumeBody();
  }

  get takesRawChunks(): boolean {
    return this.sink.takesRawChunks;
  }

  onInformational(reply: ReplyHead): void {
    this.sink.informational(reply);
  }

  /** The reply begins: mostly it ends here as well. */
  onReply(reply: ReplyHead, body: Buffer | null, isLast: boolean, trailers: Head | null): void {
    const { status, reason } = reply;
    this.tally.isStreaming = isOpenEnded(reply) && (!isLast || isEventStream(reply.head));
    const framing = this.framingOf(reply);
    const isRoom = this.start({ status, reason, lines: clientLines(reply), framing }, body, isLast, trailers);
    if (!isRoom && !isLast) this.call?.pause();
  }

  /** Sends a reply's beginning, whoever it is from. False when the client is slower: wait for `whenRoom`. */
  start(start: ReplyStart, body: Uint8Array | null, isLast: boolean, trailers: Head | null): boolean {
    if (this.isFinished) return true;
    this.tally.begin(start.status, body?.length ?? 0, this.machine.monotonicMs());
    this.watchForSilence();
    const { status, reason, framing } = start;
    const sent: ReplyStart = { status, reason, framing, lines: start.lines + this.ownLines() };
    this.copy = bodyCopy(this.machine.pipeline, this.exchange, start);
    if (body !== null) this.copy?.add(body);
    const isRoom = this.sink.begin(sent, body, isLast, trailers);
    if (isLast) this.finish(null);
    return isRoom;
  }

  onBody(bytes: Uint8Array, isLast: boolean, trailers: Head | null): void {
    if (!this.write(bytes, isLast, trailers) && !isLast) this.call?.pause();
  }

  /** Sends more of a reply's body. False as for `start`. */
  write(bytes: Uint8Array, isLast: boolean, trailers: Head | null): boolean {
    if (this.isFinished) return true;
    this.tally.add(bytes.length, this.machine.monotonicMs());
    this.watchForSilence();
    this.copy?.add(bytes);
    const isRoom = this.sink.write(bytes, isLast, trailers);
    if (isLast) this.finish(null);
    return isRoom;
  }

  onFailed(code: ErrorCode, reason: string): void {
    this.machine.log.warn('the backend failed', { exchangeId: this.exchange.id, code, reason });
    this.refuse(code);
  }

  /** The client takes more again. */
  onClientDrain(): void {
    this.call?.resume();
    this.onRoom?.();
  }

  /** Resolves when the client takes more again, or never will. */
  whenRoom(): Promise<void> {
    return new Promise((resolve) => (this.onRoom = resolve));
  }

  /** The client went away: nobody waits for the reply, so the backend is told at once. */
  onClientGone(): void {
    if (this.isFinished) return;
    this.exchange.abort();
    this.finish('client_gone');
  }

  /** Refuses with a problem document, or cuts the connection when the reply has begun. */
  refuse(code: ErrorCode): void {
    if (this.isFinished) return;
    this.call?.abort();
    if (!this.tally.hasReply) return this.answer(problemReply(code, this.exchange.id), code);
    this.sink.cut();
    this.finish(code);
  }

  /** Called now and then; ends what takes longer than it may. */
  sweep(nowMs: number): void {
    if (nowMs < this.deadlineMs || this.isFinished) return;
    this.exchange.abort();
    this.refuse(this.isWhole || this.tally.hasReply ? 'backend_timeout' : 'body_timeout');
  }

  get isOver(): boolean {
    return this.isFinished;
  }

  get method(): string {
    return this.exchange.request.method;
  }

  private answer(problem: ProblemReply, code: string): void {
    const { status, reason, lines, body } = problem;
    // A host that refused in a plugin's name has said so already.
    if (this.exchange.servedBy === 'backend') this.exchange.servedBy = 'outrider';
    const isHead = this.method === 'HEAD';
    this.tally.begin(status, isHead ? 0 : body.length, this.machine.monotonicMs());
    const start: ReplyStart = {
      status,
      reason,
      lines: lines + this.ownLines(),
      framing: isHead ? 'none' : 'length',
    };
    this.sink.begin(start, isHead ? null : body, true, null);
    this.finish(code);
  }

  private onThrown(error: unknown): void {
    if (this.isFinished) return;
    this.report(error);
    this.refuse(error instanceof OutriderError ? error.code : 'internal');
  }

  private report(error: unknown): void {
    this.machine.log.warn('an exchange failed', { exchangeId: this.exchange.id, error: String(error) });
  }

  private ownLines(): string {
    const { replyHeaders } = this.verdict;
    const lines = `Via: 1.1 outrider\r\nX-Request-Id: ${this.exchange.id}\r\n`;
    return replyHeaders === undefined ? lines : lines + fieldLines(replyHeaders);
  }

  private framingOf(reply: ReplyHead): SinkFraming {
    if (reply.framing === 'until-close') return 'chunks';
    if (reply.framing !== 'chunked') return reply.framing;
    return this.sink.takesRawChunks ? 'raw-chunks' : 'chunks';
  }

  private hold(bytes: Uint8Array): void {
    (this.held ??= new HeldBody()).add(bytes);
  }

  private takeHeld(): Buffer | null {
    const held = this.held?.take() ?? null;
    this.held = null;
    this.tally.requestBytes += held?.length ?? 0;
    return held;
  }

  /** From the end of the request to the first byte of the reply. */
  private awaitReply(): void {
    if (!this.tally.hasReply)
      this.deadlineMs = this.machine.sweptMs + this.machine.limits.backendSeconds * 1000;
  }

  private watchForSilence(): void {
    this.deadlineMs = this.machine.sweptMs + this.machine.limits.streamIdleSeconds * 1000;
  }

  private finish(error: string | null): void {
    if (this.isFinished) return;
    this.isFinished = true;
    this.call?.abort();
    this.wrapped?.onFailed('backend_closed', 'the exchange is over');
    this.machine.inFlight -= 1;
    this.machine.pipeline.finished(this.exchange, this.tally.outcome(error, this.machine.monotonicMs()));
    this.exchange.finish((error) => this.report(error));
    if (error === null) this.copy?.end();
    this.onRoom?.();
    this.sink.finished();
  }
}

const nothing = new Uint8Array(0);

function isOpenEnded(reply: ReplyHead): boolean {
  return reply.framing === 'chunked' || reply.framing === 'until-close';
}

export function isEventStream(head: Head): boolean {
  return head.valueOf(FieldKind.contentType)?.toLowerCase().startsWith('text/event-stream') ?? false;
}
