import { existsSync, readFileSync } from 'node:fs';
import type pg from 'pg';
import type { IndexQuery } from './case.ts';

/**
 * What supabase's index_advisor suggests, asked for one query after the other as its manual says: needs HypoPG and the
 * extension's SQL, given as a file by `OUTRIDER_INDEX_ADVISOR_SQL`. Null without the file.
 */
export async function adviceOfPeer(
  client: pg.Client,
  queries: readonly IndexQuery[],
): Promise<readonly string[] | null> {
  const file = process.env['OUTRIDER_INDEX_ADVISOR_SQL'] ?? '';
  if (!existsSync(file)) return null;
  await client.query('CREATE EXTENSION IF NOT EXISTS hypopg');
  await client.query(readFileSync(file, 'utf8'));
  const indexes = new Set<string>();
  for (const { sql } of queries) {
    const { rows } = await client.query<{ statements: readonly string[] | null }>(
      'SELECT index_statements AS statements FROM index_advisor($1)',
      [sql],
    );
    for (const each of rows.flatMap(({ statements }) => statements ?? [])) indexes.add(each);
  }
  return [...indexes];
}

/** Why a peer has no figure in a run. */
export const peersNotRun = [
  'supabase index_advisor: not run; give its SQL as OUTRIDER_INDEX_ADVISOR_SQL=/path/index_advisor.sql.',
  'Dexter: not run; it is a Ruby gem and no package of Debian.',
] as const;
