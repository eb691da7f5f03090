import type { Exchange } from './exchange.ts';
import type { Match } from './plugin.ts';

/**
 * Told which keys a JSON reply had, once it has left. Nothing is held back or changed, values are never shown, and a
 * reply nobody `wants` is not copied.
 */
export interface ReplyWatch {
  readonly match?: Match;
  /** Asked for every reply with a 2xx status as it begins: say no to most, for each yes copies and parses a body. */
  wants(exchange: Exchange): boolean;
  seen(exchange: Exchange, reply: ReplyKeys): void;
}

/** What is told of a JSON reply: nothing of one above 128 KiB, of one that is no JSON, or of one whose keys are data. */
export interface ReplyKeys {
  /** Each path once, lists left out: `items.owner.name`. */
  readonly paths: readonly string[];
  /** Of the body, content-decoded. */
  readonly bytes: number;
}
