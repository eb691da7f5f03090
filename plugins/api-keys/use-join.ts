import type { z } from 'zod';
import type { Exchange, SqlFinished } from '../../shared/index.ts';
import { boundedMap } from './bounded-map.ts';
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
  let clients = new Map<string, ClientRow>();
  /** Requests mostly come several in a row from one client. */
  let last: ClientRow | null = null;

  function addTime({ keyId, method, route }: Begun, databaseMs: number): void {
    spent(keyId, databaseMs);
    const place = databaseTime.size < mostRows ? { method, route } : { method: '*', route: '(other)' };
    const name = `${keyId} ${place.method} ${place.route}`;
    const row = databaseTime.get(name) ?? { keyId, ...place, statements: 0, databaseMs: 0 };
    row.statements += 1;
    row.databaseMs += databaseMs;
    databaseTime.set(name, row);
  }

  function clientOf(keyId: string, address: string): ClientRow | null {
    if (last !== null && last.keyId === keyId && last.address === address) return last;
    const name = `${keyId} ${address}`;
    const row = clients.get(name) ?? { keyId, address, requests: 0 };
    if (row.requests === 0 && clients.size >= mostRows) return null;
    clients.set(name, row);
    return row;
  }

  return {
    began(keyId, { id, request }) {
      last = clientOf(keyId, request.clientAddress);
      if (last !== null) last.requests += 1;
      if (hasStatements) exchanges.set(id, { keyId, method: request.method, route: request.route });
    },
    statement({ exchangeId, durationMs }) {
      if (exchangeId === null) return;
      hasStatements = true;
      const exchange = exchanges.get(exchangeId);
      if (exchange) addTime(exchange, durationMs);
    },
    take() {
      if (databaseTime.size === 0 && clients.size === 0) return null;
      const taken = { databaseTime: [...databaseTime.values()], clients: [...clients.values()] };
      databaseTime = new Map();
      clients = new Map();
      last = null;
      return taken;
    },
  };
}

interface Begun {
  readonly keyId: string;
  readonly method: string;
  readonly route: string;
}
