import { jsonPaths, type ReplyWatch } from '../../shared/index.ts';
import { seenBody } from '../http/body.ts';
import type { ExchangeRecord, ReplyWatcher } from '../http/pipeline.ts';
import type { Entry, Table } from './table.ts';

/** A small body that unfolds to more than this is not read. */
const decodedBytesMax = 512 * 1024;

/** Tells plugins of the keys of the replies they want to know of, off the traffic's path. */
export function createReplyWatches(table: () => Table): (exchange: ExchangeRecord) => ReplyWatcher | null {
  return (exchange) => {
    let wanting: Entry<ReplyWatch>[] | null = null;
    for (const entry of table().replyWatches)
      if (exchange.meets(entry.hook.match) && wants(entry, exchange)) (wanting ??= []).push(entry);
    if (wanting === null) return null;
    const entries = wanting;
    return {
      seen: (body, coding) =>
        setImmediate(() => void read(body, coding).then((text) => tell(entries, exchange, text))),
    };
  };
}

function wants({ hook, rail }: Entry<ReplyWatch>, exchange: ExchangeRecord): boolean {
  if (!rail.mayRun()) return false;
  const startedMs = rail.begin();
  try {
    const isWanted = hook.wants(exchange);
    rail.succeeded(startedMs);
    return isWanted;
  } catch (error) {
    rail.failed(error);
    return false;
  }
}

/** Null for what does not decode. */
async function read(body: Buffer, coding: string | undefined): Promise<string | null> {
  const { bytes, isTruncated } = await seenBody(body, true, decodedBytesMax, coding);
  return isTruncated ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

function tell(entries: readonly Entry<ReplyWatch>[], exchange: ExchangeRecord, text: string | null): void {
  const paths = text === null ? null : jsonPaths(text);
  if (text === null || paths === null) return;
  const seen = { paths, bytes: Buffer.byteLength(text) };
  for (const { hook, rail } of entries) {
    try {
      hook.seen(exchange, seen);
    } catch (error) {
      rail.failed(error);
    }
  }
}
