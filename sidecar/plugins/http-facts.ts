import { HttpFinished, HttpSummary } from '../../shared/index.ts';
import type { ExchangeRecord, Outcome } from '../http/pipeline.ts';
import type { Recorder } from '../record/recorder.ts';
import { Durations, rounded } from './durations.ts';
import { targetMask } from './masking.ts';
import { policy } from './policy.ts';

/** Records how exchanges ended: one event each (sampled by the recorder), and exact counts once a second. */
export interface HttpFacts {
  finished(exchange: ExchangeRecord, outcome: Outcome): void;
  /** Records the summary of the time since the last call, when there was traffic; counts requests and 5xx replies. */
  summarise(
    seconds: number,
    inFlight: number,
    sampledAway: number,
  ): { readonly requests: number; readonly errors: number };
}

/** A method that promises to change nothing (RFC 9110 §9.2.1; QUERY by its own draft). */
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY']);

export function createHttpFacts(
  { record }: Pick<Recorder, 'record'>,
  secretParameters: readonly string[],
): HttpFacts {
  const target = targetMask(secretParameters);
  const rows = new HttpRows();
  let importantNow = 0;
  let changesNow = 0;

  /** Failures, slow ones and changes are kept one by one, up to so many a second. */
  function isUnsampled(fact: Fact): boolean {
    if (isTrouble(fact)) return (importantNow += 1) <= policy.importantPerSecond;
    return !safeMethods.has(fact.method) && (changesNow += 1) <= policy.changesPerSecond;
  }

  return {
    finished(exchange, outcome) {
      const fact = factOf(exchange, outcome, target);
      rows.add(fact);
      record(HttpFinished, fact, {
        exchangeId: exchange.id,
        traceId: exchange.traceId,
        isImportant: isUnsampled(fact),
      });
    },
    summarise(seconds, inFlight, sampledAway) {
      importantNow = 0;
      changesNow = 0;
      if (rows.isEmpty) return { requests: 0, errors: 0 };
      const taken = rows.take();
      record(HttpSummary, { seconds, rows: taken, sampledAway, inFlight });
      return { requests: sum(taken), errors: sum(taken.filter(({ status }) => status >= 500)) };
    },
  };
}

const sum = (rows: readonly { readonly count: number }[]): number =>
  rows.reduce((total, { count }) => total + count, 0);

function isTrouble({ status, durationMs, isStreaming }: Fact): boolean {
  return status >= 400 || status === 0 || (durationMs >= policy.slowMs && !isStreaming);
}

type Fact = (typeof HttpFinished)['schema']['_zod']['output'];

function factOf(
  { id, request, principal, servedBy }: ExchangeRecord,
  outcome: Outcome,
  target: (path: string, query: string) => string,
): Fact {
  const fact: Fact = {
    exchangeId: id,
    method: request.method,
    route: request.route,
    target: target(request.path, request.query),
    status: outcome.status,
    durationMs: rounded(outcome.durationMs),
    firstByteMs: outcome.firstByteMs === null ? null : rounded(outcome.firstByteMs),
    requestBytes: outcome.requestBytes,
    replyBytes: outcome.replyBytes,
    principal,
    clientAddress: request.clientAddress,
    servedBy,
    isStreaming: outcome.isStreaming,
    isUpgrade: outcome.isUpgrade,
  };
  // Not spread into the literal: that costs as much as all of the rest.
  if (outcome.isStreaming)
    fact.chunks = { count: outcome.chunkCount, longestGapMs: rounded(outcome.longestGapMs) };
  if (outcome.error !== null) fact.error = outcome.error;
  return fact;
}

interface HttpRow {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly principalId: string | null;
  readonly servedBy: string;
  readonly durations: Durations;
}

/** A summary holds 500 rows; the last few are kept for what did not fit, one for each class of status. */
const maxRows = 494;

/** Rows by route and principal, found without building a key. */
class HttpRows {
  #byRoute = new Map<string, Map<string | null, HttpRow[]>>();
  #others = new Map<number, HttpRow>();
  #count = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  add(fact: Fact): void {
    const row = this.#find(fact) ?? this.#added(fact) ?? this.#other(fact.status);
    row.durations.add(fact.durationMs);
  }

  take() {
    const rows = [...this.#byRoute.values()].flatMap((byPrincipal) => [...byPrincipal.values()].flat());
    const all = [...rows, ...this.#others.values()];
    this.#byRoute = new Map();
    this.#others = new Map();
    this.#count = 0;
    return all.map(({ durations, ...row }) => ({ ...row, ...durations.toFields() }));
  }

  #find({ method, route, status, principal, servedBy }: Fact): HttpRow | undefined {
    const rows = this.#byRoute.get(route)?.get(principal === null ? null : principal.id);
    if (rows === undefined) return undefined;
    for (const row of rows) {
      if (row.status === status && row.method === method && row.servedBy === servedBy) return row;
    }
    return undefined;
  }

  #added({ method, route, status, principal, servedBy }: Fact): HttpRow | undefined {
    if (this.#count >= maxRows) return undefined;
    this.#count += 1;
    const principalId = principal === null ? null : principal.id;
    const row: HttpRow = { method, route, status, principalId, servedBy, durations: new Durations() };
    const byPrincipal = this.#byRoute.get(route) ?? new Map<string | null, HttpRow[]>();
    this.#byRoute.set(route, byPrincipal);
    byPrincipal.set(principalId, [...(byPrincipal.get(principalId) ?? []), row]);
    return row;
  }

  #other(status: number): HttpRow {
    const statusClass = Math.min(Math.floor(status / 100), 5) * 100;
    const row = this.#others.get(statusClass) ?? {
      method: '*',
      route: '(other)',
      status: statusClass,
      principalId: null,
      servedBy: '*',
      durations: new Durations(),
    };
    this.#others.set(statusClass, row);
    return row;
  }
}
