import type { Headers, Match, Principal, Request } from '../../shared/index.ts';
import { FieldKind } from './field-kind.ts';
import { clientAddressOf, type Peer } from './forwarded.ts';
import type { ExchangeRecord } from './pipeline.ts';
import type { Head } from './head.ts';
import type { RequestHead } from './request-head.ts';
import type { Router } from './route.ts';
import { newTrace, traceIdOf, type Trace } from './trace.ts';

/** What every exchange of a proxy is made with. */
export interface ExchangeSettings {
  readonly trustedHops: number;
  /** Makes credentials unreadable. */
  readonly redacted: (head: Head) => Headers;
  readonly router: Router;
  readonly newId: () => string;
}

/** A request as plugins see it. Everything that costs is worked out when somebody asks. */
export class LiveRequest implements Request {
  readonly parsed: RequestHead;
  readonly path: string;
  body: Uint8Array | null = null;
  isBodyTruncated = false;
  private readonly peer: Peer;
  private readonly settings: ExchangeSettings;
  private routeFound: string | null = null;

  constructor(parsed: RequestHead, peer: Peer, settings: ExchangeSettings) {
    this.parsed = parsed;
    this.peer = peer;
    this.settings = settings;
    const pathEnd = parsed.target.indexOf('?');
    this.path = pathEnd < 0 ? parsed.target : parsed.target.slice(0, pathEnd);
  }

  get method(): string {
    return this.parsed.method;
  }

  get query(): string {
    return this.parsed.target.slice(this.path.length + 1);
  }

  get route(): string {
    this.routeFound ??= this.settings.router(this.path);
    return this.routeFound;
  }

  get headers(): Headers {
    return this.parsed.head.derived(this.settings.redacted);
  }

  get clientAddress(): string {
    return clientAddressOf(this.parsed, this.peer, this.settings.trustedHops);
  }
}

/** What the data path keeps of one exchange. */
export class LiveExchange implements ExchangeRecord {
  readonly id: string;
  readonly request: LiveRequest;
  readonly startedMs: number;
  principal: Principal | null = null;
  servedBy = 'backend';
  private controller: AbortController | null = null;
  private isAborted = false;
  private isOver = false;
  private finishCalls: (() => void)[] | null = null;
  private traceMade: Trace | null = null;

  constructor(request: LiveRequest, settings: ExchangeSettings, startedMs: number) {
    this.request = request;
    this.startedMs = startedMs;
    const requestId = request.parsed.head.valueOf(FieldKind.requestId);
    this.id = requestId !== undefined && saneId.test(requestId) ? requestId : settings.newId();
  }

  get traceId(): string {
    return this.trace.traceId;
  }

  /** The request's own `traceparent` when it is valid, else a new one. */
  get traceparent(): string {
    return this.trace.traceparent;
  }

  private get trace(): Trace {
    this.traceMade ??= this.receivedTrace() ?? newTrace();
    return this.traceMade;
  }

  get rawHeaders(): Headers {
    return this.request.parsed.head;
  }

  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.isAborted) this.controller.abort();
    return this.controller.signal;
  }

  /** Called at once when the exchange is over already. */
  onFinished(call: () => void): void {
    if (this.isOver) call();
    else (this.finishCalls ??= []).push(call);
  }

  meets(match: Match | undefined): boolean {
    if (match === undefined) return true;
    const { request } = this;
    if (match.methods !== undefined && !match.methods.includes(request.method)) return false;
    if (match.paths !== undefined && !tested(match.paths, request.path)) return false;
    if (match.contentTypes === undefined) return true;
    return tested(match.contentTypes, request.parsed.head.valueOf(FieldKind.contentType) ?? '');
  }

  /** Tells whoever holds the signal that nobody waits for the reply any more. */
  abort(): void {
    this.isAborted = true;
    this.controller?.abort();
  }

  /** Runs what was asked for with `onFinished`; the data path calls it once. One that throws keeps no other from running. */
  finish(onThrown: (error: unknown) => void): void {
    const calls = this.finishCalls;
    this.isOver = true;
    this.finishCalls = null;
    for (const call of calls ?? []) {
      try {
        call();
      } catch (error) {
        onThrown(error);
      }
    }
  }

  private receivedTrace(): Trace | null {
    const traceparent = this.request.parsed.head.valueOf(FieldKind.traceparent);
    const traceId = traceparent === undefined ? null : traceIdOf(traceparent);
    return traceparent === undefined || traceId === null ? null : { traceId, traceparent };
  }
}

/** What may be taken over from outside as an id: nothing that a log, a header field or a URL would choke on. */
const saneId = /^[\w.:~+/=@-]{1,128}$/;

/** A pattern with the flag `g` or `y` remembers where it stopped; each request starts anew. */
function tested(pattern: RegExp, text: string): boolean {
  if (pattern.global || pattern.sticky) pattern.lastIndex = 0;
  return pattern.test(text);
}
