import type { Attribution } from '../../shared/index.ts';
import type { InFlight, InFlightExchange } from './statements.ts';

/** Which exchange caused a statement, and how surely. */
export interface Joined {
  readonly exchangeId: string | null;
  readonly traceId: string | null;
  readonly attribution: Attribution;
  /** Ids of the exchanges that may have caused it, the likeliest first. */
  readonly candidates: readonly string[];
}

/** What a statement tells about its origin. */
export interface Origin {
  /** From a trace context in the statement's comment. */
  readonly traceId: string | null;
  /** False for a prepared statement used again: its comment is from its first use. */
  readonly isFreshText: boolean;
  /** The exchange that the open transaction was attributed to. */
  readonly affinity: Joined | null;
  /** Parameters, or values written into the text; asked for only when nothing better is known. */
  values(): Iterable<string | null>;
}

/** Exchanges shown as candidates and looked through for values. */
const candidatesMax = 32;

/** Shorter values such as `1` or `t` equal something in nearly every request. */
const valueCharactersMin = 2;

export const unjoined: Joined = { exchangeId: null, traceId: null, attribution: 'none', candidates: [] };

/**
 * The rules in order of their strength: a trace context in the statement; the only exchange in flight; the open
 * transaction's exchange; the one exchange whose request holds a value of the statement; else it stays ambiguous.
 */
export function join(origin: Origin, inFlight: InFlight): Joined {
  const { traceId, affinity } = origin;
  if (traceId !== null) {
    const traced = inFlight.byTrace(traceId);
    if (traced) return joinedTo(traced, 'exact');
    if (origin.isFreshText) return { exchangeId: null, traceId, attribution: 'exact', candidates: [] };
  }
  if (inFlight.size() === 1) for (const only of inFlight.all()) return joinedTo(only, 'inferred');
  if (affinity) return { ...affinity, attribution: 'inferred' };
  return inFlight.size() === 0 ? unjoined : joinByValues(origin, inFlight);
}

function joinByValues(origin: Origin, inFlight: InFlight): Joined {
  const exchanges = [...inFlight.all()].slice(-candidatesMax).reverse();
  const values = [...origin.values()].filter((value) => value !== null && value.length >= valueCharactersMin);
  const holds = ({ values: requestValues }: { values: ReadonlySet<string> }): boolean =>
    values.some((value) => value !== null && requestValues.has(value));
  const holders =
    values.length === 0 ? [] : exchanges.filter((exchange) => holds({ values: exchange.values() }));
  const [first] = holders;
  if (first && holders.length === 1) return joinedTo(first, 'inferred');
  const others = exchanges.filter((exchange) => !holders.includes(exchange));
  const candidates = [...holders, ...others].map(({ id }) => id);
  return { exchangeId: null, traceId: null, attribution: 'ambiguous', candidates };
}

function joinedTo({ id, traceId }: InFlightExchange, attribution: 'exact' | 'inferred'): Joined {
  return { exchangeId: id, traceId, attribution, candidates: [id] };
}
