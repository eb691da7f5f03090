import type {
  Allowed,
  Denied,
  Exchange,
  Match,
  MessageVerdict,
  Principal,
  Reply,
} from '../../shared/index.ts';

/**
 * What the HTTP data path asks of the plugin host, and nothing more. The host swaps its plugins behind one
 * `Pipeline` object, so the data path reads the fields anew for each request.
 */
export interface Pipeline {
  /** False when no guard is configured at all. */
  hasGuards(): boolean;
  /** Body bytes the guards matching this request want to see; 0 for none, so nothing is buffered. */
  bodyBytesWanted(exchange: ExchangeRecord): number;
  /** Runs the guards in order; answers at once when every guard does. Never throws, never rejects. */
  admit(exchange: ExchangeRecord): Decision | Promise<Decision>;
  /** True when an around matches, so the reply goes through `around` instead of straight to the client. */
  isWrapped(exchange: ExchangeRecord): boolean;
  /** Runs the onion. Rejects only with what `backend` rejected with, or when a plugin broke after its reply began. */
  around(exchange: ExchangeRecord, backend: () => Promise<Reply>): Promise<Reply>;
  /** False when no plugin wants to know of any reply's keys. */
  hasReplyWatches(): boolean;
  /** Asked as a reply begins; null when nobody wants to know of it, so nothing is copied. Never throws. */
  replyWatch(exchange: ExchangeRecord): ReplyWatcher | null;
  /** How a WebSocket's text messages are screened; null when no guard asks, so its bytes pass untouched. */
  messageWatch(exchange: ExchangeRecord): MessageWatch | null;
  /** Tells that the exchange began: called before `admit`, so statements can be joined to it. */
  began(exchange: ExchangeRecord): void;
  /** Tells that the last byte left or that it failed: the host records it. Called exactly once for each `began`. */
  finished(exchange: ExchangeRecord, outcome: Outcome): void;
}

/** Takes the body of one reply after it has left, as it was sent. */
export interface ReplyWatcher {
  seen(body: Buffer, contentEncoding: string | undefined): void;
}

/** What guards want to see of one WebSocket's text messages. */
export interface MessageWatch {
  /** The most any of them looks at; read anew for each message. */
  readonly maxBytes: number;
  /** False while every one of them only observes: then nothing may change for the traffic. */
  readonly isEnforced: boolean;
  /** Never rejects. */
  check(text: string, isTruncated: boolean): Promise<MessageVerdict>;
}

export type Decision = Admitted | Denied;

/** Every guard agreed: what they add, merged. The constant `admitted` when they add nothing. */
export interface Admitted extends Allowed {
  readonly allow: true;
}

export const admitted: Admitted = { allow: true };

/** The data path's own exchange: what plugins see, with what only the host may write. */
export interface ExchangeRecord extends Exchange {
  principal: Principal | null;
  /** The value of `performance.now()` when the request's first byte was seen. */
  readonly startedMs: number;
  /** Credential fields unredacted, for the `Credentials` capability. */
  readonly rawHeaders: Exchange['request']['headers'];
  /** True when the request meets the match; the host's own test, cheap and without allocation. */
  meets(match: Match | undefined): boolean;
  /** Which plugin answered in place of the backend, if one did. */
  servedBy: string;
}

/** How an exchange ended: plain fields, so that recording one allocates once. */
export interface Outcome {
  /** 0 when the client left before there was a status. */
  readonly status: number;
  readonly durationMs: number;
  readonly firstByteMs: number | null;
  readonly requestBytes: number;
  readonly replyBytes: number;
  readonly isStreaming: boolean;
  readonly isUpgrade: boolean;
  readonly chunkCount: number;
  readonly longestGapMs: number;
  /** An error code of the table, or `client_gone`. */
  readonly error: string | null;
}
