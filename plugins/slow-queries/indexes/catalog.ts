import type { Database } from '../../../shared/index.ts';

/** What the planner knows of a database, read through the `database` capability. Statistics hold data values. */
export interface Catalog {
  readonly database: DatabaseFacts;
  readonly settings: readonly { readonly name: string; readonly value: string }[];
  readonly schemas: readonly string[];
  readonly extensions: readonly { readonly name: string; readonly schema: string }[];
  readonly types: readonly { readonly ddl: string }[];
  readonly functions: readonly { readonly ddl: string }[];
  readonly tables: readonly Table[];
  readonly columns: readonly Column[];
  readonly indexes: readonly ExistingIndex[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly views: readonly View[];
  readonly statistics: readonly ColumnStatistics[];
}

export interface DatabaseFacts {
  /** `server_version_num`: 150004 is 15.4. */
  readonly version: number;
  readonly searchPath: string;
  readonly collation: string;
  /** True when text is compared byte by byte and a plain B-tree serves `LIKE 'x%'`. */
  readonly isCCollation: boolean;
}

export interface Table {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** `r` table, `p` partitioned, `m` materialized view. */
  readonly kind: string;
  readonly partitionKey: string | null;
  readonly parentOid: number | null;
  readonly bound: string | null;
  readonly pages: number;
  /** -1 when it was never analysed. */
  readonly rows: number;
  readonly allVisiblePages: number;
  readonly sequentialScans: number;
  readonly inserts: number;
  readonly updates: number;
  readonly deletes: number;
}

export interface Column {
  readonly tableOid: number;
  readonly name: string;
  readonly type: string;
  readonly category: string;
  readonly isNotNull: boolean;
  /** Null for the database's default. */
  readonly collation: string | null;
  readonly isCCollation: boolean;
}

export interface ExistingIndex {
  readonly oid: number;
  readonly tableOid: number;
  readonly schema: string;
  readonly name: string;
  readonly ddl: string;
  readonly method: string;
  readonly isUnique: boolean;
  readonly isPrimary: boolean;
  readonly isValid: boolean;
  /** Somebody holds the lock that CREATE INDEX CONCURRENTLY and REINDEX take, so an invalid one may be on its way. */
  readonly isBeingMade: boolean;
  readonly isConstraint: boolean;
  readonly parentOid: number | null;
  readonly pages: number;
  readonly rows: number;
  readonly scans: number;
  readonly predicate: string | null;
  /** `pg_get_indexdef` of each key column: a column's quoted name or an expression. */
  readonly keys: readonly string[];
  readonly include: readonly string[];
  /** Bits of `pg_index.indoption`: 1 descending, 2 nulls first. */
  readonly options: readonly number[];
  /** False for an operator class that is not the type's default. */
  readonly hasDefaultClass: readonly boolean[];
  readonly classes: readonly string[];
}

export interface ForeignKey {
  readonly tableOid: number;
  readonly definition: string;
}

export interface View {
  readonly schema: string;
  readonly name: string;
  readonly definition: string;
}

export interface ColumnStatistics {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly inherited: boolean;
  readonly nullShare: number;
  readonly averageWidth: number;
  readonly distinct: number;
  readonly commonValues: string | null;
  readonly commonShares: string | null;
  readonly bounds: string | null;
  readonly correlation: number | null;
  readonly commonElements: string | null;
  readonly commonElementShares: string | null;
  readonly elementCounts: string | null;
}

/** Reads what concerns the relations a workload names, their partitions, parents and the tables below views. */
export async function readCatalog(
  database: Pick<Database, 'query'>,
  relationNames: readonly string[],
): Promise<Catalog> {
  const oids = (await database.query<{ oid: number }>(wantedRelations, [[...relationNames]])).map(
    ({ oid }) => oid,
  );
  const about = <Row>(text: string): Promise<readonly Row[]> => database.query<Row>(text, [oids]);
  const [facts] = await database.query<DatabaseFacts>(databaseFacts);
  const settings = await database.query<{ name: string; value: string }>(plannerSettings);
  const schemas = await database.query<{ name: string }>(userSchemas);
  const extensions = await database.query<{ name: string; schema: string }>(installedExtensions);
  const types = await database.query<{ ddl: string }>(userTypes);
  const functions = await database.query<{ ddl: string }>(userFunctions);
  const tables = await about<Table>(tablesOf);
  return {
    database: facts ?? { version: 0, searchPath: 'public', collation: 'C', isCCollation: true },
    settings,
    schemas: schemas.map(({ name }) => name),
    extensions,
    types,
    functions,
    tables,
    columns: await about<Column>(columnsOf),
    indexes: await about<ExistingIndex>(indexesOf),
    foreignKeys: await about<ForeignKey>(foreignKeysOf),
    views: await about<View>(viewsOf),
    statistics: await about<ColumnStatistics>(statisticsOf),
  };
}

const isUserSchema = (column: string): string =>
  `${column} NOT LIKE 'pg\\_%' AND ${column} <> 'information_schema'`;

const wantedRelations = `
  WITH RECURSIVE wanted(oid) AS (
    SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relname = ANY ($1::text[]) AND c.relkind IN ('r', 'p', 'v', 'm') AND ${isUserSchema('n.nspname')}
    UNION
    SELECT next.oid FROM wanted w CROSS JOIN LATERAL (
      SELECT d.refobjid FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_depend d ON d.objid = r.oid
        WHERE r.ev_class = w.oid AND d.classid = 'pg_catalog.pg_rewrite'::regclass
          AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> w.oid
      UNION ALL SELECT i.inhparent FROM pg_catalog.pg_inherits i WHERE i.inhrelid = w.oid
      UNION ALL SELECT i.inhrelid FROM pg_catalog.pg_inherits i WHERE i.inhparent = w.oid
    ) next(oid)
  )
  SELECT w.oid::int8::float8 AS oid FROM wanted w JOIN pg_catalog.pg_class c ON c.oid = w.oid
  WHERE c.relkind IN ('r', 'p', 'v', 'm') ORDER BY 1 LIMIT 1000`;

/** C and POSIX compare bytes in every version, the builtin provider always (varlena.c, lc_collate_is_c). */
const databaseFacts = `
  SELECT current_setting('server_version_num')::float8 AS version, current_setting('search_path') AS "searchPath", d.datcollate AS collation,
    CASE WHEN d.datlocprovider = 'b' THEN true WHEN d.datlocprovider = 'c' THEN d.datcollate IN ('C', 'POSIX') ELSE false END
      AS "isCCollation"
  FROM pg_catalog.pg_database d WHERE d.datname = current_database()`;

const plannerSettings = `
  SELECT name, current_setting(name) AS value FROM pg_catalog.pg_settings
  WHERE (category LIKE 'Query Tuning%' AND name NOT LIKE 'debug%')
     OR name IN ('work_mem', 'hash_mem_multiplier', 'effective_io_concurrency', 'TimeZone', 'DateStyle')`;

const userSchemas = `SELECT nspname AS name FROM pg_catalog.pg_namespace WHERE ${isUserSchema('nspname')} LIMIT 500`;

const installedExtensions = `
  SELECT e.extname AS name, n.nspname AS schema FROM pg_catalog.pg_extension e
  JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql'`;

/** Enums, and domains as their base type with its name: their checks mean nothing to the planner. */
const userTypes = `
  SELECT CASE t.typtype
    WHEN 'e' THEN format('CREATE TYPE %I.%I AS ENUM (%s)', n.nspname, t.typname,
      (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid))
    WHEN 'd' THEN format('CREATE DOMAIN %I.%I AS %s', n.nspname, t.typname, pg_catalog.format_type(t.typbasetype, t.typtypmod))
    END AS ddl
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  WHERE t.typtype IN ('e', 'd') AND ${isUserSchema('n.nspname')}
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
  ORDER BY t.typtype DESC, t.oid LIMIT 1000`;

const userFunctions = `
  SELECT pg_catalog.pg_get_functiondef(p.oid) AS ddl FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  WHERE l.lanname IN ('sql', 'plpgsql') AND p.prokind IN ('f') AND p.prorettype <> 'trigger'::regtype AND ${isUserSchema('n.nspname')}
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  ORDER BY p.oid LIMIT 500`;

/** Sizes from the file system, as the planner does it; a view or a partitioned table has none. */
const tablesOf = `
  SELECT c.oid::int8::float8 AS oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
    CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS "partitionKey",
    i.inhparent::int8::float8 AS "parentOid", pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS bound,
    CASE WHEN c.relkind IN ('r', 'm') THEN (pg_catalog.pg_relation_size(c.oid) / 8192)::float8 ELSE 0 END AS pages,
    c.reltuples::float8 AS rows, c.relallvisible::float8 AS "allVisiblePages",
    coalesce(s.seq_scan, 0)::float8 AS "sequentialScans", coalesce(s.n_tup_ins, 0)::float8 AS inserts,
    coalesce(s.n_tup_upd, 0)::float8 AS updates, coalesce(s.n_tup_del, 0)::float8 AS deletes
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid AND c.relispartition
  LEFT JOIN pg_catalog.pg_stat_user_tables s ON s.relid = c.oid
  WHERE c.oid = ANY ($1::float8[]::int8[]::oid[]) AND c.relkind IN ('r', 'p', 'm')
  ORDER BY c.relispartition, c.oid`;

const columnsOf = `
  SELECT a.attrelid::int8::float8 AS "tableOid", a.attname AS name,
    pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, t.typcategory::text AS category, a.attnotnull AS "isNotNull",
    CASE WHEN a.attcollation <> t.typcollation THEN format('%I.%I', cn.nspname, co.collname) END AS collation,
    coalesce(CASE WHEN co.collname = 'default' THEN NULL ELSE co.collname IN ('C', 'POSIX', 'ucs_basic') END, false) AS "isCCollation"
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
  LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
  WHERE a.attrelid = ANY ($1::float8[]::int8[]::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
  ORDER BY a.attrelid, a.attnum`;

const indexesOf = `
  SELECT i.indexrelid::int8::float8 AS oid, i.indrelid::int8::float8 AS "tableOid", n.nspname AS schema, c.relname AS name,
    pg_catalog.pg_get_indexdef(i.indexrelid) AS ddl, am.amname AS method, i.indisunique AS "isUnique",
    i.indisprimary AS "isPrimary", i.indisvalid AND i.indisready AS "isValid",
    EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.relation = i.indrelid AND l.granted AND l.mode = 'ShareUpdateExclusiveLock'
      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())) AS "isBeingMade",
    EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) AS "isConstraint",
    h.inhparent::int8::float8 AS "parentOid",
    CASE WHEN c.relkind = 'i' THEN (pg_catalog.pg_relation_size(i.indexrelid) / 8192)::float8 ELSE 0 END AS pages,
    c.reltuples::float8 AS rows, coalesce(s.idx_scan, 0)::float8 AS scans,
    pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate,
    ARRAY(SELECT pg_catalog.pg_get_indexdef(i.indexrelid, k, true) FROM generate_series(1, i.indnkeyatts) k) AS keys,
    ARRAY(SELECT a.attname::text FROM generate_series(i.indnkeyatts, i.indnatts - 1) k
          JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k]) AS include,
    ARRAY(SELECT i.indoption[k]::int FROM generate_series(0, i.indnkeyatts - 1) k) AS options,
    ARRAY(SELECT o.opcdefault FROM generate_series(0, i.indnkeyatts - 1) k
          JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[k] ORDER BY k) AS "hasDefaultClass",
    ARRAY(SELECT o.opcname::text FROM generate_series(0, i.indnkeyatts - 1) k
          JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[k] ORDER BY k) AS classes
  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_am am ON am.oid = c.relam
  LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid = i.indexrelid
  LEFT JOIN pg_catalog.pg_stat_user_indexes s ON s.indexrelid = i.indexrelid
  WHERE i.indrelid = ANY ($1::float8[]::int8[]::oid[]) AND i.indislive ORDER BY i.indexrelid`;

const foreignKeysOf = `
  SELECT conrelid::int8::float8 AS "tableOid", pg_catalog.pg_get_constraintdef(oid) AS definition
  FROM pg_catalog.pg_constraint
  WHERE contype = 'f' AND conparentid = 0 AND conrelid = ANY ($1::float8[]::int8[]::oid[])`;

const viewsOf = `
  SELECT n.nspname AS schema, c.relname AS name, pg_catalog.pg_get_viewdef(c.oid) AS definition
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'v' AND c.oid = ANY ($1::float8[]::int8[]::oid[]) ORDER BY c.oid`;

const statisticsOf = `
  SELECT s.schemaname AS schema, s.tablename AS table, s.attname AS column, s.inherited,
    s.null_frac::float8 AS "nullShare", s.avg_width AS "averageWidth", s.n_distinct::float8 AS distinct,
    s.most_common_vals::text AS "commonValues", s.most_common_freqs::text AS "commonShares",
    s.histogram_bounds::text AS bounds, s.correlation::float8 AS correlation,
    s.most_common_elems::text AS "commonElements", s.most_common_elem_freqs::text AS "commonElementShares",
    s.elem_count_histogram::text AS "elementCounts"
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname
  WHERE c.oid = ANY ($1::float8[]::int8[]::oid[]) OR c.oid IN
    (SELECT indexrelid FROM pg_catalog.pg_index WHERE indrelid = ANY ($1::float8[]::int8[]::oid[]))`;
