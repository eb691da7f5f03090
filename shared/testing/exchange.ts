import { headersOf, type Exchange, type Headers, type Principal, type Request } from '../exchange.ts';
import type { Match } from '../plugin.ts';

export interface FakeRequest {
  readonly method?: string;
  /** Path and query as on the request line. Default `/`. */
  readonly target?: string;
  readonly route?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
  readonly clientAddress?: string;
}

export interface FakeExchange extends Exchange {
  principal: Principal | null;
  /** Header fields with nothing redacted. */
  readonly credentials: Headers;
  matches(match: Match | undefined): boolean;
  /** The same exchange, its body cut at what a guard asked for. */
  withBodyUpTo(maxBytes: number): FakeExchange;
  finish(): void;
}

const redactedFields = new Set(['authorization', 'proxy-authorization', 'cookie', 'x-api-key']);

/** An exchange that came from no socket. */
export function fakeExchange(request: FakeRequest, id = 'exchange-1'): FakeExchange {
  const [path = '/', ...rest] = (request.target ?? '/').split('?');
  const bytes =
    typeof request.body === 'string' ? new TextEncoder().encode(request.body) : (request.body ?? null);
  const headers = request.headers ?? {};
  const redacted = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      redactedFields.has(name.toLowerCase()) ? '[redacted]' : value,
    ]),
  );
  const finishedCalls: (() => void)[] = [];
  const seen: Request = {
    method: request.method ?? 'GET',
    path,
    query: rest.join('?'),
    route: request.route ?? path,
    headers: headersOf(redacted),
    clientAddress: request.clientAddress ?? '127.0.0.1',
    body: null,
    isBodyTruncated: false,
  };
  const exchange: FakeExchange = {
    id,
    traceId: '0af7651916cd43dd8448eb211c80319c',
    request: seen,
    principal: null,
    signal: new AbortController().signal,
    credentials: headersOf(headers),
    onFinished: (call) => void finishedCalls.push(call),
    finish: () => finishedCalls.splice(0).forEach((call) => call()),
    matches: (match) => matches(seen, match),
    withBodyUpTo(maxBytes) {
      const body = maxBytes === 0 || bytes === null ? null : bytes.subarray(0, maxBytes);
      return Object.assign(exchange, {
        request: { ...seen, body, isBodyTruncated: (bytes?.length ?? 0) > (body?.length ?? Infinity) },
      });
    },
  };
  return exchange;
}

/** Whether a hook wants to see a request: every condition given must hold. */
export function matches(request: Request, match: Match | undefined): boolean {
  if (!match) return true;
  if (match.methods && !match.methods.includes(request.method)) return false;
  if (match.paths && !match.paths.test(request.path)) return false;
  return !match.contentTypes || match.contentTypes.test(request.headers.get('content-type') ?? '');
}
