import type { Head } from './head.ts';
import type { ReplyHead } from './reply-head.ts';

/** How a reply's end is told to the client: `raw-chunks` are framed already, `chunks` are framed by the lane. */
export type SinkFraming = 'none' | 'length' | 'raw-chunks' | 'chunks';

/** A reply's beginning, on its way to a client. */
export interface ReplyStart {
  readonly status: number;
  readonly reason: string;
  /** Field lines, each with its CRLF; without framing of chunks and without Connection, which are the lane's. */
  readonly lines: string;
  readonly framing: SinkFraming;
}

/** The client's side of an exchange: one for each lane. Bytes are lent: what is kept of them is copied. */
export interface ReplySink {
  /** True when chunked bodies may be given framed as they came. */
  readonly takesRawChunks: boolean;
  /** Passes an interim reply (1xx) on. */
  informational(reply: ReplyHead): void;
  /** Begins the reply. False when the client is slower: wait for the journey's `onClientDrain`. */
  begin(start: ReplyStart, body: Uint8Array | null, isLast: boolean, trailers: Head | null): boolean;
  /** Sends more of the body. False as for `begin`. */
  write(bytes: Uint8Array, isLast: boolean, trailers: Head | null): boolean;
  /** Cuts the connection: the reply cannot be completed, and the client must notice. */
  cut(): void;
  /** The exchange is over: the last byte is on its way, or the connection was cut. */
  finished(): void;
  /** Tells a client that waits for it to send the body (RFC 9110 §10.1.1). */
  askForBody(): void;
  pauseBody(): void;
  resumeBody(): void;
}
