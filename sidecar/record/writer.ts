import { setTimeout as wait } from 'node:timers/promises';
import { OutriderError, type Log, type Recorded } from '../../shared/index.ts';
import { deadlines } from '../store/deadlines.ts';
import { SqlFailure } from '../store/sql.ts';
import type { Appended, EventStore, Once, Placed } from '../store/store.ts';
import { createTurns } from '../turns.ts';
import type { Durability } from './durability.ts';
import { recordedOf, type Entry, type Scribe, type Written } from './entry.ts';
import type { Queue } from './queue.ts';
import type { Spool } from './spool.ts';
import type { Spooled } from './spool-line.ts';

/** The one writer: takes batches off the queue to the store, or to the spool while the store is away. */
export interface Writer {
  readonly isStoreAway: boolean;
  readonly appended: number;
  /** Events of kind `days` that the time without a store has cost. */
  readonly dropped: number;
  /** Events that could not be kept at all. */
  readonly lost: number;
  /** Ends once the queue is empty and everything taken off it is in the store or on disk. */
  finish(): Promise<void>;
  /** Stops where it is; what was not acknowledged may be lost. */
  stop(): void;
}

export interface WriterOptions {
  readonly store: EventStore;
  readonly queue: Queue;
  readonly spool: Spool;
  readonly durability: Durability;
  readonly scribe: Scribe;
  readonly log: Log;
  /** A store that takes longer for a batch is away; the batch's outcome is found out later, by its number. */
  readonly storeMs: number;
  /** Names this process's batches. */
  readonly writer: string;
  /** Whether the store was opened already. */
  readonly isOpen: boolean;
  /** Called when the store answers for the first time, before anything is appended. */
  onOpened(): Promise<void>;
  /** Called with the events placed, in order. */
  onPlaced(events: readonly Recorded[]): void;
}

const firstRetryMs = 100;
const lastRetryMs = 5_000;
/** While the store is away, one in so many events of kind `days` that are not summed up elsewhere goes to disk. */
const spooledDaysShare = 10;
/** Events told of at once. */
const toldAtOnce = 64;

export function startWriter(options: WriterOptions): Writer {
  const { store, queue, spool, durability, scribe, log, writer, storeMs, onOpened, onPlaced } = options;
  const stopped = new AbortController();
  const limits = deadlines(storeMs);
  /** A thousand events at once would hold the traffic up for as long as they take. */
  const turns = createTurns();
  let isOpen = options.isOpen;
  let isAway = !options.isOpen;
  let isFinishing = false;
  let draining: Promise<void> | null = null;
  let number = 0;
  let appended = 0;
  let dropped = 0;
  let lost = 0;
  let daysSeen = 0;

  async function run(): Promise<void> {
    if (isAway || spool.isActive) drain();
    while (!stopped.signal.aborted) {
      await queue.due();
      const entries = queue.take();
      if (entries.length > 0) await write(entries);
      else if (isFinishing) return;
    }
  }

  async function write(entries: readonly Entry[]): Promise<void> {
    const events = await written(entries);
    const good = events.filter((event) => event !== null);
    const forever = entries.filter(({ keep }) => keep === 'forever').length;
    const bad = events.length - good.length;
    if (bad > 0)
      refused(entries.find((_, index) => events[index] === null)?.type, bad, 'it is not JSON or too large');
    const once = { writer, number: (number += 1) };
    if (isAway || spool.isActive) return toSpool(once, good.filter(isSpooled), forever);
    try {
      const placed = await append(good, once);
      durability.stored(forever, bad);
      await tell(good, placed);
    } catch (error) {
      if (isRefusal(error)) return durability.stored(forever, bad + (await oneByOne(good)));
      wentAway(error);
      // The whole batch, since it may have been placed: only the same one again finds out.
      await toSpool(once, good, forever);
    }
  }

  async function written(entries: readonly Entry[]): Promise<readonly (Written | null)[]> {
    const events: (Written | null)[] = [];
    const turn = turns.take();
    for (const entry of entries) {
      if (turn.isOver()) await turn.next();
      events.push(scribe.written(entry));
    }
    return events;
  }

  async function tell(events: Spooled['events'], placed: readonly Placed[]): Promise<void> {
    const turn = turns.take();
    for (let at = 0; at < events.length; at += toldAtOnce) {
      if (turn.isOver()) await turn.next();
      onPlaced(recordedOf(events.slice(at, at + toldAtOnce), placed.slice(at, at + toldAtOnce)));
    }
  }

  function isSpooled({ keep }: Written): boolean {
    if (keep === 'forever') return true;
    daysSeen += 1;
    const isKept = daysSeen % spooledDaysShare === 0 && !spool.isFull;
    if (!isKept) dropped += 1;
    return isKept;
  }

  /** Waits for room: what is kept forever is not dropped, and everything behind it waits in the queue. */
  async function toSpool(once: Once, events: readonly Written[], forever: number): Promise<void> {
    if (events.length === 0) return durability.spooled(forever);
    for (let isTold = false; !stopped.signal.aborted; isTold = true) {
      try {
        if (await spool.write(once, events)) break;
        if (!isTold) log.warn('The spool is full; events wait in memory', { events: events.length });
      } catch (error) {
        if (!isTold)
          log.warn('The spool cannot be written; events wait in memory', { reason: String(error) });
      }
      await pause(firstRetryMs);
    }
    durability.spooled(forever);
    drain();
  }

  function drain(): void {
    draining ??= drainSpool().finally(() => {
      draining = null;
      // A batch may have been spooled after the last look.
      if (spool.isActive && !stopped.signal.aborted) drain();
    });
  }

  /** Oldest first, each until it is taken: order is kept, and a store that is back is found here. */
  async function drainSpool(): Promise<void> {
    for (let retryMs = firstRetryMs; !stopped.signal.aborted;) {
      try {
        await reopen();
        const next = await spool.first();
        if (!next) return;
        await toStore(next);
        await spool.takeFirst();
        retryMs = firstRetryMs;
      } catch (error) {
        wentAway(error);
        await pause(retryMs);
        retryMs = Math.min(2 * retryMs, lastRetryMs);
      }
    }
  }

  async function reopen(): Promise<void> {
    if (!isAway) return;
    await store.open();
    if (!isOpen) await onOpened();
    isOpen = true;
    isAway = false;
    log.info('The event store answers', { spooledEvents: spool.events });
  }

  async function toStore({ events, once }: Spooled): Promise<void> {
    const forever = once.writer === writer ? events.filter(({ keep }) => keep === 'forever').length : 0;
    try {
      const placed = await append(events, once);
      durability.stored(forever);
      if (placed.length > 0) await tell(events, placed);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      durability.stored(forever, await oneByOne(events));
    }
  }

  async function append(events: Spooled['events'], once?: Once): Promise<readonly Placed[]> {
    if (events.length === 0) return [];
    const placed = await inTime(store.append(events, undefined, once));
    appended += placed.length;
    return placed;
  }

  function inTime<Result>(work: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const end = limits.start(() => {
        reject(new OutriderError('store_unavailable', `It took longer than ${storeMs} ms for a batch.`));
      });
      work.then(resolve, reject).finally(end);
    });
  }

  /** One event the store refuses must not keep the others out. Returns how many it refused. */
  async function oneByOne(events: Spooled['events']): Promise<number> {
    let count = 0;
    for (const event of events) if (!(await isTaken(event))) count += 1;
    return count;
  }

  /** Waits for a store that goes away meanwhile: part of the batch is placed, so it cannot be sent again as one. */
  async function isTaken(event: Appended): Promise<boolean> {
    while (!stopped.signal.aborted) {
      try {
        onPlaced(recordedOf([event], await append([event])));
        return true;
      } catch (error) {
        if (isRefusal(error)) {
          refused(event.type, 1, String(error));
          return false;
        }
        await pause(10 * firstRetryMs);
      }
    }
    return false;
  }

  function refused(type: string | undefined, count: number, reason: string): void {
    lost += count;
    log.warn('An event could not be kept', { type, count, reason });
  }

  function wentAway(error: unknown): void {
    if (isAway) return;
    isAway = true;
    log.warn('The event store is away; events that are kept forever go to disk', { reason: String(error) });
    drain();
  }

  async function pause(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined);
  }

  const running = run();

  return {
    get isStoreAway() {
      return isAway;
    },
    get appended() {
      return appended;
    },
    get dropped() {
      return dropped;
    },
    get lost() {
      return lost;
    },
    async finish() {
      isFinishing = true;
      queue.hurry();
      await running;
    },
    stop() {
      stopped.abort();
      queue.hurry();
    },
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof OutriderError && error.cause instanceof SqlFailure && error.cause.isRefusal;
}
