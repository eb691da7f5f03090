import pg from 'pg';
import { appendBatch } from '../../sidecar/store/append.ts';
import { migrationScript } from '../../sidecar/store/schema.ts';
import type { Parameter } from '../../sidecar/store/sql.ts';
import type { Appended } from '../../sidecar/store/store.ts';

/** What the sidecar has its PostgreSQL do, so that others can be measured beside the same work. */
export interface StoreWork {
  /** What the sidecar's recorder has written so far. */
  written(): Promise<Written>;
  /** Appends the sidecar's newest events again and again, at a steady rate, until it is stopped. */
  repeat(perSecond: Written): Promise<() => Promise<void>>;
  end(): Promise<void>;
}

export interface Written {
  readonly events: number;
  readonly batches: number;
}

/**
 * The event store works on the core of the load generator and of the backend. That takes from whoever is measured what is
 * none of the proxy: bare http-proxy, with a PostgreSQL that appends beside it, was seen to lose a sixth of its
 * throughput, and its p99 went from 3 to 5 ms. So the store does the same work while the peers are under load: the
 * recorder's own statement, put together once and sent again and again, in a log of its own.
 */
export async function storeWork(databaseUrl: string): Promise<StoreWork> {
  const [log, copies] = await Promise.all([connected(databaseUrl), copiesBeside(databaseUrl)]);

  async function newest(count: number): Promise<readonly Appended[]> {
    const { rows } = await log.query<Appended>(newestEvents, [count]);
    return rows;
  }

  return {
    async written() {
      const { rows } = await log.query<Record<keyof Written, string>>(writtenSoFar);
      return { events: Number(rows[0]?.events), batches: Number(rows[0]?.batches) };
    },
    async repeat({ events, batches }) {
      const batch = await newest(batches === 0 ? 0 : Math.round(events / batches));
      if (batch.length === 0) return async () => undefined;
      return steadily(copies, await statementFor(batch), 1000 / batches);
    },
    end: async () => void (await Promise.all([log.end(), copies.end()])),
  };
}

const writtenSoFar = `SELECT position AS events, (SELECT sum(number) FROM outrider.writers) AS batches FROM outrider.head`;
const newestEvents = `SELECT id, type, 'forever' AS keep, to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at, stream, trace_id AS "traceId",
  exchange_id AS "exchangeId", caused_by AS "causedBy", data, data::text AS json
  FROM outrider.events ORDER BY position DESC LIMIT $1`;

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

async function copiesBeside(databaseUrl: string): Promise<pg.Client> {
  const url = new URL(databaseUrl);
  const server = await connected(databaseUrl);
  await server.query('CREATE DATABASE copies').finally(() => server.end());
  url.pathname = '/copies';
  const client = await connected(url.href);
  await client.query(migrationScript());
  return client;
}

interface Statement {
  readonly text: string;
  readonly values: Parameter[];
}

async function statementFor(events: readonly Appended[]): Promise<Statement> {
  let captured: Statement = { text: '', values: [] };
  await appendBatch(
    {
      async query(text, parameters = []) {
        captured = { text, values: [...parameters] };
        return [];
      },
      script: () => Promise.reject(new Error('An append is one statement.')),
    },
    'bench',
    events,
  );
  return captured;
}

function steadily(client: pg.Client, { text, values }: Statement, everyMs: number): () => Promise<void> {
  let appending: Promise<unknown> | null = null;
  const timer = setInterval(() => {
    // Late is late: the recorder does not send a second batch beside one under way either.
    appending ??= client
      .query({ name: `append-${values.length}`, text, values })
      .finally(() => (appending = null));
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await appending;
  };
}
