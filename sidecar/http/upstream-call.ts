import type { ErrorCode } from '../../shared/index.ts';
import type { Head } from './head.ts';
import type { ReplyHead } from './reply-head.ts';
import type { ReplyTaker } from './reply-parser.ts';
import type { ConnectionUser, UpstreamConnection } from './upstream-connection.ts';
import type { UpstreamPool, Waiter } from './upstream-pool.ts';

/** Who asked for a call: takes the reply, or hears why there is none. */
export interface Caller extends ReplyTaker {
  onFailed(code: ErrorCode, reason: string): void;
  /** More of the request's body may be written. */
  onWritable(): void;
}

/** What is sent. */
export interface BackendRequest {
  readonly method: string;
  /** Start line and fields with the empty line, ready for the wire. */
  readonly head: string;
  /** True when the body's pieces are to be framed as chunks. */
  readonly isChunked: boolean;
}

/** Methods that may be sent twice (RFC 9110 §9.2.2; QUERY by its own document). */
const idempotent = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY']);

/**
 * One request to the backend: gets a connection, sends, passes the reply on. An idempotent request that
 * was cut off on a reused connection before the reply began is sent once more on a fresh one.
 */
export class UpstreamCall implements ConnectionUser, Waiter {
  private readonly pool: UpstreamPool;
  private readonly request: BackendRequest;
  private readonly caller: Caller;
  private connection: UpstreamConnection | null = null;
  private firstBody: Uint8Array | null = null;
  private isWhole = false;
  private isOver = false;
  private hasRetried = false;

  constructor(pool: UpstreamPool, request: BackendRequest, caller: Caller) {
    this.pool = pool;
    this.request = request;
    this.caller = caller;
  }

  /** Sends the head with the body's first bytes. `isWhole` says that there will be no more. */
  start(body: Uint8Array | null, isWhole: boolean): void {
    this.firstBody = this.framed(body, isWhole);
    this.isWhole = isWhole;
    this.pool.acquire(this);
  }

  /** True while the next piece of the body can be written; before that, wait for `onWritable`. */
  get isConnected(): boolean {
    return this.connection !== null;
  }

  /** Sends more of the body. False when the backend is slower than the client: wait for `onWritable`. */
  write(bytes: Uint8Array, isLast: boolean): boolean {
    if (this.isOver || this.connection === null) return true;
    return this.connection.write(this.framed(bytes, isLast), isLast);
  }

  pause(): void {
    this.connection?.pause();
  }

  resume(): void {
    this.connection?.resume();
  }

  /** Ends the call wherever it is: its connection is dropped, its caller hears nothing more. */
  abort(): void {
    if (this.isOver) return;
    this.isOver = true;
    if (this.connection === null) this.pool.cancel(this);
    else this.connection.destroy();
  }

  onConnection(connection: UpstreamConnection): void {
    // Cancelled while a connection of its own was made: somebody else may have it.
    if (this.isOver) return this.pool.onFree(connection);
    this.connection = connection;
    const { method, head } = this.request;
    const isWritable = connection.send(this, method === 'HEAD', head, this.firstBody, this.isWhole);
    if (!this.isWhole) this.firstBody = null;
    if (!this.isWhole && isWritable) this.caller.onWritable();
  }

  onUnreachable(reason: string): void {
    this.fail('backend_unreachable', reason);
  }

  get takesRawChunks(): boolean {
    return this.caller.takesRawChunks;
  }

  onInformational(reply: ReplyHead): void {
    if (!this.isOver) this.caller.onInformational(reply);
  }

  onReply(reply: ReplyHead, body: Buffer | null, isLast: boolean, trailers: Head | null): void {
    if (this.isOver) return;
    this.isOver = isLast;
    this.caller.onReply(reply, body, isLast, trailers);
  }

  onBody(bytes: Buffer, isLast: boolean, trailers: Head | null): void {
    if (this.isOver) return;
    this.isOver = isLast;
    this.caller.onBody(bytes, isLast, trailers);
  }

  onWritable(): void {
    if (!this.isOver) this.caller.onWritable();
  }

  onMalformed(): void {
    this.fail('backend_malformed', 'a head or chunk could not be read');
  }

  onLost(): void {
    if (!this.mayRetry()) return this.fail('backend_closed', 'before the reply was complete');
    this.hasRetried = true;
    this.connection = null;
    this.pool.acquireFresh(this);
  }

  private mayRetry(): boolean {
    const { connection } = this;
    if (this.isOver || this.hasRetried || connection === null) return false;
    if (!connection.isReused || connection.hasReplyBytes) return false;
    return this.isWhole && idempotent.has(this.request.method);
  }

  private fail(code: ErrorCode, reason: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.caller.onFailed(code, reason);
  }

  private framed(body: Uint8Array | null, isLast: boolean): Uint8Array | null {
    return this.request.isChunked ? chunk(body, isLast) : body;
  }
}

/** A piece of a body as a chunk, the last one with the end behind it (RFC 9112 §7.1). */
export function chunk(body: Uint8Array | null, isLast: boolean, trailers = ''): Buffer {
  const size = body?.length ?? 0;
  const before = size === 0 ? '' : `${size.toString(16)}\r\n`;
  const after = `${size === 0 ? '' : '\r\n'}${isLast ? `0\r\n${trailers}\r\n` : ''}`;
  const framed = Buffer.allocUnsafe(before.length + size + after.length);
  framed.write(before, 0, 'latin1');
  if (body !== null) framed.set(body, before.length);
  framed.write(after, before.length + size, 'latin1');
  return framed;
}
