interface Due {
  readonly everyMs: number;
  nextMs: number;
  readonly work: () => Promise<void> | void;
  readonly signal: AbortSignal;
}

/** A clock that only moves when told to. */
export class FakeClock {
  #nowMs: number;
  readonly #due: Due[] = [];

  constructor(startsAt: string) {
    this.#nowMs = Date.parse(startsAt);
  }

  now(): Date {
    return new Date(this.#nowMs);
  }

  every(seconds: number, work: () => Promise<void> | void, signal: AbortSignal): void {
    this.#due.push({ everyMs: seconds * 1000, nextMs: this.#nowMs + seconds * 1000, work, signal });
  }

  /** Moves on, running what becomes due on the way, in time order. */
  async advance(seconds: number): Promise<void> {
    const untilMs = this.#nowMs + seconds * 1000;
    for (let next = this.#nextDue(untilMs); next; next = this.#nextDue(untilMs)) {
      this.#nowMs = next.nextMs;
      next.nextMs += next.everyMs;
      await next.work();
    }
    this.#nowMs = untilMs;
  }

  #nextDue(untilMs: number): Due | undefined {
    const waiting = this.#due.filter(({ nextMs, signal }) => nextMs <= untilMs && !signal.aborted);
    return waiting.sort((a, b) => a.nextMs - b.nextMs)[0];
  }
}
