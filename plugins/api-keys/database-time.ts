import type { z } from 'zod';
import type { DatabaseTimeUsed } from './events.ts';
import type { HttpFinished, SqlFinished } from '../../shared/index.ts';

type Statement = Pick<z.output<typeof SqlFinished.schema>, 'exchangeId' | 'durationMs'>;
type Finished = Pick<z.output<typeof HttpFinished.schema>, 'exchangeId' | 'principal' | 'method' | 'route'>;
type Row = z.output<typeof DatabaseTimeUsed.schema>['rows'][number];

export interface DatabaseTime {
  statement(statement: Statement): void;
  exchange(exchange: Finished): void;
  /** What was added up since the last time. */
  take(): readonly Row[];
}

/** Exchanges whose statements, or whose end, are waited for. */
const mostWaiting = 8192;
/** Rows of one summary; more routes are added up under `(other)`. */
const mostRows = 500;

/** Joins statements to the key of their exchange, in whichever order the two are seen. */
export function databaseTime(spent: (keyId: string, databaseMs: number) => void): DatabaseTime {
  const waiting = new Map<string, { statements: number; databaseMs: number }>();
  const finished = new Map<string, Finished>();
  let rows = new Map<string, Row>();

  function add({ principal, method, route }: Finished, statements: number, databaseMs: number): void {
    if (principal?.kind !== 'api-key') return;
    spent(principal.id, databaseMs);
    const isRoom = rows.size < mostRows;
    const key = isRoom ? `${principal.id} ${method} ${route}` : `${principal.id} (other)`;
    const row = rows.get(key) ?? {
      keyId: principal.id,
      method: isRoom ? method : '*',
      route: isRoom ? route : '(other)',
      statements: 0,
      databaseMs: 0,
    };
    rows.set(key, {
      ...row,
      statements: row.statements + statements,
      databaseMs: row.databaseMs + databaseMs,
    });
  }

  return {
    statement({ exchangeId, durationMs }) {
      if (exchangeId === null) return;
      const exchange = finished.get(exchangeId);
      if (exchange) return add(exchange, 1, durationMs);
      const sum = waiting.get(exchangeId);
      if (sum) {
        sum.statements += 1;
        sum.databaseMs += durationMs;
      } else remember(waiting, exchangeId, { statements: 1, databaseMs: durationMs });
    },
    exchange(exchange) {
      const sum = waiting.get(exchange.exchangeId);
      waiting.delete(exchange.exchangeId);
      if (exchange.principal?.kind !== 'api-key') return;
      remember(finished, exchange.exchangeId, exchange);
      if (sum) add(exchange, sum.statements, sum.databaseMs);
    },
    take() {
      const taken = [...rows.values()];
      rows = new Map();
      return taken;
    },
  };
}

/** The oldest is forgotten when there is no room. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (map.size >= mostWaiting) {
    const oldest = map.keys().next();
    if (!oldest.done) map.delete(oldest.value);
  }
  map.set(key, value);
}
