import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { OutriderError, type EventKind, type Log } from '../../shared/index.ts';
import type { RecordConfig } from '../config-schema.ts';
import { lockDirectory } from '../store/directory-lock.ts';
import type { EventStore } from '../store/store.ts';
import { durability } from './durability.ts';
import { scribe, type Entry } from './entry.ts';
import { eventLog } from './event-log.ts';
import { fanout } from './fanout.ts';
import { isoTimes } from './iso-time.ts';
import { queue } from './queue.ts';
import type { EventAbout, Recorder } from './recorder.ts';
import { startRetention } from './retention.ts';
import { sampler } from './sampler.ts';
import { openSpool } from './spool.ts';
import { startWriter } from './writer.ts';

export interface RecorderOptions {
  readonly store: EventStore;
  readonly config: Pick<RecordConfig, 'days' | 'eventsPerSecond' | 'queuedEvents' | 'spoolBytes'>;
  readonly dataDir: string;
  readonly log: Log;
  readonly nowMs?: () => number;
  readonly newId?: () => string;
  /** Most the store may take for a batch before it counts as away. Default 5 s. */
  readonly storeMs?: number;
}

/** Most events without a place that wait for the end of this turn of the event loop. */
const maxLoose = 10_000;

/**
 * Opens the store and begins to write. A store that does not answer is no reason not to start: events spool until it
 * does. Rejects with `directory_locked` when another process has the data directory.
 */
export async function createRecorder(options: RecorderOptions): Promise<Recorder> {
  const { store, config, dataDir, log, nowMs = Date.now, newId = eventIds(), storeMs = 5_000 } = options;
  const lock = await lockDirectory(join(dataDir, 'spool'));
  const spool = await openSpool(join(dataDir, 'spool'), config.spoolBytes, log);
  const waiting = queue();
  const durable = durability();
  const hand = scribe(newId, isoTimes());
  const live = fanout(store, log);
  const sample = sampler(config.eventsPerSecond);
  let loose: Entry[] = [];
  let sampledAway = 0;
  let dropped = 0;
  let lost = 0;
  let isClosed = false;
  let stopRetention = (): void => undefined;

  async function begin(): Promise<void> {
    live.start(await store.head());
    stopRetention = startRetention({ store, days: config.days, log, now: () => new Date(nowMs()) });
  }
  const isOpen = await opened(store, begin, log).catch((error: unknown) => {
    lock.release();
    throw error;
  });

  const writer = startWriter({
    store,
    queue: waiting,
    spool,
    durability: durable,
    scribe: hand,
    log,
    isOpen,
    storeMs,
    writer: `writer-${randomBytes(9).toString('hex')}`,
    onOpened: begin,
    onPlaced: live.placed,
  });
  const stopListening = store.onAppended(live.follow);

  function record<Data>(kind: EventKind<Data>, data: Data, about: EventAbout = nothing): void {
    const atMs = nowMs();
    const entry: Entry = {
      type: kind.name,
      keep: kind.keep,
      atMs: about.atMs ?? atMs,
      stream: about.stream ?? null,
      traceId: about.traceId ?? null,
      exchangeId: about.exchangeId ?? null,
      causedBy: about.causedBy ?? null,
      data,
    };
    if (kind.keep === 'forever') forever(entry);
    else if (kind.keep === 'live') pushLoose(entry);
    else days(entry, atMs, about.isImportant ?? false);
  }

  /** Twice the queue's bound is reached only when neither store nor disk has taken anything for long. */
  function forever(entry: Entry): void {
    if (isClosed || waiting.length() >= 2 * config.queuedEvents) {
      lost += 1;
      if (lost === 1 || lost % 10_000 === 0) log.warn('Events that are kept forever are lost', { lost });
      return;
    }
    durable.recorded(1);
    waiting.push(entry);
  }

  function days(entry: Entry, atMs: number, isImportant: boolean): void {
    if (!isImportant && !sample.keeps(atMs, entry.exchangeId)) {
      sampledAway += 1;
      pushLoose(entry);
    } else if (isClosed || waiting.length() >= config.queuedEvents) {
      dropped += 1;
    } else waiting.push(entry);
  }

  function pushLoose(entry: Entry): void {
    if (!live.hasSubscribers() || loose.length >= maxLoose) return;
    if (loose.push(entry) === 1) setImmediate(flushLoose);
  }

  function flushLoose(): void {
    const entries = loose;
    loose = [];
    live.loose(entries.map(hand.loose));
  }

  async function close(timeoutMs: number): Promise<void> {
    isClosed = true;
    const kept = durable.reached('disk', timeoutMs);
    const finished = writer.finish();
    try {
      await kept;
      await Promise.race([finished, late(timeoutMs)]);
    } finally {
      writer.stop();
      stopListening();
      stopRetention();
      live.close();
      await spool.close();
      lock.release();
    }
  }

  return {
    record,
    flushed: (timeoutMs) => durable.reached('store', timeoutMs),
    kept: (timeoutMs) => durable.reached('disk', timeoutMs),
    log: eventLog({ store, scribe: hand, nowMs, onPlaced: live.placed }),
    read: (query) => store.stream(query),
    get head() {
      return live.head();
    },
    subscribe: live.subscribe,
    get stats() {
      return {
        queued: waiting.length(),
        spooled: spool.events,
        sampledAway,
        appended: writer.appended,
        isStoreAway: writer.isStoreAway,
        dropped: dropped + writer.dropped,
        lost: lost + writer.lost + spool.damaged,
      };
    },
    close,
  };
}

const nothing: EventAbout = {};

/** False when the store is away; what cannot mend itself is thrown. */
async function opened(store: EventStore, begin: () => Promise<void>, log: Log): Promise<boolean> {
  try {
    await store.open();
    await begin();
    return true;
  } catch (error) {
    if (!(error instanceof OutriderError) || error.code !== 'store_unavailable') throw error;
    log.warn('The event store does not answer; events that are kept forever go to disk', {
      reason: error.message,
    });
    return false;
  }
}

/** Ids that no other process gives and that sort by age, without asking for randomness each time. */
function eventIds(): () => string {
  const prefix = Date.now().toString(36).padStart(9, '0') + randomBytes(6).toString('hex');
  let count = 0;
  return () => `${prefix}-${(count += 1).toString(36)}`;
}

function late(timeoutMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, timeoutMs).unref());
}
