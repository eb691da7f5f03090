import type { Recorded } from '../../shared/index.ts';
import type { Recorder } from './recorder.ts';
import type { Turns } from './panels-turns.ts';

/** The live end of the log, handed on event by event in turns, so that a burst never holds the thread. */
export interface Feed {
  /** The last event handed on. */
  readonly position: number;
  /** Nothing is handed on while held; the queue keeps growing up to its bound. */
  hold(): void;
  release(): void;
  close(): void;
}

export interface FeedOptions {
  readonly recorder: Pick<Recorder, 'subscribe'>;
  /** Starts with the events above this position. */
  readonly after: number;
  readonly turns: Turns;
  readonly call: (event: Recorded) => void;
  /** Called once after each turn in which events were handed on. */
  readonly onTurn: () => void;
}

/** Above this the subscription is given up and taken anew where the queue ends: the log itself is the overflow. */
const maxQueued = 10_000;

export function createFeed({ recorder, after, turns, call, onTurn }: FeedOptions): Feed {
  const queue: Recorded[] = [];
  let taken = 0;
  let position = after;
  let queuedTo = after;
  let isHeld = false;
  let isRunning = false;
  let isClosed = false;
  let subscription: Subscription | null = null;

  // Events without a position were sampled away: a past moment could not know them, so the present may not either.
  function receive(from: Subscription, events: readonly Recorded[]): void {
    for (const event of events) {
      if (from !== subscription) return;
      if (event.position <= queuedTo) continue;
      queue.push(event);
      queuedTo = event.position;
      if (queue.length - taken >= maxQueued) pause();
    }
    void run();
  }

  function pause(): void {
    const ended = subscription;
    subscription = null;
    ended?.end?.();
  }

  function resume(): void {
    if (subscription || isClosed) return;
    const mine: Subscription = { end: null };
    subscription = mine;
    const end = recorder.subscribe(queuedTo, (events) => receive(mine, events));
    // The recorder may have called back, and filled the queue, before it returned.
    if (subscription === mine) mine.end = end;
    else end();
  }

  async function run(): Promise<void> {
    if (isRunning) return;
    isRunning = true;
    const turn = turns.take();
    while (hasWork()) {
      await turn.next();
      while (hasWork() && !turn.isOver()) handOn();
      onTurn();
    }
    isRunning = false;
  }

  const hasWork = (): boolean => !isHeld && !isClosed && taken < queue.length;

  function handOn(): void {
    const event = queue[taken];
    if (!event) return;
    taken += 1;
    position = event.position;
    call(event);
    if (taken >= 1024 || taken === queue.length) {
      queue.splice(0, taken);
      taken = 0;
    }
    if (queue.length === 0) resume();
  }

  resume();
  return {
    get position() {
      return position;
    },
    hold: () => void (isHeld = true),
    release() {
      isHeld = false;
      void run();
    },
    close() {
      isClosed = true;
      pause();
      queue.length = 0;
      taken = 0;
    },
  };
}

interface Subscription {
  end: (() => void) | null;
}
