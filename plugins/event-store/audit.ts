import { z } from 'zod';
import { ChurnMap, event, type HttpFinished, type SqlFinished } from '../../shared/index.ts';

/** An exchange changed something: who, what, and which tables it wrote. Kept forever. */
export const Audited = event(
  'event-store/audited',
  'forever',
  z.object({
    exchangeId: z.string(),
    method: z.string(),
    route: z.string(),
    target: z.string(),
    status: z.number().int(),
    principal: z.object({ kind: z.string(), id: z.string(), label: z.string() }).nullable(),
    clientAddress: z.string(),
    /** Tables written by its statements, as far as the tap saw them. */
    tables: z.array(z.string()),
    durationMs: z.number(),
  }),
);
export type AuditEntry = z.output<typeof Audited.schema>;

type Exchange = z.output<typeof HttpFinished.schema>;
type Statement = Pick<z.output<typeof SqlFinished.schema>, 'exchangeId' | 'writes' | 'error'>;

export interface Audit {
  statement(statement: Statement): void;
  /** What to record about a finished exchange; null when it changed nothing. */
  exchange(exchange: Exchange): AuditEntry | null;
}

/** Methods that change nothing by definition (RFC 9110 §9.2.1, and QUERY). */
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY']);
/** Exchanges in flight whose writes are remembered. */
const mostExchanges = 8192;
const mostTables = 50;

/** Which exchanges change something: those that say so by their method, and those seen writing to the database. */
export function audit(options: { readonly readsThatWrite: boolean }): Audit {
  const written = new ChurnMap<string, Set<string>>();

  function statement({ exchangeId, writes, error }: Statement): void {
    if (exchangeId === null || writes.length === 0 || error) return;
    const tables = written.get(exchangeId) ?? new Set();
    for (const table of writes) if (tables.size < mostTables) tables.add(table);
    if (!written.has(exchangeId)) forgetOldest(written);
    written.set(exchangeId, tables);
  }

  function exchange(finished: Exchange): AuditEntry | null {
    const isSafe = safeMethods.has(finished.method);
    // Asked for every exchange there is: most are reads, and nothing was written since.
    if (isSafe && written.size === 0) return null;
    const tables = [...(written.get(finished.exchangeId) ?? [])];
    written.delete(finished.exchangeId);
    const hasWritten = tables.length > 0 && (!isSafe || options.readsThatWrite);
    const hasSucceeded = finished.status > 0 && finished.status < 400;
    // What was written counts even when the reply failed: the change may have been committed before.
    if (!hasWritten && (isSafe || !hasSucceeded)) return null;
    const { exchangeId, method, route, target, status, principal, clientAddress, durationMs } = finished;
    return { exchangeId, method, route, target, status, principal, clientAddress, tables, durationMs };
  }

  return { statement, exchange };
}

function forgetOldest(map: ChurnMap<string, unknown>): void {
  if (map.size < mostExchanges) return;
  const oldest = map.keys().next();
  if (!oldest.done) map.delete(oldest.value);
}
