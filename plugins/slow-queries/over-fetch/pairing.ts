import { ChurnMap, boundedMap, type ReplyKeys } from '../../../shared/index.ts';
import type { AskedRows } from './over-fetch.ts';

/** An exchange whose statements and reply are both known. */
export interface Paired {
  readonly route: string;
  readonly reply: ReplyKeys;
  readonly asked: readonly AskedRows[];
}

/** One reply of a route a second, less often where there was nothing to see. */
const everyMs = 1_000;
const mostEveryMs = 60_000;
/** What did not come together within this time never will. */
const keptMs = 30_000;
const pairsMax = 100;
const routesMax = 500;

interface Pair {
  readonly route: string;
  readonly wantedMs: number;
  reply: ReplyKeys | null;
  asked: readonly AskedRows[] | null;
}

/** Picks the exchanges whose reply is looked at, and brings it together with what was asked: the two are told in any order. */
export class Pairing {
  readonly #pairs = new ChurnMap<string, Pair>();
  readonly #routes = boundedMap<{ nextMs: number; everyMs: number }>(routesMax);

  wants(exchangeId: string, route: string, nowMs: number): boolean {
    const pace = this.#routes.get(route);
    if (pace !== undefined && nowMs < pace.nextMs) return false;
    if (this.#pairs.size >= pairsMax) return false;
    const every = pace?.everyMs ?? everyMs;
    this.#routes.set(route, { nextMs: nowMs + every, everyMs: every });
    this.#pairs.set(exchangeId, { route, wantedMs: nowMs, reply: null, asked: null });
    return true;
  }

  replied(exchangeId: string, reply: ReplyKeys): void {
    const pair = this.#pairs.get(exchangeId);
    if (pair) pair.reply = reply;
  }

  asked(exchangeId: string, asked: readonly AskedRows[]): void {
    const pair = this.#pairs.get(exchangeId);
    if (pair) pair.asked = asked;
  }

  /** Pairs that are complete, taken out; those that never will be go too. */
  take(nowMs: number): readonly Paired[] {
    const taken: Paired[] = [];
    for (const [exchangeId, { route, wantedMs, reply, asked }] of this.#pairs) {
      if (reply !== null && asked !== null) taken.push({ route, reply, asked });
      else if (nowMs - wantedMs < keptMs) continue;
      this.#pairs.delete(exchangeId);
    }
    return taken;
  }

  /** Says whether there was something to see at a route, so that it is looked at oftener or less often. */
  seen(route: string, isOfUse: boolean): void {
    const pace = this.#routes.get(route);
    if (pace) pace.everyMs = isOfUse ? everyMs : Math.min(mostEveryMs, pace.everyMs * 2);
  }
}
