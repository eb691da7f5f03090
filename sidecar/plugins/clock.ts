/** Time as the host is given it, so that tests move it by hand. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Calls once after a delay; the result cancels it. A pending call never keeps the process alive. */
  after(delayMs: number, call: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after(delayMs, call) {
    const timer = setTimeout(call, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Calls again and again until cancelled; a late call is not made up for. */
export function repeat(clock: Clock, everyMs: number, call: () => void): () => void {
  let cancel = clock.after(everyMs, again);
  function again(): void {
    cancel = clock.after(everyMs, again);
    call();
  }
  return () => cancel();
}

/** A timer that is later than this was not late by itself: this process was not scheduled, or did something else. */
const stallMs = 10;

/**
 * Settles like `work`, or rejects with what `late` makes once `limitMs` have passed. What this process was busy for does
 * not count against `work`: when the limit is noticed late, it gets that time once more (at most `limitMs`). And since
 * timers run before input is read, what has arrived is read first.
 */
export function within<T>(clock: Clock, limitMs: number, work: Promise<T>, late: () => Error): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const dueMs = clock.nowMs() + limitMs;
    let cancel = clock.after(limitMs, () => {
      const stalledMs = Math.min(limitMs, clock.nowMs() - dueMs);
      if (stalledMs < stallMs) giveUp();
      else cancel = clock.after(stalledMs, giveUp);
    });
    const giveUp = (): void => void setImmediate(setImmediate, () => reject(late()));
    work.then(
      (value) => {
        cancel();
        resolve(value);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}
