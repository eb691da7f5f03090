import type { z } from 'zod';
import type { HttpFinished, SqlFinished } from '../../shared/index.ts';
import { boundedMap } from './bounded-map.ts';
import type { UsedSince } from './events.ts';

type Statement = Pick<z.output<typeof SqlFinished.schema>, 'exchangeId' | 'durationMs'>;
type Finished = Pick<
  z.output<typeof HttpFinished.schema>,
  'exchangeId' | 'principal' | 'method' | 'route' | 'clientAddress'
>;
type DatabaseRow = UsedSince['databaseTime'][number];
type ClientRow = UsedSince['clients'][number];

export interface UseJoin {
  statement(statement: Statement): void;
  exchange(exchange: Finished): void;
  /** What was added up since the last time; null for nothing. */
  take(): UsedSince | null;
}

/** Exchanges whose statements, or whose end, are waited for, per generation. */
const mostWaiting = 4096;
/** Rows of each kind in one event; more routes are added up under `(other)`, more clients are left out. */
const mostRows = 500;

/** Joins statements to the key of their exchange, in whichever order the two are seen, and counts clients. */
export function useJoin(spent: (keyId: string, databaseMs: number) => void): UseJoin {
  // Not a Map that forgets its oldest: finding that skips every entry deleted since the last rehash.
  const waiting = boundedMap<{ statements: number; databaseMs: number }>(mostWaiting);
  const finished = boundedMap<Finished>(mostWaiting);
  let databaseTime = new Map<string, DatabaseRow>();
  let clients = new Map<string, ClientRow>();

  function addTime({ principal, method, route }: Finished, statements: number, databaseMs: number): void {
    if (principal?.kind !== 'api-key') return;
    const keyId = principal.id;
    spent(keyId, databaseMs);
    const place = databaseTime.size < mostRows ? { method, route } : { method: '*', route: '(other)' };
    const name = `${keyId} ${place.method} ${place.route}`;
    const row = databaseTime.get(name) ?? { keyId, ...place, statements: 0, databaseMs: 0 };
    row.statements += statements;
    row.databaseMs += databaseMs;
    databaseTime.set(name, row);
  }

  function addClient(keyId: string, address: string): void {
    const name = `${keyId} ${address}`;
    const row = clients.get(name) ?? { keyId, address, requests: 0 };
    if (row.requests === 0 && clients.size >= mostRows) return;
    row.requests += 1;
    clients.set(name, row);
  }

  return {
    statement({ exchangeId, durationMs }) {
      if (exchangeId === null) return;
      const exchange = finished.get(exchangeId);
      if (exchange) return addTime(exchange, 1, durationMs);
      const sum = waiting.get(exchangeId);
      if (sum) {
        sum.statements += 1;
        sum.databaseMs += durationMs;
      } else waiting.set(exchangeId, { statements: 1, databaseMs: durationMs });
    },
    exchange(exchange) {
      const sum = waiting.get(exchange.exchangeId);
      if (sum) waiting.delete(exchange.exchangeId);
      if (exchange.principal?.kind !== 'api-key') return;
      finished.set(exchange.exchangeId, exchange);
      addClient(exchange.principal.id, exchange.clientAddress);
      if (sum) addTime(exchange, sum.statements, sum.databaseMs);
    },
    take() {
      if (databaseTime.size === 0 && clients.size === 0) return null;
      const taken = { databaseTime: [...databaseTime.values()], clients: [...clients.values()] };
      databaseTime = new Map();
      clients = new Map();
      return taken;
    },
  };
}
