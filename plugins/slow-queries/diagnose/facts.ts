import type { Database, PostgresPlanNode } from '../../../shared/index.ts';
import { nodesOf, textIn } from '../plan.ts';

/** What the server knows besides the plan. */
export interface Facts {
  /** By `schema.table`. */
  readonly tables: ReadonlyMap<string, TableFacts>;
  readonly workMemBytes: number;
  /** Hash tables may take this many times `work_mem` (PostgreSQL 15: 2). */
  readonly hashMemMultiplier: number;
}

export interface TableFacts {
  /** By the last ANALYZE; 0 when there was none. */
  readonly rows: number;
  /** Valid indexes by name with the plain column each begins with; null for an expression. */
  readonly indexes: readonly { readonly name: string; readonly leads: string | null }[];
}

export const noFacts: Facts = { tables: new Map(), workMemBytes: 4 * 1024 * 1024, hashMemMultiplier: 1 };

const mostTables = 32;

/** Asks for the settings and the tables of a plan: two small statements. */
export async function factsOf(database: Database, root: PostgresPlanNode): Promise<Facts> {
  const names = tablesIn(root);
  const [settings] = await database.query<{ workMemBytes?: number; hashMemMultiplier?: number }>(
    `SELECT pg_catalog.pg_size_bytes(pg_catalog.current_setting('work_mem'))::float8 AS "workMemBytes",
       coalesce(pg_catalog.current_setting('hash_mem_multiplier', true), '1')::float8 AS "hashMemMultiplier"`,
  );
  const rows = names.length === 0 ? [] : await database.query<TableRow>(tableQuery, [names]);
  return {
    tables: new Map(rows.flatMap(({ name, ...facts }) => (name ? [[name, facts] as const] : []))),
    workMemBytes: settings?.workMemBytes ?? noFacts.workMemBytes,
    hashMemMultiplier: settings?.hashMemMultiplier ?? noFacts.hashMemMultiplier,
  };
}

interface TableRow extends TableFacts {
  readonly name: string;
}

const tableQuery = `
  SELECT n.nspname || '.' || c.relname AS name, greatest(c.reltuples, 0)::float8 AS rows,
    coalesce((SELECT json_agg(json_build_object('name', ic.relname, 'leads', a.attname))
      FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
      LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] AND i.indkey[0] > 0
      WHERE i.indrelid = c.oid AND i.indisvalid), '[]'::json) AS indexes
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname || '.' || c.relname = ANY($1::text[])`;

function tablesIn(root: PostgresPlanNode): readonly string[] {
  const names = nodesOf(root).flatMap(({ node }) => tableName(node) ?? []);
  return [...new Set(names)].slice(0, mostTables);
}

/** `schema.table` of a scan; null for nodes without a table. */
export function tableName(node: PostgresPlanNode): string | null {
  const table = textIn(node, 'Relation Name');
  return table === null ? null : `${textIn(node, 'Schema') ?? 'public'}.${table}`;
}
