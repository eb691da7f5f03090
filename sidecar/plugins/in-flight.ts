import type { Exchange } from '../../shared/index.ts';
import type { ExchangeRecord } from '../http/pipeline.ts';
import type { InFlight, InFlightExchange } from '../sql/statements.ts';

/** The exchanges in flight, written by the host and read by the join and by plugins. */
export interface InFlightTable extends InFlight {
  add(exchange: ExchangeRecord): void;
  remove(exchange: ExchangeRecord): void;
  /** By id. A client chooses its `X-Request-Id`, so ids may repeat: never decide by it whose credentials these are. */
  record(id: string): ExchangeRecord | undefined;
  /** The host's side of the very exchange a plugin was given. */
  recordOf(exchange: Exchange): ExchangeRecord | undefined;
}

export function createInFlight(): InFlightTable {
  const entries = new Map<Exchange, Entry>();
  const byId = new Map<string, Entry>();
  const byTrace = new Map<string, Entry>();
  return {
    get size() {
      return entries.size;
    },
    add(exchange) {
      const entry = new Entry(exchange, byTrace.has(exchange.traceId));
      entries.set(exchange, entry);
      byId.set(exchange.id, entry);
      byTrace.set(exchange.traceId, entry);
    },
    remove(exchange) {
      const entry = entries.get(exchange);
      if (!entry) return;
      entries.delete(exchange);
      if (byId.get(exchange.id) === entry) byId.delete(exchange.id);
      forgetTrace(entry);
    },
    record: (id) => byId.get(id)?.exchange,
    recordOf: (exchange) => entries.get(exchange)?.exchange,
    byTrace: (traceId) => byTrace.get(traceId),
    all: () => entries.values(),
  };

  /** A client may send several requests of one trace at a time: another one in flight is found again. */
  function forgetTrace(entry: Entry): void {
    if (byTrace.get(entry.traceId) !== entry) return;
    byTrace.delete(entry.traceId);
    if (!entry.sharesTrace) return;
    for (const other of entries.values())
      if (other.traceId === entry.traceId) byTrace.set(entry.traceId, other);
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
