import type { ErrorCode } from './errors.ts';
import type { Exchange, Principal } from './exchange.ts';
import type { Match } from './plugin.ts';
import type { StatementAttempt } from './statement.ts';

export interface Guard {
  readonly match?: Match;
  /** How much of the body the guard needs to see; none unless it says so. */
  readonly body?: { readonly maxBytes: number };
  /** What happens when the guard throws or is late (50 ms). There is no default: the author must decide. */
  readonly onFailure: 'allow' | 'deny';
  /** Answers at once where it can: a returned promise costs every request a turn of the event loop. */
  check(exchange: Exchange): Verdict | Promise<Verdict>;
}

/** Runs for each statement the backend sends, before PostgreSQL sees it. */
export interface SqlGuard {
  readonly onFailure: 'allow' | 'deny';
  check(statement: StatementAttempt): SqlVerdict | Promise<SqlVerdict>;
}

/**
 * Runs for each text message a client sends over a WebSocket, before the backend sees it. Only connections whose request
 * meets `match` are read; they do without extensions such as compression.
 */
export interface MessageGuard {
  /** Tested against the request that asked for the upgrade, once. */
  readonly match?: Match;
  /** Bytes of a message the guard needs to see. A message is held back until so much of it, or all, is there. */
  readonly maxBytes: number;
  readonly onFailure: 'allow' | 'deny';
  /** A no closes the connection with 1008 (RFC 6455 §7.4.1). */
  check(message: SocketMessage): MessageVerdict | Promise<MessageVerdict>;
}

/** A text message on its way from a client to the backend. */
export interface SocketMessage {
  /** The exchange whose reply is the connection. */
  readonly exchange: Exchange;
  /** Its first bytes, up to the largest `maxBytes` a matching guard asked for, without a character that was cut in two. */
  readonly text: string;
  /** True when the message is longer than `text`; what follows passes unseen if this much may. */
  readonly isTruncated: boolean;
}

export type MessageVerdict = { readonly allow: true } | Denied;

export type Verdict = Allowed | Denied;

export interface Allowed {
  readonly allow: true;
  readonly principal?: Principal;
  /**
   * Header fields the backend gets, `x-outrider-…` only; the same fields from outside are always stripped.
   * A list that is frozen, its pairs too, is checked and written once for all requests it is given to.
   */
  readonly backendHeaders?: readonly (readonly [name: string, value: string])[];
  /** Header fields added to the reply. A pair that is frozen is checked and written once. */
  readonly replyHeaders?: readonly (readonly [name: string, value: string])[];
}

export interface Denied {
  readonly allow: false;
  readonly code: ErrorCode;
  readonly status: 400 | 401 | 403 | 404 | 413 | 422 | 429 | 503;
  /** A sentence the client may read. */
  readonly reason: string;
  readonly retryAfterSeconds?: number;
  readonly replyHeaders?: readonly (readonly [name: string, value: string])[];
  /** Kept in the log and never sent to the client. */
  readonly details?: unknown;
}

export type SqlVerdict =
  { readonly allow: true } | { readonly allow: false; readonly reason: string; readonly details?: unknown };

/** The answer that costs nothing. */
export const allowed: Allowed = { allow: true };

export function deny(
  status: Denied['status'],
  reason: string,
  more: Omit<Denied, 'allow' | 'status' | 'reason' | 'code'> & { readonly code?: ErrorCode } = {},
): Denied {
  return { allow: false, status, reason, ...more, code: more.code ?? 'guard_denied' };
}
