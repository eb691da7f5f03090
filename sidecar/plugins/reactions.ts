import type { Reaction, Recorded } from '../../shared/index.ts';
import { within, type Clock } from './clock.ts';
import type { Guardrail } from './guardrail.ts';
import { policy } from './policy.ts';

/** One plugin's reactions: one at a time, in the order of the log, never awaited by traffic. */
export interface ReactionQueue {
  push(reaction: Reaction, event: Recorded): void;
  readonly length: number;
  /** Events that were not reacted to because the queue was full or the hook suspended, since the start. */
  readonly dropped: number;
  /** Resolves when the queue is empty. */
  drained(): Promise<void>;
  /** Forgets what still waits. */
  close(): void;
}

/** Events that were reacted to are let go of in groups of this many: under load the queue may never be empty. */
const mostDone = 256;
/** A turn handles this many events before it lets the event loop do traffic. */
const eventsPerTurn = 64;

export function createReactionQueue(
  rail: Guardrail,
  clock: Clock,
  maxQueued: number = policy.queuedReactions,
): ReactionQueue {
  // Two flat arrays and a read index: nothing is allocated for an event that waits.
  let reactions: Reaction[] = [];
  let events: Recorded[] = [];
  let next = 0;
  let dropped = 0;
  let isRunning = false;
  let waiting: (() => void)[] = [];

  function push(reaction: Reaction, event: Recorded): void {
    if (reactions.length - next >= maxQueued || !rail.isOpen) {
      dropped += 1;
      return;
    }
    reactions.push(reaction);
    events.push(event);
    if (isRunning) return;
    isRunning = true;
    setImmediate(turns);
  }

  /** Awaits only what is asynchronous: an `await` costs more than most reactions. */
  async function turns(): Promise<void> {
    for (let done = 0; next < reactions.length; done += 1) {
      if (done === eventsPerTurn) return nextTurn();
      const reaction = reactions[next];
      const event = events[next];
      next += 1;
      const pending = reaction && event ? react(reaction, event) : null;
      if (pending !== null) await pending;
    }
    empty();
  }

  function nextTurn(): void {
    if (next >= mostDone) forgetDone();
    setImmediate(turns);
  }

  function forgetDone(): void {
    reactions = reactions.slice(next);
    events = events.slice(next);
    next = 0;
  }

  function react(reaction: Reaction, event: Recorded): Promise<void> | null {
    if (!rail.mayRun()) {
      dropped += 1;
      return null;
    }
    const startedMs = rail.begin();
    try {
      const pending = reaction.run(event);
      if (pending instanceof Promise) return settle(pending, startedMs);
      rail.succeeded(startedMs);
    } catch (error) {
      rail.failed(error);
    }
    return null;
  }

  async function settle(pending: Promise<void>, startedMs: number): Promise<void> {
    try {
      await within(clock, policy.reactionMs, pending, late);
      rail.succeeded(startedMs);
    } catch (error) {
      rail.failed(error);
    }
  }

  function empty(): void {
    reactions = [];
    events = [];
    next = 0;
    isRunning = false;
    waiting.splice(0).forEach((call) => call());
  }

  return {
    push,
    get length() {
      return reactions.length - next;
    },
    get dropped() {
      return dropped;
    },
    drained: () => (isRunning ? new Promise<void>((resolve) => waiting.push(resolve)) : Promise.resolve()),
    close() {
      dropped += reactions.length - next;
      next = reactions.length;
    },
  };
}

const late = (): Error => new Error(`The reaction took longer than ${policy.reactionMs / 1000} s.`);
