import { ByteBuffer } from './byte-buffer.ts';
import { ChunkScanner } from './chunk-scanner.ts';
import { FieldKind } from './field-kind.ts';
import { HeadMemory } from './head-memory.ts';
import type { Head } from './head.ts';
import { parseReplyHead, type ReplyHead } from './reply-head.ts';

/** A reply's head may be this long: more is not a reply but a mistake. */
export const maxReplyHeadBytes = 256 * 1024;

/** Who takes a reply, in pieces as they come, each lent for the time of the call. `isLast` is true exactly once. */
export interface ReplyTaker {
  /** True to get chunked bodies framed as they came, false to get the data inside. */
  readonly takesRawChunks: boolean;
  onInformational(reply: ReplyHead): void;
  onReply(reply: ReplyHead, body: Buffer | null, isLast: boolean, trailers: Head | null): void;
  onBody(bytes: Buffer, isLast: boolean, trailers: Head | null): void;
}

/** What one call of `feed` came to. */
export type Fed = 'more' | 'done' | 'malformed';

/** Parses the replies of one backend connection, one after the other. */
export class ReplyParser {
  private readonly memory = new HeadMemory();
  private taker: ReplyTaker | null = null;
  private isBodiless = false;
  private head: ReplyHead | null = null;
  private headBytes: ByteBuffer | null = null;
  private left = 0;
  private chunks: ChunkScanner | null = null;
  /** True once the taker has the whole reply. */
  isDelivered = false;

  /** Gets ready for the reply to a request that was just sent. */
  expect(taker: ReplyTaker, isBodiless: boolean): void {
    this.taker = taker;
    this.isBodiless = isBodiless;
    this.head = null;
    this.headBytes = null;
    this.chunks = null;
    this.isDelivered = false;
  }

  /** True when the reply ends where the connection does, and the head was seen. */
  get endsWithConnection(): boolean {
    return this.head?.framing === 'until-close';
  }

  get isPersistent(): boolean {
    return this.head?.isPersistent ?? false;
  }

  /** What the backend says with `Keep-Alive: timeout=…`, in milliseconds; infinite when it says nothing. */
  get keepAliveMs(): number {
    const value = this.head?.head.valueOf(FieldKind.keepAlive);
    const seconds = value === undefined ? null : /timeout=(\d{1,6})/i.exec(value);
    return seconds === null ? Infinity : Number(seconds[1]) * 1000;
  }

  /** Passes a piece on to the taker. Bytes behind the end of the reply are `malformed`. */
  feed(piece: Buffer): Fed {
    if (this.head !== null) return this.body(piece, 0, false);
    const bytes = this.joined(piece);
    let at = 0;
    for (;;) {
      const reply = parseReplyHead(bytes, at, this.isBodiless, this.memory);
      if (reply === 'incomplete') return this.keep(bytes.subarray(at));
      if (typeof reply === 'string' || reply.status === 101) return 'malformed';
      at += reply.size;
      if (reply.status >= 200) return this.begin(reply, bytes, at);
      this.taker?.onInformational(reply);
      this.headBytes = null;
    }
  }

  /** The backend closed in order: the end of a body that has no other. */
  end(): void {
    this.isDelivered = true;
    this.taker?.onBody(nothing, true, null);
  }

  private joined(piece: Buffer): Buffer {
    if (this.headBytes === null) return piece;
    this.headBytes.append(piece);
    return this.headBytes.view();
  }

  /** Keeps what there is of a head; after an informational reply only what came behind it. */
  private keep(rest: Buffer): Fed {
    if (rest.length > maxReplyHeadBytes) return 'malformed';
    if (this.headBytes === null) {
      this.headBytes = new ByteBuffer();
      this.headBytes.append(rest);
    }
    return 'more';
  }

  private begin(reply: ReplyHead, bytes: Buffer, at: number): Fed {
    this.head = reply;
    this.headBytes = null;
    this.left = reply.contentLength;
    if (reply.framing === 'chunked') this.chunks = new ChunkScanner();
    return this.body(bytes, at, true);
  }

  private body(bytes: Buffer, at: number, isFirst: boolean): Fed {
    const reply = this.head;
    if (reply === null) return 'malformed';
    if (reply.framing === 'chunked') return this.chunkedBody(reply, bytes, at, isFirst);
    const available = bytes.length - at;
    const taken = reply.framing === 'until-close' ? available : Math.min(this.left, available);
    this.left -= taken;
    const isLast = reply.framing !== 'until-close' && this.left <= 0;
    this.give(reply, taken === 0 ? null : bytes.subarray(at, at + taken), isFirst, isLast, null);
    return this.outcome(isLast, available > taken);
  }

  private chunkedBody(reply: ReplyHead, bytes: Buffer, at: number, isFirst: boolean): Fed {
    const { chunks, taker } = this;
    if (chunks === null || taker === null) return 'malformed';
    const data: Buffer[] | null = taker.takesRawChunks ? null : [];
    const end = chunks.scan(bytes, at, data);
    if (chunks.isMalformed) return 'malformed';
    const body = data === null ? bytes.subarray(at, end) : data.length === 1 ? data[0] : Buffer.concat(data);
    const isLast = chunks.isDone;
    this.give(reply, body?.length === 0 ? null : (body ?? null), isFirst, isLast, chunks.trailers);
    return this.outcome(isLast, end < bytes.length);
  }

  private give(
    reply: ReplyHead,
    body: Buffer | null,
    isFirst: boolean,
    isLast: boolean,
    trailers: Head | null,
  ): void {
    this.isDelivered = isLast;
    if (isFirst) this.taker?.onReply(reply, body, isLast, trailers);
    else if (body !== null || isLast) this.taker?.onBody(body ?? nothing, isLast, trailers);
  }

  private outcome(isLast: boolean, hasRest: boolean): Fed {
    if (!isLast) return 'more';
    return hasRest ? 'malformed' : 'done';
  }
}

const nothing = Buffer.alloc(0);
