import type { RateLimit } from './key-record.ts';
import type { Taken } from './token-bucket.ts';

/** The counter of one window, which all sidecars add to. */
export interface Counter {
  /** Adds and answers the sum over all sidecars; null when nobody could be asked. May take its time. */
  add(amount: number): Promise<number | null>;
}

/** Asked of the shared count and not answered in time, or not at all. */
export type Unanswered = 'late' | 'away';

/** A request waits no longer for a lease, since guards have 50 ms, and a quota may have to be waited for as well. */
const waitMs = 20;

/**
 * One key's part of the current window, leased ahead of need from a counter that all sidecars add to. Nothing is let
 * through that was not leased before, so however late leases come, all sidecars together keep to the limit.
 */
export class SharedWindow {
  readonly number: number;
  readonly limit: RateLimit;
  /** The window after this one, once something was leased of it. */
  next: SharedWindow | null = null;
  readonly #counter: Counter;
  readonly #mostAtOnce: number;
  #isUsed = false;
  /** Leased and not yet used. */
  #leased = 0;
  /** What nobody had leased when the counter was seen last. */
  #left: number;
  /** All that this sidecar has ever added to the counter. */
  #added = 0;
  /** Let through while nobody could be asked, and not yet added. */
  #owed = 0;
  #isLeasing = false;
  #waiting: ((taken: Taken | Unanswered) => void)[] = [];

  constructor(number: number, limit: RateLimit, counter: Counter, mostAtOnce = 1000) {
    this.number = number;
    this.#mostAtOnce = mostAtOnce;
    this.limit = limit;
    this.#counter = counter;
    this.#left = limit.requests;
  }

  /** Takes one request; a promise while none is leased. */
  take(nowMs: number): Taken | Promise<Taken | Unanswered> {
    this.#isUsed = true;
    const taken = this.takeLeased(nowMs);
    if (taken) {
      if (taken.isWithin && this.#leased <= this.#chunk / 4) this.lease(nowMs);
      return taken;
    }
    return new Promise((resolve) => {
      const answer = (each: Taken | Unanswered): void => {
        clearTimeout(timer);
        resolve(each);
      };
      const timer = setTimeout(() => afterArrivals(() => this.#giveUp(answer)), waitMs);
      this.#waiting.push(answer);
      this.lease(nowMs);
    });
  }

  /** Takes one request of what was leased before, or refuses when nothing is left; null when it has to be asked for. */
  takeLeased(nowMs: number): Taken | null {
    const resetSeconds = this.#resetSeconds(nowMs);
    if (this.#leased > 0) {
      this.#leased -= 1;
      return { isWithin: true, remaining: this.#left + this.#leased, resetSeconds };
    }
    return this.#left > 0 ? null : { isWithin: false, remaining: 0, resetSeconds };
  }

  /** The request that was taken was refused for another reason. */
  putBack(): void {
    this.#leased += 1;
  }

  /**
   * For windows so long that nothing may be held unused until their end; to be called now and then. Gives back what is
   * leased when nothing was taken since the last time, and asks again what seemed to be used up. False once it rests.
   */
  rest(): boolean {
    const isUsed = this.#isUsed || this.#isLeasing;
    if (!isUsed && this.#leased > 0) {
      const unused = this.#leased;
      this.#leased = 0;
      this.#added -= unused;
      this.#left += unused;
      void this.#counter.add(-unused).catch(() => null);
    }
    this.#left = Math.max(1, this.#left);
    this.#isUsed = false;
    return isUsed;
  }

  /** Notes what was let through while nobody could be asked; it is added with the next lease, or when told to. */
  owe(): void {
    this.#owed += 1;
  }

  async payBack(): Promise<void> {
    if (this.#owed > 0 && !this.#isLeasing) await this.#leaseOf(0);
  }

  /** One lease at a time, each for everybody who waits; goes on until nobody does. */
  lease(nowMs: number): void {
    if (!this.#isLeasing && this.#left > 0) void this.#leaseWhileNeeded(nowMs);
  }

  async #leaseWhileNeeded(nowMs: number): Promise<void> {
    this.#isLeasing = true;
    do {
      const wanted = Math.min(Math.max(this.#chunk, this.#waiting.length), this.limit.requests);
      const isAnswered = await this.#leaseOf(wanted);
      if (isAnswered) this.#serve(nowMs);
      else for (const resolve of this.#waiting.splice(0)) resolve('away');
    } while (this.#waiting.length > 0);
    this.#isLeasing = false;
  }

  /** What comes late may still be used in what is left of the window. */
  async #leaseOf(wanted: number): Promise<boolean> {
    const owed = this.#owed;
    const sum = await this.#counter.add(wanted + owed).catch(() => null);
    if (sum === null) return false;
    this.#owed -= owed;
    this.#added += wanted + owed;
    const before = this.#madeGood(sum) - wanted;
    this.#leased += Math.max(0, Math.min(wanted, this.limit.requests - before));
    this.#left = Math.max(0, this.limit.requests - before - wanted);
    return true;
  }

  /** The sum can only be less than what was added here when Redis lost its memory: then it is added again. */
  #madeGood(sum: number): number {
    if (sum >= this.#added) return sum;
    void this.#counter.add(this.#added - sum).catch(() => null);
    return this.#added;
  }

  #serve(nowMs: number): void {
    while (this.#waiting.length > 0) {
      const taken = this.takeLeased(nowMs);
      if (!taken) return;
      this.#waiting.shift()?.(taken);
    }
  }

  #giveUp(answer: (taken: Taken | Unanswered) => void): void {
    const isWaiting = this.#waiting.includes(answer);
    if (!isWaiting) return;
    this.#waiting = this.#waiting.filter((each) => each !== answer);
    answer('late');
  }

  /** A twentieth of the limit at a time, less towards the end: what one sidecar holds is not there for the others. */
  get #chunk(): number {
    const { requests } = this.limit;
    return Math.max(1, Math.min(this.#mostAtOnce, Math.ceil(requests / 20), Math.floor(this.#left / 4)));
  }

  #resetSeconds(nowMs: number): number {
    const endsMs = (this.number + 1) * this.limit.seconds * 1000;
    return Math.max(1, Math.ceil((endsMs - nowMs) / 1000));
  }
}

/** Timers run before input is read: had this process been busy, an answer that came in time would seem late. */
function afterArrivals(call: () => void): void {
  setImmediate(setImmediate, call);
}
