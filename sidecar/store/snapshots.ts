import type { Sql } from './sql.ts';
import type { Snapshot } from './store.ts';

/** Keeps a panel's state at a position; the same position again replaces it. */
export async function saveSnapshot(sql: Sql, { panel, version, position, state }: Snapshot): Promise<void> {
  await sql.query(
    `INSERT INTO outrider.snapshots (panel, version, position, state) VALUES ($1, $2, $3::bigint, $4::json)
     ON CONFLICT (panel, version, position) DO UPDATE SET state = excluded.state, saved_at = now()`,
    [panel, version, String(position), JSON.stringify(state) ?? 'null'],
    'outrider_snapshot_save',
  );
}

export async function newestSnapshot(
  sql: Sql,
  panel: string,
  version: string,
  atOrBefore: number,
): Promise<Snapshot | undefined> {
  const [row] = await sql.query(
    `SELECT position, state FROM outrider.snapshots WHERE panel = $1 AND version = $2 AND position <= $3::bigint
     ORDER BY position DESC LIMIT 1`,
    [panel, version, String(Math.min(atOrBefore, Number.MAX_SAFE_INTEGER))],
    'outrider_snapshot_get',
  );
  return row && { panel, version, position: Number(row[0]), state: JSON.parse(row[1] ?? 'null') };
}
