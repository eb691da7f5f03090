import { ChurnMap } from '../../../shared/index.ts';
import { ConnectionUse, type Executed, type Held, type Told } from './connection-use.ts';

/** An exchange asked nothing while others held every connection of its pool, and went on as soon as one was free. */
export interface PoolWait {
  readonly exchangeId: string;
  readonly route: string;
  readonly gapMs: number;
  /** Of the gap: while all were held by others. */
  readonly busyMs: number;
  readonly connections: number;
  /** The statement that then ran. */
  readonly text: string;
  /** What held the connection that it got. */
  readonly heldBy: string;
}

/** Statements of others that still run when an exchange ends are heard of later. */
const judgedAfterMs = 10_000;
/** Connections not used for so long before a gap are no longer counted as the pool's. */
const pooledMs = 30_000;
const leastShare = 0.8;
/** Handing over a connection takes a backend that long at most. */
const handOverMs = 100;
const mostExchanges = 500;
const mostStatements = 50;

/**
 * Tells waiting for a connection from working between statements. The tap cannot see inside the backend's pool, so it
 * takes as evidence that all connections seen of that user and database were held for most of the gap, each by a
 * statement or an open transaction of somebody else, and that the statement after the gap ran on one just given back. A pool
 * of one looks like a backend that does one thing at a time, unless another exchange came and was answered in the gap.
 */
export class PoolWaits {
  readonly #leastMs: number;
  readonly #use = new ConnectionUse();
  /** Of each exchange the numbers of its statements. */
  readonly #asked = new ChurnMap<string, number[]>();
  #ended: Ended[] = [];
  readonly #answered = new AnsweredTimes();

  constructor(leastMs: number) {
    this.#leastMs = leastMs;
  }

  statement(told: Told, startedMs: number): void {
    const number = this.#use.add(told, startedMs);
    const { exchangeId } = told;
    if (exchangeId === null) return;
    const asked = this.#asked.get(exchangeId);
    if (asked === undefined) {
      if (this.#asked.size < mostExchanges) this.#asked.set(exchangeId, [number]);
    } else if (asked.length < mostStatements) asked.push(number);
  }

  /** Answers what the exchange asked, as far as it is kept. */
  exchange(exchangeId: string, route: string, endedMs: number, durationMs: number): readonly Executed[] {
    const numbers = this.#asked.get(exchangeId);
    this.#answered.add(endedMs - durationMs, endedMs);
    if (numbers === undefined) return nothing;
    this.#asked.delete(exchangeId);
    const asked: Executed[] = [];
    for (const number of numbers) {
      const executed = this.#use.at(number);
      if (executed !== null) asked.push(executed);
    }
    if (durationMs >= this.#leastMs && asked.length > 0 && this.#ended.length < mostExchanges)
      this.#ended.push({ exchangeId, route, arrivedMs: endedMs - durationMs, endedMs, asked });
    return asked;
  }

  /** Judges the exchanges that ended long enough ago. */
  take(nowMs: number): readonly PoolWait[] {
    const ripe = this.#ended.filter(({ endedMs }) => endedMs + judgedAfterMs <= nowMs);
    if (ripe.length > 0) this.#ended = this.#ended.filter((each) => !ripe.includes(each));
    // Exchanges whose end is never heard of would fill the memory.
    if (this.#asked.size >= mostExchanges) this.#asked.clear();
    return ripe.flatMap((each) => this.#judged(each) ?? []);
  }

  #judged({ exchangeId, route, arrivedMs, asked }: Ended): PoolWait | null {
    const gap = longestGap(arrivedMs, asked);
    if (gap === null || gap.toMs - gap.fromMs < this.#leastMs) return null;
    const held = this.#use.between(gap.next, gap.fromMs - pooledMs, gap.toMs);
    const connections = new Set(held.map(({ executed }) => executed.connection)).size;
    if (connections === 0 || (connections === 1 && !this.#answered.hasWithin(gap))) return null;
    const others = held.filter((each) => each.executed.exchangeId !== exchangeId && each.toMs > gap.fromMs);
    const busyMs = allHeldMs(others, connections, gap.fromMs, gap.toMs);
    const gapMs = gap.toMs - gap.fromMs;
    const before = others.findLast(
      ({ executed, toMs }) =>
        executed.connection === gap.next.connection && toMs <= gap.toMs + 1 && gap.toMs - toMs <= handOverMs,
    );
    if (!before || busyMs < gapMs * leastShare) return null;
    return {
      exchangeId,
      route,
      gapMs,
      busyMs,
      connections,
      text: gap.next.text,
      heldBy: before.executed.text,
    };
  }
}

const nothing: readonly Executed[] = [];

/** When the last exchanges arrived and were answered, in a ring. */
class AnsweredTimes {
  readonly #fromMs = new Float64Array(mostExchanges);
  readonly #toMs = new Float64Array(mostExchanges);
  #next = 0;

  add(fromMs: number, toMs: number): void {
    this.#fromMs[this.#next] = fromMs;
    this.#toMs[this.#next] = toMs;
    this.#next = (this.#next + 1) % mostExchanges;
  }

  hasWithin({ fromMs, toMs }: Gap): boolean {
    return this.#fromMs.some((from, place) => from >= fromMs && (this.#toMs[place] ?? Infinity) <= toMs);
  }
}

interface Ended {
  readonly exchangeId: string;
  readonly route: string;
  readonly arrivedMs: number;
  readonly endedMs: number;
  readonly asked: readonly Executed[];
}

interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly next: Executed;
}

/** The longest time in which an exchange had nothing running and no transaction open. */
function longestGap(arrivedMs: number, asked: readonly Executed[]): Gap | null {
  let best: Gap | null = null;
  let idleSinceMs = arrivedMs;
  for (const next of [...asked].sort((a, b) => a.startedMs - b.startedMs)) {
    const lengthMs = next.startedMs - idleSinceMs;
    if (next.transaction === 'I' && lengthMs > (best ? best.toMs - best.fromMs : 0))
      best = { fromMs: idleSinceMs, toMs: next.startedMs, next };
    idleSinceMs = Math.max(idleSinceMs, next.startedMs + next.durationMs);
  }
  return best;
}

/** For how long of a time every one of so many connections was held at once. */
function allHeldMs(held: readonly Held[], connections: number, fromMs: number, toMs: number): number {
  const turns = held
    .flatMap(({ executed: { connection }, fromMs: from, toMs: to }) => [
      { atMs: Math.max(from, fromMs), connection, by: 1 },
      { atMs: Math.min(to, toMs), connection, by: -1 },
    ])
    .sort((a, b) => a.atMs - b.atMs || b.by - a.by);
  const depth = new Map<number, number>();
  let sumMs = 0;
  let lastMs = fromMs;
  let busy = 0;
  for (const { atMs, connection, by } of turns) {
    if (busy === connections) sumMs += atMs - lastMs;
    lastMs = atMs;
    const next = (depth.get(connection) ?? 0) + by;
    depth.set(connection, next);
    if (by === 1 && next === 1) busy += 1;
    if (by === -1 && next === 0) busy -= 1;
  }
  return sumMs;
}
