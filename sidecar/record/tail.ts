import type { Recorded } from '../../shared/index.ts';
import type { Recorder } from './recorder.ts';

/** A place in the log that moves along with it, and waits there when its reader cannot take more. */
export interface Tail {
  /** The last event taken. */
  readonly position: number;
  /** Goes on after `position`, if it had stopped. */
  resume(): void;
  close(): void;
}

export interface TailOptions {
  readonly recorder: Pick<Recorder, 'subscribe'>;
  /** Starts with the events above this position. */
  readonly after: number;
  /**
   * Takes one event; false says that it was not taken: the tail then stops until `resume`, and the log itself is the buffer.
   * Events without a position (sampled away) exist only now: they are shown, and lost when not taken.
   */
  readonly take: (event: Recorded) => boolean;
  /** Called after each batch the recorder handed over. */
  readonly onBatch: () => void;
}

export function createTail({ recorder, after, take, onBatch }: TailOptions): Tail {
  let position = after;
  let isClosed = false;
  let subscription: Subscription | null = null;

  function receive(from: Subscription, events: readonly Recorded[]): void {
    for (const event of events) {
      if (from !== subscription) break;
      if (event.position === 0) take(event);
      else if (event.position <= position) continue;
      else if (take(event)) position = event.position;
      else stop();
    }
    onBatch();
  }

  function stop(): void {
    const ended = subscription;
    subscription = null;
    ended?.end?.();
  }

  function resume(): void {
    if (subscription || isClosed) return;
    const mine: Subscription = { end: null };
    subscription = mine;
    const end = recorder.subscribe(position, (events) => receive(mine, events));
    // The recorder may have called back, and its reader be full, before it returned.
    if (subscription === mine) mine.end = end;
    else end();
  }

  resume();
  return {
    get position() {
      return position;
    },
    resume,
    close() {
      isClosed = true;
      stop();
    },
  };
}

interface Subscription {
  end: (() => void) | null;
}
