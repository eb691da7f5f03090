/** A statement as far as its connection is concerned. */
export interface Executed {
  readonly exchangeId: string | null;
  readonly connection: number;
  readonly database: string;
  readonly user: string;
  readonly text: string;
  readonly startedMs: number;
  readonly durationMs: number;
  /** The state of the connection when it started. */
  readonly transaction: 'I' | 'T' | 'E';
}

/** A time in which a connection was of no use to others: a statement ran on it, or a transaction was open. */
export interface Held {
  readonly pool: string;
  readonly connection: number;
  readonly exchangeId: string | null;
  readonly text: string;
  readonly fromMs: number;
  readonly toMs: number;
}

const mostHeld = 8_192;
const mostConnections = 2_000;

const poolOf = ({ database, user }: Pick<Executed, 'database' | 'user'>): string => `${user}@${database}`;

/** The last thousands of times in which connections were held, in a ring. */
export class ConnectionUse {
  readonly #ring: Held[] = [];
  #next = 0;
  #lastEndMs = new Map<number, number>();

  add(executed: Executed): void {
    const { connection, exchangeId, text, startedMs, durationMs, transaction } = executed;
    const lastEndMs = this.#lastEndMs.get(connection);
    // Between two statements of a transaction nobody else gets the connection.
    const fromMs = transaction === 'I' || lastEndMs === undefined ? startedMs : lastEndMs;
    const toMs = startedMs + durationMs;
    if (this.#lastEndMs.size >= mostConnections) this.#lastEndMs = new Map();
    this.#lastEndMs.set(connection, toMs);
    this.#ring[this.#next] = { pool: poolOf(executed), connection, exchangeId, text, fromMs, toMs };
    this.#next = (this.#next + 1) % mostHeld;
  }

  /** What of the same pool was held in a time, in order of its end. */
  between(of: Executed, fromMs: number, toMs: number): readonly Held[] {
    const pool = poolOf(of);
    return this.#ring
      .filter((each) => each.pool === pool && each.toMs > fromMs && each.fromMs < toMs)
      .sort((a, b) => a.toMs - b.toMs);
  }
}
