import { OutriderError, type EventLog, type Recorded } from '../../shared/index.ts';
import type { Appended, EventStore } from '../store/store.ts';
import { maxBatchEvents } from './queue.ts';
import { recordedOf, type Scribe, type Written } from './entry.ts';

const maxStreamCharacters = 512;
const maxAppendBytes = 16 * 1024 * 1024;

/** Domain events: straight to the store, since their writer waits to hear whether the version still holds. */
export function eventLog(options: {
  readonly store: EventStore;
  readonly scribe: Scribe;
  readonly nowMs: () => number;
  onPlaced(events: readonly Recorded[]): void;
}): EventLog {
  const { store, scribe, nowMs, onPlaced } = options;

  async function versionOf(stream: string): Promise<number> {
    const [first] = await store.streams({ prefix: stream, limit: 1 });
    return first?.stream === stream ? first.version : 0;
  }

  return {
    async append(stream, events, expectedVersion) {
      checkStream(stream);
      if (events.length > maxBatchEvents)
        throw new OutriderError('input_invalid', `At most ${maxBatchEvents} events are appended at once.`);
      if (events.length === 0) return { version: await versionOf(stream), positions: [] };
      const batch = checkSize(
        events.map(({ type, data, traceId = null, causedBy = null }) =>
          scribe.written({
            type,
            keep: 'forever',
            atMs: nowMs(),
            stream,
            traceId,
            exchangeId: null,
            causedBy,
            data,
          }),
        ),
      );
      const placed = await store.append(
        batch,
        expectedVersion === 'any' ? undefined : { stream, version: expectedVersion },
      );
      onPlaced(recordedOf(batch, placed));
      return {
        version: placed.at(-1)?.streamVersion ?? 0,
        positions: placed.map(({ position }) => position),
      };
    },
    read: (query) => store.stream(query),
    head: () => store.head(),
    streams: (query) => store.streams(query),
  };
}

function checkStream(stream: string): void {
  if (stream.length > 0 && stream.length <= maxStreamCharacters && !stream.includes('\0')) return;
  throw new OutriderError('input_invalid', `A stream has a name of 1 to ${maxStreamCharacters} characters.`);
}

function checkSize(events: readonly (Written | null)[]): readonly Appended[] {
  const good = events.filter((event) => event !== null);
  if (good.length < events.length)
    throw new OutriderError('input_invalid', 'The data of an event is not JSON, or larger than 16 MiB.');
  if (good.reduce((sum, { json }) => sum + json.length, 0) > maxAppendBytes)
    throw new OutriderError('value_too_large', 'Events appended at once have at most 16 MiB of data.');
  return good;
}
