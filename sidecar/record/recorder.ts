import type { EventKind, EventLog, LogQuery, Recorded } from '../../shared/index.ts';

/** The one writer of the log. Traffic never waits for it. */
export interface Recorder {
  /** Queues an event. `forever` events are never dropped: while the store is away they spool to disk. */
  record<Data>(kind: EventKind<Data>, data: Data, about?: EventAbout): void;
  /** Resolves when every `forever` event recorded before the call is durable in the store; rejects with `store_unavailable` after `timeoutMs`. */
  flushed(timeoutMs: number): Promise<void>;
  /** The same, but content with the spool: on disk it survives anything short of the disk's end, whether or not the store is away. */
  kept(timeoutMs: number): Promise<void>;
  /** Domain events: appended with a version check, durable when it resolves. */
  readonly log: EventLog;
  read(query: LogQuery): AsyncIterable<Recorded>;
  /** The last position this sidecar has delivered to its subscribers. */
  readonly head: number;
  /**
   * Every event after a position, in order, without gaps, then live; those of other sidecars too. Events that
   * were sampled away come with position 0, at once, and only live. A subscriber that falls more than
   * 10,000 events behind is caught up from the store.
   */
  subscribe(after: number, call: (events: readonly Recorded[]) => void): () => void;
  readonly stats: RecorderStats;
  /** Drains everything, at most `timeoutMs`. */
  close(timeoutMs: number): Promise<void>;
}

export interface EventAbout {
  readonly exchangeId?: string | null;
  readonly traceId?: string | null;
  readonly causedBy?: number | null;
  readonly stream?: string | null;
  /** Milliseconds since 1970; now when left out. */
  readonly atMs?: number;
  /** Exempts a `days` event from sampling: errors, slow ones, changes. */
  readonly isImportant?: boolean;
}

export interface RecorderStats {
  readonly queued: number;
  readonly spooled: number;
  /** Since the start. */
  readonly sampledAway: number;
  readonly appended: number;
  readonly isStoreAway: boolean;
  /** `days` events that a full queue or the store's absence has cost. */
  readonly dropped: number;
  /** `forever` events lost: more were recorded than store, disk and memory could take, or they were no JSON. */
  readonly lost: number;
}
