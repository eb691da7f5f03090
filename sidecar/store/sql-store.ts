import { OutriderError, type LogQuery, type Recorded } from '../../shared/index.ts';
import { appendBatch } from './append.ts';
import { retainDays } from './days.ts';
import { oneText } from './one-text.ts';
import { limitOf, maxPageEvents, pageStatement, recordedOf } from './page.ts';
import { sqlPrivateStore } from './private-store.ts';
import { pages, replay } from './replay.ts';
import { migrationScript } from './schema.ts';
import { newestSnapshot, saveSnapshot } from './snapshots.ts';
import { SqlFailure, isoTime, type Row, type Sql } from './sql.ts';
import type { EventStore } from './store.ts';

/** What the two stores do alike: everything that is SQL. */
export type SqlStore = Omit<EventStore, 'kind' | 'onAppended' | 'close'>;

export interface SqlStoreOptions {
  /** Names this store object in notifications, so that it can tell its own. */
  readonly notifier: string;
  readonly now: () => Date;
  /** True where many rows cost far more to hand over than one long text. */
  readonly hasCostlyRows: boolean;
}

export function sqlStore(connection: Sql, { notifier, now, hasCostlyRows }: SqlStoreOptions): SqlStore {
  const sql = orUnavailable(connection);
  const select = hasCostlyRows ? oneText(sql) : sql;

  async function page(query: LogQuery): Promise<readonly Recorded[]> {
    const { text, parameters, name } = pageStatement(query, limitOf(query.limit, maxPageEvents));
    return (await select.query(text, parameters, name)).map(recordedOf);
  }

  const head = async (): Promise<number> =>
    numberOf(await sql.query('SELECT position FROM outrider.head', [], 'outrider_head'));

  return {
    open: () => migrate(connection),
    append: (batch, check, once) =>
      appendBatch(connection, notifier, batch, check, once).catch((error: unknown) => {
        throw unavailable(error);
      }),
    page,
    stream: (query) => replay(query, head, (bounded) => pages(bounded, page)),
    head,
    oldest: async () => numberOf(await sql.query('SELECT oldest FROM outrider.head', [], 'outrider_oldest')),
    async streams({ prefix = '', after = '', limit }) {
      const rows = await sql.query(
        `SELECT stream, version, last_at FROM outrider.streams
         WHERE stream > $1 AND stream >= $2 AND starts_with(stream, $2) ORDER BY stream LIMIT $3::bigint`,
        [after, prefix, String(limitOf(limit, 100))],
        'outrider_streams',
      );
      return rows.map(([stream, version, lastAt]) => ({
        stream: stream ?? '',
        version: Number(version),
        lastAt: isoTime(lastAt ?? ''),
      }));
    },
    retain: (days, moment) =>
      retainDays(connection, days, moment).catch((error: unknown) => {
        throw unavailable(error);
      }),
    saveSnapshot: (snapshot) => saveSnapshot(sql, snapshot),
    snapshot: (panel, version, atOrBefore) => newestSnapshot(sql, panel, version, atOrBefore),
    privateStore: (plugin) => sqlPrivateStore(sql, plugin, now),
  };
}

async function migrate(sql: Sql): Promise<void> {
  try {
    await sql.script(migrationScript());
  } catch (error) {
    throw error instanceof SqlFailure && error.sqlstate === 'OR426'
      ? new OutriderError('store_unavailable', 'Its schema was made by a newer Outrider.', { cause: error })
      : unavailable(error);
  }
}

function orUnavailable(sql: Sql): Sql {
  const told = (error: unknown): never => {
    throw unavailable(error);
  };
  return {
    query: (text, parameters, name) => sql.query(text, parameters, name).catch(told),
    script: (text) => sql.script(text).catch(told),
  };
}

/** A failed statement as callers see it, with the `SqlFailure` as its cause. */
export function unavailable(error: unknown): unknown {
  if (!(error instanceof SqlFailure)) return error;
  return new OutriderError('store_unavailable', error.message, { cause: error });
}

function numberOf(rows: readonly Row[]): number {
  return Number(rows[0]?.[0] ?? 0);
}
