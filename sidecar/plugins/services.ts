import {
  ApplicationDatabase,
  BackendAccess,
  Credentials,
  Events,
  ExchangesInFlight,
  OutriderError,
  PrivateStore,
  recordedKinds,
  Shared,
  type Backend,
  type CredentialReader,
  type Database,
  type EventLog,
  type Exchanges,
  type Plugin,
  type SharedState,
  type Store,
} from '../../shared/index.ts';
import type { InFlightTable } from './in-flight.ts';

/** What the host's own capabilities are made of. */
export interface ServiceSources {
  readonly log: EventLog;
  readonly privateStore: (plugin: string) => Store;
  readonly shared: SharedState;
  readonly database: Database;
  readonly backend: Backend;
  readonly inFlight: InFlightTable;
}

/** The services a plugin listed, under its own names for them; nothing it did not list. */
export function servicesFor(
  plugin: Plugin,
  sources: ServiceSources,
  provided: ReadonlyMap<string, unknown>,
): Readonly<Record<string, unknown>> {
  const pairs = Object.entries(plugin.uses).map(([name, { id }]) => {
    const make = makers[id];
    return [name, make ? make(plugin.name, sources) : provided.get(id)] as const;
  });
  return Object.fromEntries(pairs);
}

const makers: Readonly<Record<string, (plugin: string, sources: ServiceSources) => unknown>> = {
  [Events.id]: (plugin, { log }) => guardedLog(plugin, log),
  [PrivateStore.id]: (plugin, { privateStore }) => privateStore(plugin),
  [Shared.id]: (plugin, { shared }) => new Prefixed(shared, `${plugin}:`),
  [ApplicationDatabase.id]: (_plugin, { database }) => database,
  [Credentials.id]: (_plugin, { inFlight }) => credentialsOf(inFlight),
  [BackendAccess.id]: (_plugin, { backend }) => backend,
  [ExchangesInFlight.id]: (_plugin, { inFlight }): Exchanges => ({
    inFlight: (id) => inFlight.record(id),
    sharing: (id) => inFlight.sharing(id),
  }),
};

const hostKinds: ReadonlySet<string> = new Set(recordedKinds.map(({ name }) => name));

/** The whole log; what only the host records cannot be forged through it. */
function guardedLog(plugin: string, log: EventLog): EventLog {
  return {
    append(stream, events, expectedVersion) {
      const forged = events.find(({ type }) => hostKinds.has(type));
      if (forged) {
        return Promise.reject(
          new OutriderError(
            'input_invalid',
            `${plugin} may not append ${forged.type}: only the host records it.`,
          ),
        );
      }
      return log.append(stream, events, expectedVersion);
    },
    read: (query) => log.read(query),
    head: () => log.head(),
    streams: (query) => log.streams(query),
  };
}

/**
 * Two plugins that count under one name do not meet. A class, since V8 keeps a literal with a getter as a dictionary and guards ask
 * `isShared` for every request; its functions are its own, so a plugin may take them off.
 */
class Prefixed implements SharedState {
  readonly #shared: SharedState;
  readonly #prefix: string;

  constructor(shared: SharedState, prefix: string) {
    this.#shared = shared;
    this.#prefix = prefix;
  }

  get isShared(): boolean {
    return this.#shared.isShared;
  }

  readonly increment: SharedState['increment'] = (key, by, ttlSeconds) =>
    this.#shared.increment(this.#prefix + key, by, ttlSeconds);
  readonly get: SharedState['get'] = (key) => this.#shared.get(this.#prefix + key);
  readonly set: SharedState['set'] = (key, value, ttlSeconds) =>
    this.#shared.set(this.#prefix + key, value, ttlSeconds);
  readonly delete: SharedState['delete'] = (key) => this.#shared.delete(this.#prefix + key);
  readonly publish: SharedState['publish'] = (channel, message) =>
    this.#shared.publish(this.#prefix + channel, message);
  readonly subscribe: SharedState['subscribe'] = (channel, call) =>
    this.#shared.subscribe(this.#prefix + channel, call);
  readonly onReconnected: SharedState['onReconnected'] = (call) => this.#shared.onReconnected(call);
}

function credentialsOf(inFlight: InFlightTable): CredentialReader {
  return {
    headersOf(exchange) {
      const record = inFlight.recordOf(exchange);
      if (!record) throw new Error('Credentials can only be read while the exchange is in flight.');
      return record.rawHeaders;
    },
  };
}
