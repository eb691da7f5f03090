import type { Reply, ReplyBody } from '../../shared/index.ts';
import type { ExchangeRecord } from '../http/pipeline.ts';
import { isStream } from './onion.ts';

/** A larger body is sent on without being compared. */
const maxComparedBytes = 1024 * 1024;

/** Thrown to a plugin that reads a body which cannot be had twice; the host knows it again and blames nobody. */
export const notComparable = new Error(
  'The body is too large, endless or was never sent: it is not compared.',
);

/**
 * A reply for the client and a copy for a plugin that only observes. Chunks go to the client first and as they
 * come; the copy is whole once the client has it all. Streams of unknown length are never copied.
 */
export function comparableReply(
  reply: Reply,
  exchange: ExchangeRecord,
): { readonly original: Reply; readonly copy: Reply } {
  const { status, headers, body, isStreaming } = reply;
  if (!isStream(body)) return { original: reply, copy: reply };
  if (isStreaming) return { original: reply, copy: { status, headers, body: nothing(), isStreaming } };
  const copied = new Copy();
  exchange.onFinished(() => copied.end(null));
  return {
    original: { status, headers, body: copied.through(body), isStreaming },
    copy: { status, headers, body: copied.again(), isStreaming },
  };
}

/** A body's bytes; rejects with `notComparable` when there are too many. */
export async function wholeBody(body: ReplyBody): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  if (typeof body === 'string') return Buffer.from(body);
  if (!isStream(body)) return body;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxComparedBytes) throw notComparable;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

class Copy {
  readonly #whole: Promise<Uint8Array | null>;
  #settle: (whole: Uint8Array | null) => void = () => undefined;

  constructor() {
    this.#whole = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  end(whole: Uint8Array | null): void {
    this.#settle(whole);
  }

  async *through(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    let chunks: Uint8Array[] | null = [];
    let bytes = 0;
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > maxComparedBytes) chunks = null;
      // A copy: the data path may use its buffer again.
      chunks?.push(Uint8Array.from(chunk));
      yield chunk;
    }
    this.end(chunks === null ? null : Buffer.concat(chunks));
  }

  /** May be read more than once: by the plugin, and by the comparison. */
  again(): AsyncIterable<Uint8Array> {
    const whole = this.#whole;
    return {
      async *[Symbol.asyncIterator]() {
        const bytes = await whole;
        if (bytes === null) throw notComparable;
        yield bytes;
      },
    };
  }
}

async function* nothing(): AsyncIterable<Uint8Array> {}
