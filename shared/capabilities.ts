import { capability } from './capability.ts';
import type { Recorded } from './events.ts';
import type { Exchange, Headers, Reply } from './exchange.ts';

/** The whole log: append domain events, read any event. */
export interface EventLog {
  /**
   * Appends to one stream, all or nothing, durable when it resolves.
   * `expectedVersion`: a number is the version the stream must have (0: it must not exist), `any` does not check.
   * Rejects with `version_conflict` when the stream has another version.
   */
  append(
    stream: string,
    events: readonly NewEvent[],
    expectedVersion: number | 'any',
  ): Promise<{ readonly version: number; readonly positions: readonly number[] }>;
  /** Events in log order, read page by page; ends at the head of the log. */
  read(query: LogQuery): AsyncIterable<Recorded>;
  /** The position of the last event; 0 when there is none. */
  head(): Promise<number>;
  /** Streams in name order with their last version; at most `limit` (default 100, most 1,000). */
  streams(query: {
    readonly prefix?: string;
    readonly after?: string;
    readonly limit?: number;
  }): Promise<readonly { readonly stream: string; readonly version: number; readonly lastAt: string }[]>;
}

export interface NewEvent {
  readonly type: string;
  readonly data: unknown;
  readonly traceId?: string | null;
  readonly causedBy?: number | null;
}

export interface LogQuery {
  readonly types?: readonly string[];
  readonly stream?: string;
  readonly traceId?: string;
  readonly exchangeId?: string;
  /** Positions above this one. */
  readonly after?: number;
  /** Positions up to and with this one. */
  readonly upTo?: number;
  readonly limit?: number;
  /** Newest first. */
  readonly isBackward?: boolean;
}

/** A plugin's own data: durable, and the same for all sidecars on one store. Keys ≤ 512 characters, values ≤ 1 MiB as JSON. */
export interface Store {
  get<T>(key: string): Promise<T | undefined>;
  set(key: string, value: unknown, options?: { readonly ttlSeconds?: number }): Promise<void>;
  /** Writes only if the key holds exactly what `expected` says (undefined: it must not exist); false when it does not. */
  replace(key: string, expected: unknown, value: unknown): Promise<boolean>;
  list<T>(prefix: string): AsyncIterable<{ readonly key: string; readonly value: T }>;
  delete(key: string): Promise<void>;
}

/** State shared by every sidecar on one Redis, or kept in memory without one. Everything here may be lost at any moment. */
export interface SharedState {
  /** False while Redis is configured and away: counts are then local to this sidecar. */
  readonly isShared: boolean;
  /** Adds and returns the sum; the key ends `ttlSeconds` after its first increment. */
  increment(key: string, by: number, ttlSeconds: number): Promise<number>;
  get(key: string): Promise<string | null>;
  set(key: string, value: string, ttlSeconds: number): Promise<void>;
  delete(key: string): Promise<void>;
  publish(channel: string, message: string): Promise<void>;
  /** Calls back for messages of every sidecar, this one included; the result ends it. */
  subscribe(channel: string, call: (message: string) => void): () => void;
  /** Calls back each time the connection is back: what was missed is unknown, so read again. */
  onReconnected(call: () => void): () => void;
}

/** Read-only, time-limited access to the backend's database on a connection of Outrider's own. */
export interface Database {
  /** False when no connection was configured; every call then rejects with `database_unavailable`. */
  readonly isAvailable: boolean;
  /**
   * `EXPLAIN (FORMAT JSON, VERBOSE)` in a read-only transaction that is rolled back; never ANALYZE.
   * Parameters are given as text, null for NULL; without them the generic plan is asked for where the server can.
   */
  explain(
    text: string,
    parameters: readonly (string | null)[],
    options?: { readonly hypotheticalIndexes?: readonly string[] },
  ): Promise<ExplainedPlan>;
  /** True when the server has HypoPG, so `hypotheticalIndexes` work. */
  canTryIndexes(): Promise<boolean>;
  /** Runs in a read-only transaction with a statement timeout of 5 s; at most 10,000 rows. */
  query<Row>(text: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
}

/** One node of PostgreSQL's JSON plan, with the field names of its documentation ("Node Type", "Total Cost" …). */
export type PostgresPlanNode = Readonly<Record<string, unknown>> & {
  readonly Plans?: readonly PostgresPlanNode[];
};

export interface ExplainedPlan {
  readonly root: PostgresPlanNode;
  readonly totalCost: number;
}

/** Sends requests of the plugin's own to the backend, past every guard and around. */
export interface Backend {
  send(request: {
    readonly method: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly timeoutMs?: number;
  }): Promise<Reply>;
}

/** What a request carries to prove who it is from. */
export interface CredentialReader {
  /** The request's header fields as received, nothing redacted. Only while the exchange is in flight. */
  headersOf(exchange: Exchange): Headers;
}

/** What the host knows of exchanges in flight: for guards on statements. */
export interface Exchanges {
  inFlight(exchangeId: string): Exchange | undefined;
  /**
   * Every exchange in flight that a statement joined to this id may belong to, the newest last: several when clients
   * send one `X-Request-Id` or one `traceparent` with requests at the same time.
   */
  sharing(exchangeId: string): readonly Exchange[];
}

export const Events = capability<EventLog>('events', 'read and append the whole event log', {
  sensitive: true,
});
export const PrivateStore = capability<Store>('store', 'keep data of its own');
export const Shared = capability<SharedState>('shared', 'share counters and messages between sidecars');
export const ApplicationDatabase = capability<Database>('database', 'read the application database', {
  sensitive: true,
});
export const Credentials = capability<CredentialReader>(
  'credentials',
  'see API keys, tokens and cookies in requests',
  {
    sensitive: true,
  },
);
export const BackendAccess = capability<Backend>('backend', 'send requests of its own to the backend', {
  sensitive: true,
});
export const ExchangesInFlight = capability<Exchanges>('exchanges', 'look at the requests in flight', {
  sensitive: true,
});
