/** A statement as far as its connection's transaction is concerned. */
export interface Step {
  readonly connection: number;
  readonly fingerprint: string;
  readonly text: string;
  readonly durationMs: number;
  /** The state of the connection when it started. */
  readonly transaction: 'I' | 'T' | 'E';
}

/** A transaction was open and nothing was asked in it. */
export interface IdleGap {
  readonly gapMs: number;
  /** The statement before the pause. */
  readonly before: Side;
  readonly after: Side;
}

interface Side {
  readonly fingerprint: string;
  readonly text: string;
}

interface Last {
  fingerprint: string;
  text: string;
  endedMs: number;
}

const mostConnections = 5000;

/** Finds pauses inside transactions: locks and old row versions are held all the while. */
export class OpenTransactions {
  readonly #last = new Map<number, Last>();

  /** The pause before this statement when it is in a transaction that was open already; null otherwise. */
  step({ connection, fingerprint, text, durationMs, transaction }: Step, startedMs: number): IdleGap | null {
    const last = this.#last.get(connection);
    const endedMs = startedMs + durationMs;
    if (last === undefined) {
      this.#add(connection, { fingerprint, text, endedMs });
      return null;
    }
    const gap =
      transaction === 'I'
        ? null
        : {
            gapMs: startedMs - last.endedMs,
            before: { fingerprint: last.fingerprint, text: last.text },
            after: { fingerprint, text },
          };
    // Every statement passes here: nothing is made for it.
    last.fingerprint = fingerprint;
    last.text = text;
    last.endedMs = endedMs;
    return gap;
  }

  /** The connection that was seen first makes room. */
  #add(connection: number, last: Last): void {
    this.#last.set(connection, last);
    if (this.#last.size <= mostConnections) return;
    const [oldest] = this.#last.keys();
    if (oldest !== undefined) this.#last.delete(oldest);
  }
}
