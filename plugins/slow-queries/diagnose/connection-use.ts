/** A statement as far as its connection is concerned. */
export interface Executed {
  readonly exchangeId: string | null;
  readonly connection: number;
  readonly database: string;
  readonly user: string;
  readonly fingerprint: string;
  readonly text: string;
  readonly startedMs: number;
  readonly durationMs: number;
  readonly rows: number;
  /** The state of the connection when it started. */
  readonly transaction: 'I' | 'T' | 'E';
}

/** A time in which a connection was of no use to others: a statement ran on it, or a transaction was open. */
export interface Held {
  readonly executed: Executed;
  readonly fromMs: number;
  readonly toMs: number;
}

const mostHeld = 8_192;
const mostConnections = 2_000;

/** The last thousands of times in which connections were held, in a ring; every statement passes here, so nothing is made for it. */
export class ConnectionUse {
  readonly #executed: Executed[] = [];
  readonly #fromMs = new Float64Array(mostHeld);
  #next = 0;
  #lastEndMs = new Map<number, number>();

  add(executed: Executed): void {
    const { connection, startedMs, durationMs, transaction } = executed;
    // Between two statements of a transaction nobody else gets the connection.
    const heldSinceMs = transaction === 'I' ? undefined : this.#lastEndMs.get(connection);
    if (this.#lastEndMs.size >= mostConnections) this.#lastEndMs = new Map();
    this.#lastEndMs.set(connection, startedMs + durationMs);
    this.#executed[this.#next] = executed;
    this.#fromMs[this.#next] = heldSinceMs ?? startedMs;
    this.#next = (this.#next + 1) % mostHeld;
  }

  /** What of the same pool was held in a time, in order of its end. */
  between({ database, user }: Executed, fromMs: number, toMs: number): readonly Held[] {
    return this.#executed
      .map((executed, place) => ({
        executed,
        fromMs: this.#fromMs[place] ?? executed.startedMs,
        toMs: executed.startedMs + executed.durationMs,
      }))
      .filter((each) => each.executed.user === user && each.executed.database === database)
      .filter((each) => each.toMs > fromMs && each.fromMs < toMs)
      .sort((a, b) => a.toMs - b.toMs);
  }
}
