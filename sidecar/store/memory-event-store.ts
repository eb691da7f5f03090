import { OutriderError, type LogQuery, type Recorded } from '../../shared/index.ts';
import { memoryStore } from '../../shared/testing/memory-store.ts';
import { jsonOf } from './append.ts';
import { limitOf, maxPageEvents } from './page.ts';
import { pages, replay } from './replay.ts';
import type { Appended, EventStore, Placed, Snapshot } from './store.ts';

/** What several stores on one memory share, as sidecars share a database. */
export interface EventMemory {
  readonly events: (Recorded & { readonly day: string | null })[];
  readonly streams: Map<string, { version: number; lastAt: string }>;
  readonly writers: Map<string, { readonly number: number; readonly placed: readonly Placed[] }>;
  readonly snapshots: Snapshot[];
  readonly values: Map<string, ReturnType<typeof memoryStore>>;
  readonly calls: Map<object, Set<() => void>>;
  head: number;
  oldest: number;
}

export function eventMemory(): EventMemory {
  return {
    events: [],
    streams: new Map(),
    writers: new Map(),
    snapshots: [],
    values: new Map(),
    calls: new Map(),
    head: 0,
    oldest: 1,
  };
}

/** The event store in arrays, for tests: every promise of the real ones but durability. */
export function memoryEventStore(now: () => Date, memory: EventMemory = eventMemory()): EventStore {
  const own = {};
  const calls = new Set<() => void>();
  memory.calls.set(own, calls);

  function place(event: Appended): Placed {
    const { keep, json: _json, data: _data, ...rest } = event;
    const position = (memory.head += 1);
    const version = event.stream === null ? null : (memory.streams.get(event.stream)?.version ?? 0) + 1;
    if (event.stream !== null && version !== null)
      memory.streams.set(event.stream, { version, lastAt: event.at });
    const day = keep === 'days' ? event.at.slice(0, 10) : null;
    memory.events.push({ ...rest, position, streamVersion: version, data: JSON.parse(jsonOf(event)), day });
    return { position, streamVersion: version };
  }

  const page = async (query: LogQuery): Promise<readonly Recorded[]> => {
    const found = memory.events.filter((event) => isWanted(event, query));
    const limit = limitOf(query.limit, maxPageEvents);
    return (query.isBackward ? found.reverse() : found)
      .slice(0, limit)
      .map(({ day: _day, ...event }) => event);
  };
  const head = async (): Promise<number> => memory.head;

  return {
    kind: 'embedded',
    open: async () => undefined,
    async append(batch, check, once) {
      const written = once && memory.writers.get(once.writer);
      if (once && written && written.number >= once.number)
        return written.number === once.number ? written.placed : [];
      const version = check && (memory.streams.get(check.stream)?.version ?? 0);
      if (check && version !== check.version)
        throw new OutriderError(
          'version_conflict',
          `${check.stream} is at version ${version}, not ${check.version}.`,
        );
      if (batch.some(({ stream }) => stream?.includes('\0')))
        throw new OutriderError('store_unavailable', 'PostgreSQL knows no NUL.');
      const placed = batch.map(place);
      if (once) memory.writers.set(once.writer, { number: once.number, placed });
      for (const [store, others] of memory.calls) if (store !== own) others.forEach((call) => call());
      return placed;
    },
    page,
    stream: (query) => replay(query, head, (bounded) => pages(bounded, page)),
    head,
    oldest: async () => memory.oldest,
    async streams({ prefix = '', after = '', limit }) {
      const names = [...memory.streams.keys()]
        .filter((name) => name.startsWith(prefix) && name > after)
        .sort();
      return names.slice(0, limitOf(limit, 100)).map((stream) => ({
        stream,
        ...(memory.streams.get(stream) ?? { version: 0, lastAt: '' }),
      }));
    },
    onAppended(call) {
      calls.add(call);
      call();
      return () => void calls.delete(call);
    },
    async retain(days, moment) {
      const oldest = new Date(moment.getTime() - days * 86_400_000).toISOString().slice(0, 10);
      const isOver = ({ day }: { readonly day: string | null }): boolean => day !== null && day < oldest;
      const dropped = new Set(memory.events.filter(isOver).map(({ day }) => day ?? ''));
      const left = memory.events.filter((event) => !isOver(event));
      memory.events.splice(0, memory.events.length, ...left);
      if (dropped.size > 0) memory.oldest = left.find(({ day }) => day !== null)?.position ?? memory.head + 1;
      return [...dropped].sort();
    },
    async saveSnapshot(snapshot) {
      memory.snapshots.push({ ...snapshot, state: JSON.parse(JSON.stringify(snapshot.state)) });
    },
    async snapshot(panel, version, atOrBefore) {
      return memory.snapshots
        .filter((each) => each.panel === panel && each.version === version && each.position <= atOrBefore)
        .reduce<Snapshot | undefined>(
          (best, each) => (best && best.position > each.position ? best : each),
          undefined,
        );
    },
    privateStore(plugin) {
      const kept = memory.values.get(plugin) ?? memoryStore(now);
      memory.values.set(plugin, kept);
      return kept;
    },
    async close() {
      memory.calls.delete(own);
    },
  };
}

function isWanted(event: Recorded, query: LogQuery): boolean {
  return (
    event.position > (query.after ?? 0) &&
    event.position <= (query.upTo ?? Infinity) &&
    (!query.types || query.types.includes(event.type)) &&
    (query.stream === undefined || event.stream === query.stream) &&
    (query.traceId === undefined || event.traceId === query.traceId) &&
    (query.exchangeId === undefined || event.exchangeId === query.exchangeId)
  );
}
