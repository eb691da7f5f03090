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

/**
 * Settles like `work`, or rejects with what `late` makes once `limitMs` have passed. Timers run before input is
 * read: had this process not been scheduled for a while, an answer that came in time would count as late, so what
 * has arrived is read first.
 */
export function within<T>(clock: Clock, limitMs: number, work: Promise<T>, late: () => Error): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const cancel = clock.after(limitMs, () => setImmediate(setImmediate, () => reject(late())));
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
