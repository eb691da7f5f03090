import type { Recorded } from '../../shared/index.ts';
import type { Turns } from '../turns.ts';
import type { Recorder } from './recorder.ts';
import { createTail } from './tail.ts';

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

/** Events handed on are let go of in so small groups, or the collector would copy them before they are. */
const mostHandedOn = 128;
/** What does not fit waits in the log itself. */
const maxQueued = 10_000;

export function createFeed({ recorder, after, turns, call, onTurn }: FeedOptions): Feed {
  const queue: Recorded[] = [];
  let handedOn = 0;
  let position = after;
  let isHeld = false;
  let isRunning = false;
  let isClosed = false;

  const tail = createTail({
    recorder,
    after,
    take(event) {
      // Sampled away: a past moment could not know it, so the present may not either.
      if (event.position === 0) return true;
      return queue.length - handedOn < maxQueued && queue.push(event) > 0;
    },
    onBatch: () => void run(),
  });

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

  const hasWork = (): boolean => !isHeld && !isClosed && handedOn < queue.length;

  function handOn(): void {
    const event = queue[handedOn];
    if (!event) return;
    handedOn += 1;
    position = event.position;
    call(event);
    if (handedOn < mostHandedOn && handedOn < queue.length) return;
    queue.splice(0, handedOn);
    handedOn = 0;
    tail.resume();
  }

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
      tail.close();
      queue.length = 0;
      handedOn = 0;
    },
  };
}
