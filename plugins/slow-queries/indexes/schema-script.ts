import type { Catalog, Column, Table } from './catalog.ts';
import { quoted } from '../identifiers.ts';
import { literal } from './definition.ts';

/** A statement of the what-if database's schema; `needed` is false for what it can do without. */
export interface SchemaStep {
  readonly text: string;
  /** The table it makes; null for whatever else. */
  readonly tableOid: number | null;
}

/** Creates a catalog's schema without rows, in an order in which each finds what it refers to. */
export function schemaScript(catalog: Catalog): readonly SchemaStep[] {
  const step = (text: string, tableOid: number | null = null): SchemaStep => ({ text, tableOid });
  const { schemas, extensions, types, functions, tables, indexes, foreignKeys, views } = catalog;
  const byOid = new Map(tables.map((table) => [table.oid, table]));
  return [
    step('SET check_function_bodies = off; SET client_min_messages = error; SET jit = off'),
    ...schemas.map((name) => step(`CREATE SCHEMA IF NOT EXISTS ${quoted(name)}`)),
    ...extensions.map(({ name, schema }) =>
      step(`CREATE EXTENSION IF NOT EXISTS ${quoted(name)} SCHEMA ${quoted(schema)} CASCADE`),
    ),
    step(`SET search_path = ${searchPath(catalog)}`),
    ...types.map(({ ddl }) => step(ddl)),
    ...functions.map(({ ddl }) => step(ddl)),
    ...parentsFirst(tables).map((table) => step(createTable(catalog, table, byOid), table.oid)),
    ...functions.map(({ ddl }) => step(ddl)),
    // A partition's index comes with its parent's.
    ...indexes.filter(({ isValid, parentOid }) => isValid && parentOid === null).map(({ ddl }) => step(ddl)),
    ...foreignKeys.flatMap(({ tableOid, definition }) => {
      const table = byOid.get(tableOid);
      return table ? [step(`ALTER TABLE ${nameOf(table)} ADD ${definition}`)] : [];
    }),
    ...views.map((view) =>
      step(`CREATE VIEW ${quoted(view.schema)}.${quoted(view.name)} AS ${view.definition}`),
    ),
    ...catalog.settings.map(({ name, value }) => step(`SET ${quoted(name)} = ${literal(value)}`)),
    // Not costed by any version, and work that nobody needs here.
    step('SET jit = off'),
  ];
}

export const nameOf = (table: Pick<Table, 'schema' | 'name'>): string =>
  `${quoted(table.schema)}.${quoted(table.name)}`;

function createTable(
  { columns, database }: Catalog,
  table: Table,
  byOid: ReadonlyMap<number, Table>,
): string {
  const parent = table.parentOid === null ? undefined : byOid.get(table.parentOid);
  const by = table.partitionKey === null ? '' : ` PARTITION BY ${table.partitionKey}`;
  if (parent && table.bound !== null)
    return `CREATE TABLE ${nameOf(table)} PARTITION OF ${nameOf(parent)} ${table.bound}${by}`;
  const own = columns.filter(({ tableOid }) => tableOid === table.oid);
  return `CREATE TABLE ${nameOf(table)} (${own.map((each) => columnSql(each, database.isCCollation)).join(', ')})${by}`;
}

/** A collation the embedded PostgreSQL does not have is stood in for: what matters is whether it is C. */
function columnSql({ name, type, isNotNull, collation, isCCollation }: Column, isDefaultC: boolean): string {
  const isOwn = collation !== null && isCCollation !== isDefaultC;
  const collate = isOwn && isCCollation ? ' COLLATE "C"' : '';
  return `${quoted(name)} ${type}${collate}${isNotNull ? ' NOT NULL' : ''}`;
}

function parentsFirst(tables: readonly Table[]): readonly Table[] {
  const depth = (table: Table | undefined, level = 0): number =>
    !table || table.parentOid === null || level > 16
      ? level
      : depth(
          tables.find(({ oid }) => oid === table.parentOid),
          level + 1,
        );
  return tables
    .map((table) => ({ table, level: depth(table) }))
    .sort((a, b) => a.level - b.level)
    .map(({ table }) => table);
}

function searchPath({ database, schemas }: Catalog): string {
  const wanted = database.searchPath
    .split(',')
    .map((each) => each.trim().replaceAll(/^"|"$/g, ''))
    .filter((each) => schemas.includes(each));
  return [...wanted, 'pg_catalog'].map(quoted).join(', ');
}
