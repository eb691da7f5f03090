import { ChunkScanner } from './chunk-scanner.ts';
import type { ExchangeRecord, Pipeline, ReplyWatcher } from './pipeline.ts';
import type { ReplyStart } from './reply-sink.ts';

/** A longer body is let go of. */
const bytesMax = 128 * 1024;

const json = /^content-type:[ \t]*application\/(?:[\w.-]+\+)?json\b/im;
const coding = /^content-encoding:[ \t]*([^\r\n]+)/im;

/** A copy of a reply's body for whoever wants it, made while it passes; null when nobody does or it is no JSON. */
export function bodyCopy(pipeline: Pipeline, exchange: ExchangeRecord, start: ReplyStart): BodyCopy | null {
  if (!pipeline.hasReplyWatches() || start.status < 200 || start.status > 299) return null;
  const watcher = pipeline.replyWatch(exchange);
  return watcher !== null && json.test(start.lines) ? new BodyCopy(watcher, start) : null;
}

export class BodyCopy {
  readonly #watcher: ReplyWatcher;
  readonly #coding: string | undefined;
  readonly #chunks: ChunkScanner | null;
  #pieces: Buffer[] | null = [];
  #size = 0;

  constructor(watcher: ReplyWatcher, { lines, framing }: ReplyStart) {
    this.#watcher = watcher;
    this.#coding = coding.exec(lines)?.[1];
    this.#chunks = framing === 'raw-chunks' ? new ChunkScanner() : null;
  }

  add(bytes: Uint8Array): void {
    if (this.#pieces === null) return;
    this.#size += bytes.length;
    // A copy: the data path uses its buffer again.
    if (this.#size <= bytesMax) this.#pieces.push(Buffer.from(bytes));
    else this.#pieces = null;
  }

  /** The last byte has left. */
  end(): void {
    if (this.#pieces === null || this.#size === 0) return;
    const sent = Buffer.concat(this.#pieces);
    this.#pieces = null;
    this.#watcher.seen(this.#chunks === null ? sent : withoutFraming(this.#chunks, sent), this.#coding);
  }
}

function withoutFraming(chunks: ChunkScanner, sent: Buffer): Buffer {
  const data: Buffer[] = [];
  chunks.scan(sent, 0, data);
  return Buffer.concat(data);
}
