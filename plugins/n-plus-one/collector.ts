import { ChurnMap } from '../../shared/index.ts';
import { seenOf, type StatementFact, type Trace } from './trace.ts';

/** Bounds: what is collected is memory that traffic fills. */
const mostExchanges = 2000;
const mostStatements = 2000;
/** Statements and exchanges reach the log in batches; an exchange is looked at this long after it finished. */
const settleMs = 1000;
/** Exchanges of one route that are handed over in one turn: what a busy route repeats shows in some of them. */
const mostOfRoute = 20;

/** How an exchange ended. */
export interface Ending {
  readonly route: string;
  readonly traceId: string;
  readonly atMs: number;
}

/** Two lists in step: nothing is made for a statement. */
interface Open {
  readonly facts: StatementFact[];
  readonly positions: number[];
  ending: Ending | null;
}

/** Gathers statements by exchange until the exchange has finished and its last statements had time to arrive. */
export class Collector {
  readonly #open = new ChurnMap<string, Open>();
  readonly #least: number;

  /** Exchanges with fewer statements than `least` are forgotten. */
  constructor(least: number) {
    this.#least = least;
  }

  statement(exchangeId: string, fact: StatementFact, position: number): void {
    const { facts, positions } = this.#of(exchangeId);
    if (facts.length >= mostStatements) return;
    facts.push(fact);
    positions.push(position);
  }

  /** Whether statements of an exchange are waiting for its end. */
  has(exchangeId: string): boolean {
    return this.#open.has(exchangeId);
  }

  finished(exchangeId: string, ending: Ending): void {
    const open = this.#open.get(exchangeId);
    if (open) open.ending = ending;
  }

  /** The traces that are complete by now, taken out. */
  take(nowMs: number): readonly Trace[] {
    const traces: Trace[] = [];
    const ofRoute = new Map<string, number>();
    for (const [exchangeId, { facts, positions, ending }] of this.#open) {
      if (ending === null || nowMs - ending.atMs < settleMs) continue;
      this.#open.delete(exchangeId);
      if (facts.length < this.#least) continue;
      const { route, traceId } = ending;
      const count = (ofRoute.get(route) ?? 0) + 1;
      ofRoute.set(route, count);
      if (count > mostOfRoute) continue;
      const statements = facts.map((fact, place) => seenOf(fact, positions[place] ?? 0));
      traces.push({
        exchangeId,
        route,
        traceId,
        statements: statements.sort((a, b) => a.startedMs - b.startedMs),
      });
    }
    return traces;
  }

  /**
   * The oldest go first: an exchange that never finishes must not keep others out. A tenth at once, for finding the oldest
   * means stepping over all that were deleted before it.
   */
  #makeRoom(): void {
    for (const exchangeId of this.#open.keys()) {
      if (this.#open.size <= mostExchanges * 0.9) return;
      this.#open.delete(exchangeId);
    }
  }

  #of(exchangeId: string): Open {
    const known = this.#open.get(exchangeId);
    if (known) return known;
    if (this.#open.size >= mostExchanges) this.#makeRoom();
    const open: Open = { facts: [], positions: [], ending: null };
    this.#open.set(exchangeId, open);
    return open;
  }
}
