import type { Socket } from 'node:net';
import { ReplyParser, type ReplyTaker } from './reply-parser.ts';
import { writeJoined } from './write-joined.ts';

/** Whoever uses a backend connection for one request. */
export interface ConnectionUser extends ReplyTaker {
  /** The reply was not well-formed; the connection is gone. */
  onMalformed(): void;
  /** The connection closed before the reply was complete. */
  onLost(): void;
  /** The connection takes more of the request's body again. */
  onWritable(): void;
}

/** The pool's side of a connection. */
export interface ConnectionOwner {
  onFree(connection: UpstreamConnection): void;
  onClosed(connection: UpstreamConnection): void;
}

/** One keep-alive connection to the backend: one request at a time, bytes in and bytes out. */
export class UpstreamConnection {
  private readonly socket: Socket;
  private readonly owner: ConnectionOwner;
  private readonly parser = new ReplyParser();
  private user: ConnectionUser | null = null;
  private isRequestSent = true;
  /** True once it has carried a request: then a reset may mean no more than that it was stale. */
  isReused = false;
  /** True when the reply to the current request has begun. */
  hasReplyBytes = false;
  isGone = false;
  idleSinceMs = 0;
  /** How long the backend keeps it open without a request, as far as it says. */
  keepAliveMs = Infinity;

  constructor(socket: Socket, owner: ConnectionOwner) {
    this.socket = socket;
    this.owner = owner;
    socket.setNoDelay(true);
    socket.on('drain', () => this.user?.onWritable());
    socket.on('end', () => this.onEnd());
    socket.on('close', () => this.onClose());
  }

  /** Sends a request's head and what there is of its body. False when the socket wants a pause. */
  send(
    user: ConnectionUser,
    isBodiless: boolean,
    head: string,
    body: Uint8Array | null,
    isLast: boolean,
  ): boolean {
    this.user = user;
    this.hasReplyBytes = false;
    this.isRequestSent = isLast;
    this.parser.expect(user, isBodiless);
    return writeJoined(this.socket, head, body);
  }

  /** Sends more of the body; null ends it without more bytes. */
  write(bytes: Uint8Array | null, isLast: boolean): boolean {
    if (isLast) this.isRequestSent = true;
    return bytes === null || bytes.length === 0 ? true : this.socket.write(bytes);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Drops the connection; its user hears nothing more. */
  destroy(): void {
    this.user = null;
    this.isGone = true;
    this.socket.destroy();
  }

  /** Takes what arrived from the backend; it is only lent. */
  take(piece: Buffer): void {
    // Bytes that nobody asked for: whatever they are, this connection cannot be trusted with a request.
    if (this.user === null) return this.destroy();
    this.hasReplyBytes = true;
    const fed = this.parser.feed(piece);
    if (fed === 'more') return;
    const user = this.user;
    if (fed === 'done' && this.isRequestSent && this.parser.isPersistent && !this.isGone) return this.free();
    this.destroy();
    if (fed === 'malformed' && !this.parser.isDelivered) user?.onMalformed();
  }

  private free(): void {
    this.user = null;
    this.isReused = true;
    this.keepAliveMs = this.parser.keepAliveMs;
    this.socket.resume();
    this.owner.onFree(this);
  }

  private onEnd(): void {
    const { user } = this;
    if (user === null || !this.parser.endsWithConnection) return;
    this.user = null;
    this.parser.end();
  }

  private onClose(): void {
    const { user } = this;
    this.user = null;
    this.isGone = true;
    this.owner.onClosed(this);
    user?.onLost();
  }
}
