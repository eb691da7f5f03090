import type { Reaction, Recorded } from '../../shared/index.ts';
import { Fifo } from '../fifo.ts';
import { within, type Clock } from './clock.ts';
import type { Guardrail } from './guardrail.ts';
import { policy } from './policy.ts';

/** One plugin's reactions: one at a time, in the order of the log, never awaited by traffic. */
export interface ReactionQueue {
  push(reaction: Reaction, event: Recorded): void;
  length(): number;
  /** Events that were not reacted to because the queue was full or the hook suspended, since the start. */
  dropped(): number;
  /** Resolves when the queue is empty. */
  drained(): Promise<void>;
  /** Forgets what still waits. */
  close(): void;
}

/** A turn handles this many events before it lets the event loop do traffic. */
const eventsPerTurn = 64;

export function createReactionQueue(
  rail: Guardrail,
  clock: Clock,
  maxQueued: number = policy.queuedReactions,
): ReactionQueue {
  // Two queues in step: nothing is allocated for an event that waits.
  const reactions = new Fifo<Reaction>();
  const events = new Fifo<Recorded>();
  let dropped = 0;
  let isRunning = false;
  let waiting: (() => void)[] = [];

  function push(reaction: Reaction, event: Recorded): void {
    if (events.length >= maxQueued || !rail.isOpen) {
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
    for (let done = 0; events.length > 0; done += 1) {
      if (done === eventsPerTurn) return void setImmediate(turns);
      const reaction = reactions.shift();
      const event = events.shift();
      const pending = reaction && event ? react(reaction, event) : null;
      if (pending !== null) await pending;
    }
    isRunning = false;
    waiting.splice(0).forEach((call) => call());
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

  return {
    push,
    length: () => events.length,
    dropped: () => dropped,
    drained: () => (isRunning ? new Promise<void>((resolve) => waiting.push(resolve)) : Promise.resolve()),
    close() {
      dropped += events.length;
      reactions.clear();
      events.clear();
    },
  };
}

const late = (): Error => new Error(`The reaction took longer than ${policy.reactionMs / 1000} s.`);
