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

/** A statement as it was told, its start apart. */
export type Told = Omit<Executed, 'startedMs'>;

/**
 * The last thousands of times in which connections were held, in a ring of columns: every statement passes here, and an object
 * kept of each would cost the collector of garbage more than all that is done with it.
 */
export class ConnectionUse {
  readonly #fromMs = new Float64Array(mostHeld);
  readonly #startedMs = new Float64Array(mostHeld);
  readonly #durationMs = new Float64Array(mostHeld);
  readonly #connection = new Float64Array(mostHeld);
  readonly #rows = new Float64Array(mostHeld);
  readonly #exchangeId: (string | null)[] = [];
  readonly #database: string[] = [];
  readonly #user: string[] = [];
  readonly #fingerprint: string[] = [];
  readonly #text: string[] = [];
  readonly #transaction: Executed['transaction'][] = [];
  /** Statements added since the start. */
  #count = 0;
  #lastEndMs = new Map<number, number>();

  /** Answers the statement's number, by which it is found for as long as it is kept. */
  add(told: Told, startedMs: number): number {
    const { connection, durationMs } = told;
    const place = this.#count % mostHeld;
    this.#fromMs[place] = this.#heldSince(told, startedMs);
    this.#startedMs[place] = startedMs;
    this.#durationMs[place] = durationMs;
    this.#connection[place] = connection;
    this.#rows[place] = told.rows;
    this.#exchangeId[place] = told.exchangeId;
    this.#database[place] = told.database;
    this.#user[place] = told.user;
    this.#fingerprint[place] = told.fingerprint;
    this.#text[place] = told.text;
    this.#transaction[place] = told.transaction;
    return this.#count++;
  }

  /** Null once newer ones took its place. */
  at(number: number): Executed | null {
    if (number < this.#count - mostHeld || number >= this.#count) return null;
    const place = number % mostHeld;
    return {
      exchangeId: this.#exchangeId[place] ?? null,
      connection: this.#connection[place] ?? 0,
      database: this.#database[place] ?? '',
      user: this.#user[place] ?? '',
      fingerprint: this.#fingerprint[place] ?? '',
      text: this.#text[place] ?? '',
      startedMs: this.#startedMs[place] ?? 0,
      durationMs: this.#durationMs[place] ?? 0,
      rows: this.#rows[place] ?? 0,
      transaction: this.#transaction[place] ?? 'I',
    };
  }

  /** What of the same pool was held in a time, in order of its end. */
  between({ database, user }: Executed, fromMs: number, toMs: number): readonly Held[] {
    const held: Held[] = [];
    for (let number = Math.max(0, this.#count - mostHeld); number < this.#count; number++) {
      const heldFromMs = this.#fromMs[number % mostHeld] ?? 0;
      const executed = this.at(number);
      if (executed === null || executed.user !== user || executed.database !== database) continue;
      const endMs = executed.startedMs + executed.durationMs;
      if (endMs > fromMs && heldFromMs < toMs) held.push({ executed, fromMs: heldFromMs, toMs: endMs });
    }
    return held.sort((a, b) => a.toMs - b.toMs);
  }

  /** Between two statements of a transaction nobody else gets the connection. */
  #heldSince({ connection, durationMs, transaction }: Told, startedMs: number): number {
    const heldSinceMs = transaction === 'I' ? undefined : this.#lastEndMs.get(connection);
    if (this.#lastEndMs.size >= mostConnections) this.#lastEndMs = new Map();
    this.#lastEndMs.set(connection, startedMs + durationMs);
    return heldSinceMs ?? startedMs;
  }
}
