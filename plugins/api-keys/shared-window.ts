import type { RateLimit } from './key-record.ts';
import type { Taken } from './token-bucket.ts';

export interface Counter {
  /** Adds to the window's counter of all sidecars and answers the sum. */
  add(amount: number): Promise<number>;
  /** Hears how each lease went. */
  told(outcome: Outcome, nowMs: number): void;
}
export type Outcome = 'done' | 'failed' | 'late';

/** A lease that takes longer is not waited for: a request may have to wait for two, and guards have 50 ms. */
const leaseMs = 20;

/** One key's share of the current window, leased from a counter that all sidecars add to. */
export class SharedWindow {
  readonly number: number;
  readonly limit: RateLimit;
  readonly #counter: Counter;
  #leased = 0;
  /** Let through before their lease came; paid back from it. */
  #credit = 0;
  /** What nobody had leased when the counter was seen last. */
  #left: number;
  #isExhausted = false;
  #isLeasing = false;
  #waiting: ((taken: Taken | null) => void)[] = [];

  constructor(number: number, limit: RateLimit, counter: Counter) {
    this.number = number;
    this.limit = limit;
    this.#counter = counter;
    this.#left = limit.requests;
  }

  /** Takes one request; a promise only while little is left and nobody knows how much. Null: count it yourself. */
  take(nowMs: number): Taken | Promise<Taken | null> {
    const taken = this.#takeNow(nowMs);
    if (taken) return taken;
    const waiting = new Promise<Taken | null>((resolve) => this.#waiting.push(resolve));
    void this.#lease(nowMs);
    return waiting;
  }

  #takeNow(nowMs: number): Taken | null {
    const resetSeconds = this.#resetSeconds(nowMs);
    if (this.#leased > 0) this.#leased -= 1;
    else if (this.#isExhausted) return { isWithin: false, remaining: 0, resetSeconds };
    // A quarter of what is left: four sidecars that do so at once still keep to the limit.
    else if (this.#waiting.length === 0 && this.#credit < Math.max(1, Math.floor(this.#left / 4)))
      this.#credit += 1;
    else return null;
    if (this.#leased <= this.#chunk / 4) void this.#lease(nowMs);
    const remaining = Math.max(0, this.#left + this.#leased - this.#credit);
    return { isWithin: true, remaining, resetSeconds };
  }

  /** One lease at a time, each for everybody who waits; goes on until nobody does. */
  async #lease(nowMs: number): Promise<void> {
    if (this.#isLeasing || this.#isExhausted) return;
    this.#isLeasing = true;
    do {
      const wanted = Math.max(this.#chunk, this.#waiting.length) + this.#credit;
      const outcome = await this.#leaseOf(Math.min(wanted, this.limit.requests));
      this.#counter.told(outcome, nowMs);
      if (outcome === 'done') this.#serve(nowMs);
      else this.#giveUp(outcome);
    } while (this.#waiting.length > 0);
    this.#isLeasing = false;
  }

  /** What comes late is booked all the same: it may be used in what is left of the window. */
  async #leaseOf(amount: number): Promise<Outcome> {
    const booked = this.#counter.add(amount).then(
      (sum): Outcome => {
        this.#book(amount, sum);
        return 'done';
      },
      (): Outcome => 'failed',
    );
    return within(booked, leaseMs);
  }

  /** Books what of an amount was still there when the counter went up to `sum`. */
  #book(amount: number, sum: number): void {
    const got = Math.max(0, Math.min(amount, this.limit.requests - (sum - amount)));
    const paid = Math.min(got, this.#credit);
    this.#credit -= paid;
    this.#leased += got - paid;
    this.#left = Math.max(0, this.limit.requests - sum);
    this.#isExhausted = got < amount;
  }

  #serve(nowMs: number): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const [index, resolve] of waiting.entries()) {
      const taken = this.#takeNow(nowMs);
      if (taken) resolve(taken);
      else {
        this.#waiting = [...waiting.slice(index), ...this.#waiting];
        return;
      }
    }
  }

  /**
   * Late: who waits is refused rather than let through uncounted, and may try again in a second. Failed: everybody
   * counts by themselves.
   */
  #giveUp(why: 'failed' | 'late'): void {
    const refused: Taken = { isWithin: false, remaining: 0, resetSeconds: 1 };
    for (const resolve of this.#waiting.splice(0)) resolve(why === 'late' ? refused : null);
  }

  /** A twentieth of the limit at a time: what a sidecar leased and does not use is lost to the others. */
  get #chunk(): number {
    return Math.min(1000, Math.ceil(this.limit.requests / 20));
  }

  #resetSeconds(nowMs: number): number {
    const endsMs = (this.number + 1) * this.limit.seconds * 1000;
    return Math.max(1, Math.ceil((endsMs - nowMs) / 1000));
  }
}

/** `late` when it takes too long. What has arrived by then is read first, should this process have been busy. */
async function within(outcome: Promise<Outcome>, limitMs: number): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => setImmediate(() => setImmediate(resolve, 'late')), limitMs);
  });
  const first = await Promise.race([outcome, late]);
  clearTimeout(timer);
  return first;
}
