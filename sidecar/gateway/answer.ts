import type { ErrorRequestHandler, Response } from 'express';
import type { Duplex } from 'node:stream';
import { STATUS_CODES } from 'node:http';
import {
  OutriderError,
  errorTable,
  problemContentType,
  problemOf,
  type Log,
  type Problem,
} from '../../shared/index.ts';

/** Answers of the gateway. Errors are problem documents (RFC 9457), whatever went wrong and wherever. */

export function sendJson(response: Response, status: number, value: unknown): void {
  response.status(status).set('cache-control', 'no-store').type('json').send(JSON.stringify(value));
}

/** The last handler: turns what was thrown into a problem document. What nobody expected is logged with a reference. */
export function problemHandler(log: Log, newId: () => string): ErrorRequestHandler {
  return (thrown: unknown, _request, response, next) => {
    // Half an answer has left: all that can still be said is that it ends here.
    if (response.headersSent) return next(thrown);
    sendProblem(response, problemFor(thrown, log, newId));
  };
}

export function problemFor(thrown: unknown, log: Log, newId: () => string): Problem {
  const error = known(thrown);
  const isUnexpected = !(error instanceof OutriderError) || errorTable[error.code].audience === 'log';
  const reference = isUnexpected ? newId() : undefined;
  if (reference) log.warn('A request to the gateway failed.', { reference, error: textOf(thrown) });
  return problemOf(error, reference);
}

export function sendProblem(response: Response, problem: Problem): void {
  response.status(problem.status).set('cache-control', 'no-store');
  for (const [name, value] of headersOf(problem)) response.set(name, value);
  response.type(problemContentType).send(JSON.stringify(problem));
}

/** The same on a bare socket: for what is not HTTP yet, or an upgrade that is refused. */
export function endWithProblem(socket: Duplex, problem: Problem): void {
  const body = JSON.stringify(problem);
  const lines = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    `Content-Type: ${problemContentType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...headersOf(problem).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** RFC 9110: §11.6.1 for 401, §10.2.3 for when to come back. */
function headersOf({ status }: Problem): (readonly [name: string, value: string])[] {
  if (status === 401) return [['WWW-Authenticate', 'Bearer realm="outrider"']];
  if (status === 429 || status === 503) return [['Retry-After', '1']];
  return [];
}

/** What express and its body parser throw, in our words. */
function known(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof OutriderError) return thrown;
  const { type, status } = thrown as Error & { readonly type?: unknown; readonly status?: unknown };
  if (type === 'entity.too.large') return new OutriderError('body_too_large', 'The gateway takes 1 MiB.');
  if (typeof type === 'string' && /^(entity|encoding|charset|request)\./.test(type))
    return new OutriderError('body_not_json');
  if (thrown instanceof URIError || (status === 400 && type === undefined))
    return new OutriderError('input_invalid', 'The address is not well percent-encoded.');
  return thrown;
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
