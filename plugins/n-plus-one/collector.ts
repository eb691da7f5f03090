import type { StatementSeen, Trace } from './trace.ts';

/** Bounds: what is collected is memory that traffic fills. */
const mostExchanges = 2000;
const mostStatements = 2000;
/** Statements and exchanges reach the log in batches; an exchange is looked at this long after it finished. */
const settleMs = 1000;

/** How an exchange ended. */
export interface Ending {
  readonly route: string;
  readonly traceId: string;
  readonly atMs: number;
}

interface Open {
  readonly statements: StatementSeen[];
  ending: Ending | null;
}

/** Gathers statements by exchange until the exchange has finished and its last statements had time to arrive. */
export class Collector {
  readonly #open = new Map<string, Open>();

  statement(exchangeId: string, statement: StatementSeen): void {
    const { statements } = this.#of(exchangeId);
    if (statements.length < mostStatements) statements.push(statement);
  }

  finished(exchangeId: string, ending: Ending): void {
    const open = this.#open.get(exchangeId);
    if (open) open.ending = ending;
  }

  /** The traces that are complete by now, taken out. */
  take(nowMs: number): readonly Trace[] {
    const traces: Trace[] = [];
    for (const [exchangeId, { statements, ending }] of this.#open) {
      if (ending === null || nowMs - ending.atMs < settleMs) continue;
      this.#open.delete(exchangeId);
      const { route, traceId } = ending;
      traces.push({
        exchangeId,
        route,
        traceId,
        statements: statements.sort((a, b) => a.startedMs - b.startedMs),
      });
    }
    return traces;
  }

  #of(exchangeId: string): Open {
    const known = this.#open.get(exchangeId);
    if (known) return known;
    // The oldest goes first: an exchange that never finishes must not keep others out.
    const [oldest] = this.#open.keys();
    if (this.#open.size >= mostExchanges && oldest !== undefined) this.#open.delete(oldest);
    const open: Open = { statements: [], ending: null };
    this.#open.set(exchangeId, open);
    return open;
  }
}
