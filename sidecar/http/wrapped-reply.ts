import { OutriderError, headersFrom, type ErrorCode, type Headers, type Reply } from '../../shared/index.ts';
import { FieldKind, fieldKindOf } from './field-kind.ts';
import { clientLines, fieldLines } from './forward.ts';
import type { Head } from './head.ts';
import type { ReplyHead } from './reply-head.ts';
import type { ReplyStart } from './reply-sink.ts';
import type { Caller, UpstreamCall } from './upstream-call.ts';

/** What a reply that plugins wrapped needs of its journey. */
export interface WrappedSink {
  readonly method: string;
  readonly isOver: boolean;
  start(start: ReplyStart, body: Uint8Array | null, isLast: boolean, trailers: Head | null): boolean;
  write(bytes: Uint8Array, isLast: boolean, trailers: Head | null): boolean;
  whenRoom(): Promise<void>;
  onWritable(): void;
  onInformational(reply: ReplyHead): void;
}

/** Replies of a known length up to this are given to plugins as bytes at once; longer ones as they come. */
const wholeBytes = 1024 * 1024;
/** Pieces that wait for a plugin to take them before the backend is paused. */
const queuedBytes = 64 * 1024;

/** The backend's reply as plugins see it, and whatever they answered on its way to the client. */
export class WrappedReply implements Caller {
  readonly takesRawChunks = false;
  private readonly sink: WrappedSink;
  private call: UpstreamCall | null = null;
  private settle: { resolve(reply: Reply): void; reject(error: unknown): void } | null = null;
  private head: ReplyHead | null = null;
  private received: Reply | null = null;
  private readonly pieces: Uint8Array[] = [];
  private size = 0;
  private isStream = false;
  private isEnded = false;
  private failure: OutriderError | null = null;
  private trailers: Head | null = null;
  private wake: (() => void) | null = null;

  constructor(sink: WrappedSink) {
    this.sink = sink;
  }

  /** Sends the request and resolves when the reply is there: whole when it is short, else its beginning. */
  fetch(send: (caller: Caller) => UpstreamCall): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
      this.call = send(this);
    });
  }

  /** Sends a reply on to the client, the backend's own or another. */
  async sendOn(reply: Reply): Promise<void> {
    const { body } = reply;
    if (body !== null && typeof body === 'object' && !(body instanceof Uint8Array))
      return this.sendStream(reply, body);
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const isBodiless = this.sink.method === 'HEAD' || reply.status === 204 || reply.status === 304;
    const length = isBodiless ? '' : `Content-Length: ${bytes?.length ?? 0}\r\n`;
    const lines = linesOf(reply.headers, isBodiless) + length;
    const framing = isBodiless ? 'none' : 'length';
    this.sink.start(
      { status: reply.status, reason: this.reasonOf(reply), lines, framing },
      isBodiless ? null : bytes,
      true,
      null,
    );
  }

  onInformational(reply: ReplyHead): void {
    this.sink.onInformational(reply);
  }

  onWritable(): void {
    this.sink.onWritable();
  }

  onReply(reply: ReplyHead, body: Buffer | null, isLast: boolean, trailers: Head | null): void {
    this.head = reply;
    this.isStream = !isLast && (reply.framing !== 'length' || reply.contentLength > wholeBytes);
    if (this.isStream) this.resolveWith(this.stream(), true);
    this.onBody(body ?? new Uint8Array(0), isLast, trailers);
  }

  onBody(bytes: Uint8Array, isLast: boolean, trailers: Head | null): void {
    if (bytes.length > 0) this.pieces.push(Buffer.from(bytes));
    this.size += bytes.length;
    this.isEnded = isLast;
    this.trailers = trailers;
    if (isLast && !this.isStream)
      this.resolveWith(this.size === 0 ? null : Buffer.concat(this.pieces), false);
    if (this.isStream && !isLast && this.size > queuedBytes) this.call?.pause();
    this.wake?.();
  }

  onFailed(code: ErrorCode, reason: string): void {
    this.failure = new OutriderError(code, reason);
    this.settle?.reject(this.failure);
    this.wake?.();
  }

  private resolveWith(body: Reply['body'], isStreaming: boolean): void {
    if (this.head === null) return;
    const headers = headersFrom(pairsOf(clientLines(this.head)));
    this.received = { status: this.head.status, headers, body, isStreaming };
    this.settle?.resolve(this.received);
  }

  /** The body's pieces as they come. Whoever stops early lets go of the backend. */
  private async *stream(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const piece = this.pieces.shift();
        if (piece !== undefined) {
          this.size -= piece.length;
          if (this.size <= queuedBytes) this.call?.resume();
          yield piece;
        } else if (this.failure !== null) throw this.failure;
        else if (this.isEnded) return;
        else await new Promise<void>((resolve) => (this.wake = resolve));
      }
    } finally {
      if (!this.isEnded) this.call?.abort();
    }
  }

  private async sendStream(reply: Reply, body: AsyncIterable<Uint8Array>): Promise<void> {
    const { sink } = this;
    const isOurs = body === this.received?.body;
    const length = isOurs && this.head?.framing === 'length' ? this.head.contentLength : null;
    const lines = linesOf(reply.headers, length !== null);
    const framing = length === null ? 'chunks' : 'length';
    sink.start({ status: reply.status, reason: this.reasonOf(reply), lines, framing }, null, false, null);
    for await (const piece of body) {
      if (sink.isOver) return;
      if (piece.length > 0 && !sink.write(piece, false, null)) await sink.whenRoom();
    }
    sink.write(new Uint8Array(0), true, isOurs ? this.trailers : null);
  }

  private reasonOf(reply: Reply): string {
    return this.head !== null && this.head.status === reply.status ? this.head.reason : '';
  }
}

/** Fields of a reply as lines, without those that belong to the connection. */
function linesOf(headers: Headers, keepsLength: boolean): string {
  const kept = [...headers].filter(([name]) => {
    const kind = fieldKindOf(name, 0, name.length);
    return keepsLength && kind === FieldKind.contentLength ? true : connectionKinds.has(kind) === false;
  });
  return fieldLines(kept);
}

const connectionKinds: ReadonlySet<number> = new Set([
  FieldKind.connection,
  FieldKind.keepAlive,
  FieldKind.transferEncoding,
  FieldKind.contentLength,
  FieldKind.hopByHop,
  FieldKind.upgrade,
  FieldKind.requestId,
]);

/** Lines, each ended by CRLF, as pairs. */
export function pairsOf(lines: string): readonly (readonly [name: string, value: string])[] {
  return lines
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
    });
}
