/** A statement as far as its connection's transaction is concerned. */
export interface Step {
  readonly connection: number;
  readonly fingerprint: string;
  readonly text: string;
  readonly startedMs: number;
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

const mostConnections = 5000;

/** Finds pauses inside transactions: locks and old row versions are held all the while. */
export class OpenTransactions {
  readonly #last = new Map<number, { readonly side: Side; readonly endedMs: number }>();

  /** The pause before this statement when it is in a transaction that was open already; null otherwise. */
  step({ connection, fingerprint, text, startedMs, durationMs, transaction }: Step): IdleGap | null {
    const before = this.#last.get(connection);
    this.#last.delete(connection);
    const side = { fingerprint, text };
    this.#last.set(connection, { side, endedMs: startedMs + durationMs });
    const [oldest] = this.#last.keys();
    if (this.#last.size > mostConnections && oldest !== undefined) this.#last.delete(oldest);
    if (before === undefined || transaction === 'I') return null;
    return { gapMs: startedMs - before.endedMs, before: before.side, after: side };
  }
}
