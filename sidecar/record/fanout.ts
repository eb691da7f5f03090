import type { Log, Recorded } from '../../shared/index.ts';
import type { EventStore } from '../store/store.ts';
import { recentEvents } from './recent.ts';

/** Delivers the log to its subscribers: in order, without gaps, other sidecars' events included. */
export interface Fanout {
  /** The last position delivered. */
  head(): number;
  hasSubscribers(): boolean;
  /** Begins at the store's head; called once, when the store first answers. */
  start(head: number): void;
  /** Events of our own that the store has placed, in order. */
  placed(events: readonly Recorded[]): void;
  /** Events that have no place, to whoever is live. */
  loose(events: readonly Recorded[]): void;
  /** Reads on in the store: others may have appended. */
  follow(): void;
  subscribe(after: number, call: Call): () => void;
  close(): void;
}

type Call = (events: readonly Recorded[]) => void;

interface Subscriber {
  readonly call: Call;
  after: number;
  /** False while it is behind and fed from the store. */
  isLive: boolean;
  isEnded: boolean;
}

/** Batches of our own that wait for others' events before them; above it they are read from the store instead. */
const maxWaitingBatches = 64;
const pageEvents = 1_000;
const retryMs = 1_000;

export function fanout(store: EventStore, log: Log): Fanout {
  const subscribers = new Set<Subscriber>();
  const recent = recentEvents();
  let head = 0;
  let isStarted = false;
  let isClosed = false;
  let waiting: (readonly Recorded[])[] = [];
  let isFollowing = false;
  let isAskedAgain = false;

  function deliver(events: readonly Recorded[]): void {
    const last = events.at(-1);
    if (!last) return;
    recent.add(events, head);
    head = last.position;
    for (const subscriber of subscribers) {
      if (!subscriber.isLive) continue;
      give(subscriber, events);
    }
  }

  /** A subscriber that throws has heard it all the same: the others must not wait for it. */
  function give(subscriber: Subscriber, events: readonly Recorded[]): void {
    if (subscriber.isEnded || events.length === 0) return;
    try {
      subscriber.call(events);
    } catch (error) {
      log.warn('A subscriber of the log threw', { reason: String(error) });
    }
  }

  function deliverWaiting(): void {
    // A page read meanwhile may have held the beginning of a batch, or all of it.
    waiting = waiting
      .map((batch) => (isAhead(batch) ? batch : batch.filter(({ position }) => position > head)))
      .filter((batch) => batch.length > 0);
    while (waiting[0]?.[0]?.position === head + 1) deliver(waiting.shift() ?? []);
  }

  const isAhead = ([first]: readonly Recorded[]): boolean => (first?.position ?? 0) > head;

  async function follow(): Promise<void> {
    isAskedAgain = true;
    if (!isStarted || isClosed || isFollowing) return;
    isFollowing = true;
    try {
      while (isAskedAgain) {
        isAskedAgain = false;
        await readOn();
      }
    } catch {
      // The store is away: whoever writes says so, and a later hint brings us back here.
    } finally {
      isFollowing = false;
    }
  }

  async function readOn(): Promise<void> {
    while (!isClosed) {
      deliverWaiting();
      const upTo = waiting[0]?.[0] && waiting[0][0].position - 1;
      const page = await store.page({ after: head, limit: pageEvents, ...(upTo !== undefined && { upTo }) });
      const fresh = page.filter(({ position }) => position > head);
      deliver(fresh);
      // Nothing before our own batch: those places were dropped with their day.
      if (fresh.length === 0 && upTo !== undefined && upTo > head) head = upTo;
      if (fresh.length < pageEvents && upTo === undefined) return;
    }
  }

  async function catchUp(subscriber: Subscriber): Promise<void> {
    while (!subscriber.isEnded && !isClosed) {
      const rest = isStarted ? recent.after(subscriber.after, head) : null;
      if (rest) {
        subscriber.isLive = true;
        give(subscriber, rest);
        return;
      }
      try {
        if (!isStarted) throw new Error('not started');
        const upTo = head;
        const page = await store.page({ after: subscriber.after, upTo, limit: pageEvents });
        give(subscriber, page);
        subscriber.after = page.length < pageEvents ? upTo : (page.at(-1)?.position ?? upTo);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, retryMs).unref());
      }
    }
  }

  return {
    head: () => head,
    hasSubscribers: () => subscribers.size > 0,
    start(at) {
      head = at;
      isStarted = true;
    },
    placed(events) {
      if (events.length === 0) return;
      if (events[0]?.position === head + 1) deliver(events);
      else if (waiting.length < maxWaitingBatches) waiting.push(events);
      if (waiting.length > 0 || (events[0]?.position ?? 0) > head) void follow();
    },
    loose(events) {
      for (const subscriber of subscribers) if (subscriber.isLive) give(subscriber, events);
    },
    follow: () => void follow(),
    subscribe(after, call) {
      const subscriber: Subscriber = { call, after, isLive: false, isEnded: false };
      subscribers.add(subscriber);
      // Not at once: a caller may not expect to be called before it has what ends the subscription.
      queueMicrotask(() => void catchUp(subscriber));
      return () => {
        subscriber.isEnded = true;
        subscribers.delete(subscriber);
      };
    },
    close() {
      isClosed = true;
      subscribers.clear();
    },
  };
}
