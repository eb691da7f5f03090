import type { z } from 'zod';

/**
 * How long a kind of event lives.
 * `forever`: durable before it is acknowledged, never dropped (audit, domain events, findings).
 * `days`: batched; retention drops whole days; under pressure it is sampled and the loss is counted.
 * `live`: only pushed to whoever watches.
 */
export type Keep = 'forever' | 'days' | 'live';

/** A kind of fact. Kinds are values, so an editor can jump from a use to its definition. */
export interface EventKind<Data = unknown> {
  /** `owner/what-happened` in the past tense. */
  readonly name: string;
  readonly keep: Keep;
  readonly schema: z.ZodType<Data>;
}

export function event<Data>(name: string, keep: Keep, schema: z.ZodType<Data>): EventKind<Data> {
  return { name, keep, schema };
}

/** A fact as it lies in the log. */
export interface Recorded<Data = unknown> {
  /** Its place in the log: 1, 2, 3 … without gaps. 0 when it was sampled away and exists only in memory. */
  readonly position: number;
  readonly id: string;
  readonly type: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The stream it belongs to, e.g. `agents/7`, and its version there from 1; null for events without one. */
  readonly stream: string | null;
  readonly streamVersion: number | null;
  /** W3C trace id, shared by an exchange and all the SQL it caused. */
  readonly traceId: string | null;
  readonly exchangeId: string | null;
  /** Position of the event that led to this one. */
  readonly causedBy: number | null;
  readonly data: Data;
}

/** Something to do when a fact has been recorded: off the traffic's path, never when history is replayed. */
export interface Reaction {
  readonly to: EventKind;
  run(event: Recorded): void | Promise<void>;
}

export function on<Data>(
  to: EventKind<Data>,
  run: (event: Recorded<Data>) => void | Promise<void>,
): Reaction {
  // Safe: the host calls `run` only with events of this kind. Method parameters are compared bivariantly.
  return { to, run } as Reaction;
}

/** One step of a fold: how a fact changes what is known. Same state and event in, same state out. */
export interface Step<State> {
  readonly over: EventKind;
  next(state: State, event: Recorded): State;
}

/**
 * The state belongs to one fold alone, so `next` may change it in place and return it; it may read nothing
 * else (no clock, no randomness), or a past moment would look different tomorrow.
 */
export function step<State, Data>(
  over: EventKind<Data>,
  next: (state: State, event: Recorded<Data>) => State,
): Step<State> {
  return { over, next } as Step<State>;
}
