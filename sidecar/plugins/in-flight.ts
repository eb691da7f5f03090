import type { ExchangeRecord } from '../http/pipeline.ts';
import type { InFlight, InFlightExchange } from '../sql/statements.ts';

/** The exchanges in flight, written by the host and read by the join and by plugins. */
export interface InFlightTable extends InFlight {
  add(exchange: ExchangeRecord): void;
  remove(exchange: ExchangeRecord): void;
  record(id: string): ExchangeRecord | undefined;
}

export function createInFlight(): InFlightTable {
  const byId = new Map<string, Entry>();
  const byTrace = new Map<string, Entry>();
  return {
    get size() {
      return byId.size;
    },
    add(exchange) {
      const entry = new Entry(exchange, byTrace.has(exchange.traceId));
      byId.set(exchange.id, entry);
      byTrace.set(exchange.traceId, entry);
    },
    remove(exchange) {
      const entry = byId.get(exchange.id);
      if (!entry) return;
      byId.delete(exchange.id);
      forgetTrace(entry);
    },
    record: (id) => byId.get(id)?.exchange,
    byTrace: (traceId) => byTrace.get(traceId),
    all: () => byId.values(),
  };

  /** A client may send several requests of one trace at a time: another one in flight is found again. */
  function forgetTrace(entry: Entry): void {
    if (byTrace.get(entry.traceId) !== entry) return;
    byTrace.delete(entry.traceId);
    if (!entry.sharesTrace) return;
    for (const other of byId.values()) if (other.traceId === entry.traceId) byTrace.set(entry.traceId, other);
  }
}

class Entry implements InFlightExchange {
  readonly exchange: ExchangeRecord;
  /** True when another exchange of the same trace was in flight when this one began. */
  readonly sharesTrace: boolean;
  #values: ReadonlySet<string> | undefined;

  constructor(exchange: ExchangeRecord, sharesTrace: boolean) {
    this.exchange = exchange;
    this.sharesTrace = sharesTrace;
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
