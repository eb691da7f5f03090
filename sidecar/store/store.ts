import type { LogQuery, Recorded, Store as PrivateStore } from '../../shared/index.ts';

/** Where events, snapshots and plugins' data live. Every implementation passes `store-contract.ts`. */
export interface EventStore {
  readonly kind: 'postgresql' | 'embedded';
  /** Creates or migrates the schema; safe to run from several sidecars at once. */
  open(): Promise<void>;
  /**
   * Appends a batch in one transaction, durable when it resolves. Positions follow each other without gaps,
   * over all sidecars on one store. A stream whose version is not the expected one rejects the whole batch
   * with `version_conflict`, so callers put checked appends into batches of their own. With `once`, the same batch
   * may be sent again when its outcome was never heard: it is placed once. Empty when a later batch of its
   * writer was placed before. Rejects with `store_unavailable` when the store does not answer.
   */
  append(batch: readonly Appended[], check?: ExpectedVersion, once?: Once): Promise<readonly Placed[]>;
  /** One page in log order (or backward), at most `limit` (default and most 1,000). */
  page(query: LogQuery): Promise<readonly Recorded[]>;
  /** Everything a query selects, up to what is the head when it begins, in constant memory. */
  stream(query: LogQuery): AsyncIterable<Recorded>;
  head(): Promise<number>;
  /** The lowest position kept of the kinds that end; 1 when nothing was dropped yet. */
  oldest(): Promise<number>;
  streams(query: {
    readonly prefix?: string;
    readonly after?: string;
    readonly limit?: number;
  }): Promise<readonly { readonly stream: string; readonly version: number; readonly lastAt: string }[]>;
  /** Calls back when another sidecar (or this one) has appended; at most a hint, never lost for longer than 1 s. */
  onAppended(call: () => void): () => void;
  /** Makes day partitions up to tomorrow and drops those of `days` events older than this; returns the days dropped. */
  retain(days: number, now: Date): Promise<readonly string[]>;
  saveSnapshot(snapshot: Snapshot): Promise<void>;
  /** The newest snapshot at or before a position with this fold version. */
  snapshot(panel: string, version: string, atOrBefore: number): Promise<Snapshot | undefined>;
  /** The private store of one plugin. */
  privateStore(plugin: string): PrivateStore;
  close(): Promise<void>;
}

export interface Appended {
  readonly id: string;
  readonly type: string;
  readonly keep: 'forever' | 'days';
  readonly at: string;
  readonly stream: string | null;
  readonly traceId: string | null;
  readonly exchangeId: string | null;
  readonly causedBy: number | null;
  readonly data: unknown;
  /** `data` as JSON text, where it is at hand already. */
  readonly json?: string;
}

/** Names a batch: its writer's batches are numbered upwards. */
export interface Once {
  readonly writer: string;
  readonly number: number;
}

export interface ExpectedVersion {
  readonly stream: string;
  readonly version: number;
}

export interface Placed {
  readonly position: number;
  readonly streamVersion: number | null;
}

export interface Snapshot {
  /** `plugin/id` */
  readonly panel: string;
  /** Changes when the panel's code does, so an old state is never fed to a new fold. */
  readonly version: string;
  readonly position: number;
  readonly state: unknown;
}
