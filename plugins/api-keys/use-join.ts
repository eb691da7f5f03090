import { boundedMap, type Exchange, type SqlFinished } from '../../shared/index.ts';
import type { z } from 'zod';
import type { UsedSince } from './events.ts';

type Statement = Pick<z.output<typeof SqlFinished.schema>, 'exchangeId' | 'durationMs'>;
type DatabaseRow = UsedSince['databaseTime'][number];
type ClientRow = UsedSince['clients'][number];

export interface UseJoin {
  /** A request with a key was let through. Runs for each, so it is cheap. */
  began(keyId: string, exchange: Pick<Exchange, 'id' | 'request'>): void;
  statement(statement: Statement): void;
  /** What was added up since the last time; null for nothing. */
  take(): UsedSince | null;
}

/** Exchanges whose statements may still come, per generation: some seconds of a busy service, 3 MB. */
const mostExchanges = 16_384;
/** Rows of each kind in one event; more routes are added up under `(other)`, more clients are left out. */
const mostRows = 500;

/** Joins statements to the key of their exchange, and counts clients, without hearing of each exchange's end. */
export function useJoin(spent: (keyId: string, databaseMs: number) => void): UseJoin {
  const exchanges = boundedMap<Begun>(mostExchanges);
  /** Nothing has to be remembered of exchanges while there is no tap. */
  let hasStatements = false;
  let databaseTime = new Map<string, DatabaseRow>();
  /** Key id → address: found without building a name, since this runs for each request. */
  let clients = new Map<string, Map<string, ClientRow>>();
  let clientCount = 0;
  /** Requests of one client mostly come one after the other. */
  let latest: ClientRow | null = null;

  function addTime({ keyId, method, route }: Begun, databaseMs: number): void {
    spent(keyId, databaseMs);
    const place = databaseTime.size < mostRows ? { method, route } : { method: '*', route: '(other)' };
    const name = `${keyId} ${place.method} ${place.route}`;
    const row = databaseTime.get(name) ?? { keyId, ...place, statements: 0, databaseMs: 0 };
    row.statements += 1;
    row.databaseMs += databaseMs;
    databaseTime.set(name, row);
  }

  function addClient(keyId: string, address: string): void {
    const isLatest = latest !== null && latest.keyId === keyId && latest.address === address;
    if (!isLatest) latest = clientOf(keyId, address);
    if (latest !== null) latest.requests += 1;
  }

  /** Null where there are too many. */
  function clientOf(keyId: string, address: string): ClientRow | null {
    const row = clients.get(keyId)?.get(address);
    if (row) return row;
    if (clientCount >= mostRows) return null;
    clientCount += 1;
    const ofKey = clients.get(keyId) ?? new Map<string, ClientRow>();
    const added = { keyId, address, requests: 0 };
    clients.set(keyId, ofKey.set(address, added));
    return added;
  }

  return {
    began(keyId, { id, request }) {
      addClient(keyId, request.clientAddress);
      if (hasStatements) exchanges.set(id, { keyId, method: request.method, route: request.route });
    },
    statement({ exchangeId, durationMs }) {
      if (exchangeId === null) return;
      hasStatements = true;
      const exchange = exchanges.get(exchangeId);
      if (exchange) addTime(exchange, durationMs);
    },
    take() {
      if (databaseTime.size === 0 && clientCount === 0) return null;
      const rows = [...clients.values()].flatMap((ofKey) => [...ofKey.values()]);
      const taken = { databaseTime: [...databaseTime.values()], clients: rows };
      databaseTime = new Map();
      clients = new Map();
      clientCount = 0;
      latest = null;
      return taken;
    },
  };
}

interface Begun {
  readonly keyId: string;
  readonly method: string;
  readonly route: string;
}
