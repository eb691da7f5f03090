/** Long work beside the traffic, cut into turns: between two of them everything else that waits gets to run. */
export interface Turns {
  /** One loop's place in the queue. Loops take turns: one turn in each round of the event loop, however many there are. */
  take(): Turn;
}

export interface Turn {
  /** True when this loop has held the thread long enough; ask after each small step. */
  isOver(): boolean;
  /** Resolves when it is this loop's turn again. */
  next(): Promise<void>;
}

/** How long one loop may hold the thread: below what a proxied request would notice. */
const turnMs = 0.25;

export function createTurns(elapsedMs: () => number = () => performance.now()): Turns {
  const waiting: (() => void)[] = [];

  // One loop a round: with a queue of loops the thread is still free again after every `turnMs`.
  function runNext(): void {
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(runNext);
  }

  return {
    take() {
      let startedMs = elapsedMs();
      return {
        isOver: () => elapsedMs() - startedMs >= turnMs,
        next: () =>
          new Promise((resolve) => {
            waiting.push(() => {
              startedMs = elapsedMs();
              resolve();
            });
            if (waiting.length === 1) setImmediate(runNext);
          }),
      };
    },
  };
}
