import {
  problem,
  problemContentType,
  type Denied,
  type ErrorCode,
  type Problem,
} from '../../shared/index.ts';
import { fieldLines } from './forward.ts';

/** A refusal as it goes on the wire. */
export interface ProblemReply {
  readonly status: number;
  readonly reason: string;
  readonly lines: string;
  readonly body: Buffer;
}

/** Codes after which trying again soon makes sense. */
const retryAfterSeconds: Partial<Record<ErrorCode, number>> = { overloaded: 1, draining: 1 };

/** The problem document (RFC 9457) of an error code; `reference` is the exchange's id. */
export function problemReply(code: ErrorCode, reference?: string, detail?: string): ProblemReply {
  const retryAfter = retryAfterSeconds[code];
  const more = retryAfter === undefined ? '' : `Retry-After: ${retryAfter}\r\n`;
  return inFull(problem(code, { detail, instance: reference }), more);
}

/** The problem document of a guard's refusal, with the guard's own status and reason. */
export function denialReply(denied: Denied, reference: string): ProblemReply {
  const document = {
    ...problem(denied.code, { detail: denied.reason, instance: reference }),
    status: denied.status,
  };
  const retryAfter =
    denied.retryAfterSeconds === undefined ? '' : `Retry-After: ${Math.ceil(denied.retryAfterSeconds)}\r\n`;
  return inFull(document, retryAfter + fieldLines(denied.replyHeaders ?? []));
}

/** A whole refusal for a connection on which no exchange began; it is closed after it. */
export function bareProblem(code: ErrorCode): string {
  const { status, reason, lines, body } = problemReply(code);
  return `HTTP/1.1 ${status} ${reason}\r\n${lines}Connection: close\r\n\r\n${body.toString('latin1')}`;
}

function inFull(document: Problem, more: string): ProblemReply {
  const body = Buffer.from(JSON.stringify(document));
  return {
    status: document.status,
    reason: reasons[document.status] ?? 'Refused',
    lines:
      `Content-Type: ${problemContentType}\r\nContent-Length: ${body.length}\r\n` +
      `Cache-Control: no-store\r\nDate: ${new Date().toUTCString()}\r\n${more}`,
    body,
  };
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};
