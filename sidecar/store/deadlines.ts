/** How often what is waited for is looked at: exact enough for limits of many seconds. */
const lookMs = 1_000;

/** Limits many waits by one timer. */
export interface Deadlines {
  /** Calls `onLate` when it takes longer than the limit; what is answered ends the wait. */
  start(onLate: () => void): () => void;
}

export interface DeadlineClock {
  nowMs(): number;
  /** Calls again and again; what is answered ends it. */
  every(ms: number, call: () => void): () => void;
}

const ownClock: DeadlineClock = {
  nowMs: () => performance.now(),
  every(ms, call) {
    const timer = setInterval(call, ms).unref();
    return () => clearInterval(timer);
  },
};

interface Wait {
  readonly endsMs: number;
  /** Null once it ended. */
  onLate: (() => void) | null;
}

/**
 * A timer for each wait keeps what its call closes over alive until the next full collection, and with statements that are
 * their buffers: a few hundred a second were measured to bring such collections on every second. So does a Set that
 * waits enter and leave: its outgrown tables point at the ones that follow.
 */
export function deadlines(limitMs: number, clock: DeadlineClock = ownClock): Deadlines {
  let waits: Wait[] = [];
  let stopLooking: (() => void) | null = null;

  function look(): void {
    const nowMs = clock.nowMs();
    const waiting = waits.filter(({ onLate }) => onLate !== null);
    waits = waiting.filter(({ endsMs }) => endsMs > nowMs);
    for (const { endsMs, onLate } of waiting) if (endsMs <= nowMs) onLate?.();
    if (waits.length === 0) rest();
  }

  function rest(): void {
    stopLooking?.();
    stopLooking = null;
  }

  return {
    start(onLate) {
      const wait: Wait = { endsMs: clock.nowMs() + limitMs, onLate };
      waits.push(wait);
      stopLooking ??= clock.every(lookMs, look);
      return () => void (wait.onLate = null);
    },
  };
}
