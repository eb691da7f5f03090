import { ChurnMap, type Exchange } from '../../shared/index.ts';
import type { ExchangeRecord } from '../http/pipeline.ts';
import type { InFlight, InFlightExchange } from '../sql/statements.ts';

/** The exchanges in flight, written by the host and read by the join and by plugins. */
export interface InFlightTable extends InFlight {
  add(exchange: ExchangeRecord): void;
  remove(exchange: ExchangeRecord): void;
  /** By id. A client chooses its `X-Request-Id`, so ids may repeat: never decide by it whose credentials these are. */
  record(id: string): ExchangeRecord | undefined;
  /** Every one with that id, and those of the same trace, the newest last. */
  sharing(id: string): readonly ExchangeRecord[];
  /** The host's side of the very exchange a plugin was given. */
  recordOf(exchange: Exchange): ExchangeRecord | undefined;
}

export function createInFlight(): InFlightTable {
  const entries = new ChurnMap<Exchange, Entry>();
  /** Made when first asked for: without statements and their guards nobody does, and requests cost a third. */
  let index: Index | null = null;

  function indexed(): Index {
    if (index === null) {
      index = { byId: new ChurnMap(), byTrace: new ChurnMap() };
      for (const entry of entries.values()) addTo(index, entry);
    }
    return index;
  }

  /** A client may send several requests of one trace or one id at a time: another one in flight is found again. */
  function removeFrom({ byId, byTrace }: Index, { id, traceId, sharesName }: Entry): void {
    byId.delete(id);
    byTrace.delete(traceId);
    if (!sharesName) return;
    for (const other of entries.values()) {
      if (other.id === id) byId.set(id, other);
      if (other.traceId === traceId) byTrace.set(traceId, other);
    }
  }

  return {
    size: () => entries.size,
    add(exchange) {
      const entry = new Entry(exchange);
      entries.set(exchange, entry);
      if (index !== null) addTo(index, entry);
    },
    remove(exchange) {
      const entry = entries.get(exchange);
      if (!entry) return;
      entries.delete(exchange);
      if (index !== null) removeFrom(index, entry);
    },
    record: (id) => indexed().byId.get(id)?.exchange,
    sharing(id) {
      const entry = indexed().byId.get(id);
      if (!entry) return [];
      if (!entry.sharesName) return [entry.exchange];
      const alike = [...entries.values()].filter(
        (other) => other.sharesName && (other.id === id || other.traceId === entry.traceId),
      );
      return alike.slice(-mostSharing).map(({ exchange }) => exchange);
    },
    recordOf: (exchange) => entries.get(exchange)?.exchange,
    byTrace: (traceId) => indexed().byTrace.get(traceId),
    all: () => entries.values(),
  };
}

/** Exchanges of one name that are looked at: a client that sends more at a time is looked at for its newest. */
const mostSharing = 256;

interface Index {
  readonly byId: ChurnMap<string, Entry>;
  readonly byTrace: ChurnMap<string, Entry>;
}

function addTo({ byId, byTrace }: Index, entry: Entry): void {
  const others = [byId.get(entry.id), byTrace.get(entry.traceId)];
  for (const other of others) if (other) other.sharesName = entry.sharesName = true;
  byId.set(entry.id, entry);
  byTrace.set(entry.traceId, entry);
}

class Entry implements InFlightExchange {
  readonly exchange: ExchangeRecord;
  /** True when another exchange of the same trace or id was in flight at the same time. */
  sharesName = false;
  #values: ReadonlySet<string> | undefined;

  constructor(exchange: ExchangeRecord) {
    this.exchange = exchange;
  }

  get id(): string {
    return this.exchange.id;
  }

  get traceId(): string {
    return this.exchange.traceId;
  }

  get startedMs(): number {
    return this.exchange.startedMs;
  }

  values(): ReadonlySet<string> {
    this.#values ??= valuesOf(this.exchange);
    return this.#values;
  }
}

/** A longer list of values would cost more than the join can gain by it. */
const maxValues = 64;

function valuesOf({ request }: ExchangeRecord): ReadonlySet<string> {
  const segments = request.path
    .split('/')
    .filter((each) => each !== '')
    .map(decoded);
  const query = request.query === '' ? [] : [...new URLSearchParams(request.query).values()];
  return new Set([...segments, ...query].slice(0, maxValues));
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
