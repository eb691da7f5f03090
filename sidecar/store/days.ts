import { makeDay } from './append.ts';
import { SqlFailure, type Sql } from './sql.ts';

const dayMs = 86_400_000;

/** A writer that has not been heard of for so long will not send its last batch again. */
const writerDays = 400;

/**
 * Makes the partitions of today and tomorrow and drops those of days that ended more than `days` ago. A day that
 * somebody is still reading after 2 s is left for the next time. Returns the days dropped, ISO 8601.
 */
export async function retainDays(sql: Sql, days: number, now: Date): Promise<readonly string[]> {
  await makeDay(sql, isoDay(now));
  await makeDay(sql, isoDay(new Date(now.getTime() + dayMs)));
  const oldest = isoDay(new Date(now.getTime() - days * dayMs));
  const dropped: string[] = [];
  for (const day of await keptDays(sql)) if (day < oldest && (await dropDay(sql, day))) dropped.push(day);
  await dropLeftovers(sql, oldest, now);
  return dropped;
}

async function keptDays(sql: Sql): Promise<readonly string[]> {
  const rows = await sql.query(
    `SELECT substring(c.relname FROM 8) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'outrider.events'::regclass AND c.relname ~ '^events_[0-9]{8}$' ORDER BY 1`,
  );
  return rows.map(([digits]) => `${digits?.slice(0, 4)}-${digits?.slice(4, 6)}-${digits?.slice(6, 8)}`);
}

/** A reader holds the partition; whoever waits for it holds up every append, so it is not waited for long. */
async function dropDay(sql: Sql, day: string): Promise<boolean> {
  const table = `outrider.events_${day.replaceAll('-', '')}`;
  const script = `
    BEGIN;
    SET LOCAL lock_timeout = '2s';
    DROP TABLE IF EXISTS ${table};
    UPDATE outrider.head SET oldest =
      coalesce((SELECT min(position) FROM outrider.events WHERE day IS NOT NULL), position + 1);
    COMMIT;`;
  try {
    await sql.script(script);
    return true;
  } catch (error) {
    if (error instanceof SqlFailure && error.sqlstate === '55P03') return false;
    throw error;
  }
}

/** What outlived its use: values that ended, snapshots that a newer one of the same panel replaces, silent writers. */
async function dropLeftovers(sql: Sql, oldest: string, now: Date): Promise<void> {
  await sql.query('DELETE FROM outrider.plugin_values WHERE ends_at <= $1::timestamptz', [now.toISOString()]);
  await sql.query(
    `DELETE FROM outrider.snapshots old WHERE saved_at < $1::timestamptz AND EXISTS (
       SELECT FROM outrider.snapshots newer WHERE newer.panel = old.panel AND newer.saved_at > old.saved_at)`,
    [oldest],
  );
  const silent = new Date(now.getTime() - writerDays * dayMs).toISOString();
  await sql.query('DELETE FROM outrider.writers WHERE seen_at < $1::timestamptz', [silent]);
}

function isoDay(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}
