import { randomBytes } from 'node:crypto';
import type { SqlFinished } from '../../../shared/index.ts';
import type { LabelledTrace } from '../../../plugins/n-plus-one/testing/labelled-traces.ts';
import type { StatementFact } from '../../../plugins/n-plus-one/trace.ts';
import { sqlSchema } from '../../../sidecar/config-schema.ts';
import { createSqlFacts } from '../../../sidecar/plugins/sql-facts.ts';
import { createSqlTap } from '../../../sidecar/sql/sql-tap.ts';
import type { InFlight, InFlightExchange } from '../../../sidecar/sql/statements.ts';

type Label = Pick<LabelledTrace, 'is' | 'of' | 'why'> & { readonly route: string };

interface Open extends InFlightExchange {
  readonly label: Label;
  readonly statements: StatementFact[];
}

/** The exchanges a program says are in flight, as the tap's join sees them, and the statements joined to each. */
export class ExchangesUnderRecording implements InFlight {
  readonly #open = new Map<string, Open>();

  size(): number {
    return this.#open.size;
  }

  /** Returns the trace id of the new exchange. */
  begin(id: string, label: Label): string {
    const traceId = randomBytes(16).toString('hex');
    const values = () => new Set<string>();
    this.#open.set(id, { id, traceId, startedMs: Date.now(), values, label, statements: [] });
    return traceId;
  }

  end(id: string): Omit<LabelledTrace, 'tool'> {
    const open = this.#open.get(id);
    if (!open) throw new Error(`${id} ended and had not begun.`);
    this.#open.delete(id);
    const { is, of, why, route } = open.label;
    const trace = { exchangeId: id, traceId: open.traceId, route, statements: open.statements };
    return { name: id, is, of, why, trace };
  }

  add(fact: StatementFact, exchangeId: string | null): void {
    if (exchangeId !== null) this.#open.get(exchangeId)?.statements.push(fact);
  }

  byTrace(traceId: string): InFlightExchange | undefined {
    return [...this.#open.values()].find((each) => each.traceId === traceId);
  }

  all(): Iterable<InFlightExchange> {
    return this.#open.values();
  }
}

export interface TapOnto {
  readonly url: string;
  /** Resolves when no statement was told for a while: the tap tells of them after it passed them on. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const quietMs = 15;

/** The sidecar's own tap before a database, telling facts as the host records them. */
export async function tapOnto(databaseUrl: string, exchanges: ExchangesUnderRecording): Promise<TapOnto> {
  let toldAtMs = 0;
  const facts = createSqlFacts({
    record(_kind, data) {
      toldAtMs = performance.now();
      // Safe: the only kind that is recorded here, since nothing asks for a summary.
      const fact = data as (typeof SqlFinished)['schema']['_zod']['output'];
      exchanges.add(fact, fact.exchangeId);
    },
  });
  const target = new URL(databaseUrl);
  const tap = createSqlTap({
    config: sqlSchema.parse({ upstream: target.host, listen: '127.0.0.1:0' }),
    statements: {
      isGuarded: () => false,
      check: () => ({ allow: true }),
      finished: (statement) => facts.finished(statement),
    },
    inFlight: exchanges,
    log: { info: () => undefined, warn: (message) => console.error(message) },
    nowMs: () => performance.timeOrigin + performance.now(),
  });
  const { port } = await tap.listen();
  target.host = `127.0.0.1:${port}`;
  return {
    url: target.href,
    async settled() {
      do await new Promise((resolve) => setTimeout(resolve, quietMs));
      while (performance.now() - toldAtMs < quietMs);
    },
    close: () => tap.close(1),
  };
}
