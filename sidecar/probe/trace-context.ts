import { AsyncLocalStorage } from 'node:async_hooks';
import { Server, type IncomingMessage } from 'node:http';
import { Server as SecureServer } from 'node:https';

export interface TraceContexts {
  /** The `traceparent` of the request that is being answered; null outside of one. */
  current(): string | null;
  /** The function, run later in the context of now. */
  bind<Call extends (...args: never[]) => unknown>(call: Call): Call;
}

/** W3C Trace Context, version 00: https://www.w3.org/TR/trace-context/#traceparent-header */
const valid = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * The sidecar gives each request a `traceparent`; it is kept for as long as the request is answered, across awaits.
 * Where OpenTelemetry runs and is in the same trace, its span stands in for the request's.
 */
export function traceContexts(isOn: boolean): TraceContexts {
  if (!isOn) return { current: () => null, bind: (call) => call };
  const requests = new AsyncLocalStorage<string>();
  keepRequests(requests);
  return {
    current() {
      const request = requests.getStore() ?? null;
      const span = spanOf(globalThis);
      if (span === null) return request;
      return request === null || span.slice(3, 35) === request.slice(3, 35) ? span : request;
    },
    bind(call) {
      const request = requests.getStore();
      if (request === undefined) return call;
      // Safe: it takes what the function takes and answers what it answers.
      const bound = (...args: Parameters<typeof call>): unknown => requests.run(request, call, ...args);
      return bound as typeof call;
    },
  };
}

type Emit = (this: unknown, event: string | symbol, ...args: unknown[]) => boolean;

/** node:http and node:https tell of a request by an event: everything that follows from it runs in its context. */
function keepRequests(requests: AsyncLocalStorage<string>): void {
  for (const prototype of [Server.prototype, SecureServer.prototype]) {
    // Safe: `emit` takes any event, and is called with the server as `this`.
    const original = prototype.emit as Emit;
    const emit: Emit = function (event, ...args) {
      const traceparent = event === 'request' ? traceparentOf(args[0]) : null;
      if (traceparent === null) return original.call(this, event, ...args);
      // Safe: Node gives the request first, as it was just found to be.
      keepWithBody(args[0] as IncomingMessage, requests, traceparent);
      return requests.run(traceparent, () => original.call(this, event, ...args));
    };
    Object.defineProperty(prototype, 'emit', { value: emit, writable: true, configurable: true });
  }
}

function traceparentOf(request: unknown): string | null {
  // Safe: the field is looked at for what it is.
  const told = (request as IncomingMessage | undefined)?.headers?.['traceparent'];
  return typeof told === 'string' && valid.test(told) ? told : null;
}

/** The body arrives in the context of the connection: handlers that wait for it would lose the request's. */
function keepWithBody(
  request: IncomingMessage,
  requests: AsyncLocalStorage<string>,
  traceparent: string,
): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  // Safe: as above.
  const original = request.emit as Emit;
  request.emit = function (this: unknown, event: string | symbol, ...args: unknown[]): boolean {
    return requests.run(traceparent, () => original.call(this, event, ...args));
  } as typeof request.emit;
}

/** How the API package shares itself and names its keys: opentelemetry.io/docs/specs/otel/context, package `@opentelemetry/api` 1. */
const apiKey = Symbol.for('opentelemetry.js.api.1');
const spanKey = Symbol.for('OpenTelemetry Context Key SPAN');

interface OpenTelemetry {
  readonly context?: {
    active?(): {
      getValue?(
        key: symbol,
      ): { spanContext?(): { traceId: string; spanId: string; traceFlags: number } } | undefined;
    };
  };
}

function spanOf(shared: object): string | null {
  // Safe: each step is asked for before it is taken.
  const api = (shared as Readonly<Record<symbol, OpenTelemetry | undefined>>)[apiKey];
  const span = api?.context?.active?.().getValue?.(spanKey)?.spanContext?.();
  if (span === undefined) return null;
  const flags = (span.traceFlags & 0xff).toString(16).padStart(2, '0');
  const traceparent = `00-${span.traceId}-${span.spanId}-${flags}`;
  return valid.test(traceparent) ? traceparent : null;
}
