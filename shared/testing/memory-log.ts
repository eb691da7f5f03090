import type { EventLog, LogQuery, NewEvent } from '../capabilities.ts';
import { OutriderError } from '../errors.ts';
import type { Recorded } from '../events.ts';
import type { About } from '../plugin.ts';

export interface MemoryLog {
  readonly events: readonly Recorded[];
  readonly service: EventLog;
  put(event: {
    readonly type: string;
    readonly data: unknown;
    readonly about: About;
    readonly traceId?: string | null;
  }): Recorded;
}

/** The event log in an array, with the promises of the real one. */
export function memoryLog(now: () => Date): MemoryLog {
  const events: Recorded[] = [];
  const versions = new Map<string, number>();

  function put({ type, data, about, traceId }: Parameters<MemoryLog['put']>[0]): Recorded {
    const stream = about.stream ?? null;
    const streamVersion = stream === null ? null : (versions.get(stream) ?? 0) + 1;
    if (stream !== null && streamVersion !== null) versions.set(stream, streamVersion);
    const recorded: Recorded = {
      position: events.length + 1,
      id: `event-${events.length + 1}`,
      type,
      at: now().toISOString(),
      stream,
      streamVersion,
      traceId: traceId ?? about.exchange?.traceId ?? null,
      exchangeId: about.exchange?.id ?? null,
      causedBy: about.causedBy ?? null,
      data,
    };
    events.push(recorded);
    return recorded;
  }

  const service: EventLog = {
    async append(stream, added, expectedVersion) {
      const version = versions.get(stream) ?? 0;
      if (expectedVersion !== 'any' && expectedVersion !== version) {
        throw new OutriderError(
          'version_conflict',
          `${stream} is at version ${version}, not ${expectedVersion}.`,
        );
      }
      const positions = added.map((each: NewEvent) => {
        const about: About = {
          stream,
          ...(typeof each.causedBy === 'number' && { causedBy: each.causedBy }),
        };
        return put({ type: each.type, data: each.data, about, traceId: each.traceId ?? null }).position;
      });
      return { version: versions.get(stream) ?? 0, positions };
    },
    async *read(query) {
      yield* selected(events, query);
    },
    head: async () => events.length,
    async streams({ prefix = '', after = '', limit = 100 }) {
      const names = [...versions.keys()].filter((name) => name.startsWith(prefix) && name > after).sort();
      return names.slice(0, Math.min(limit, 1000)).map((stream) => ({
        stream,
        version: versions.get(stream) ?? 0,
        lastAt: events.findLast((each) => each.stream === stream)?.at ?? '',
      }));
    },
  };
  return { events, service, put };
}

/** What a query means, on an array. */
function selected(events: readonly Recorded[], query: LogQuery): readonly Recorded[] {
  const found = events.filter(
    (each) =>
      each.position > (query.after ?? 0) &&
      each.position <= (query.upTo ?? Infinity) &&
      (!query.types || query.types.includes(each.type)) &&
      (query.stream === undefined || each.stream === query.stream) &&
      (query.traceId === undefined || each.traceId === query.traceId) &&
      (query.exchangeId === undefined || each.exchangeId === query.exchangeId),
  );
  return (query.isBackward ? found.reverse() : found).slice(0, query.limit ?? Infinity);
}
