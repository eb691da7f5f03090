import type { Catalog, Column, Table } from './catalog.ts';
import type { Condition, Order } from './use.ts';

/** A relation as one part of a statement uses it. */
export interface Use {
  readonly table: Table;
  readonly alias: string;
  readonly columns: readonly Column[];
  readonly conditions: Condition[];
  /** What rows are wanted in the order of: ORDER BY, DISTINCT ON, GROUP BY, a window, min or max. */
  readonly orders: Order[];
  /** Columns that are read; null when all are. */
  needed: Set<string> | null;
}

/** What a name in FROM stands for: a relation, or a subquery whose columns are those of others. */
export type Source =
  | { readonly kind: 'use'; readonly use: Use }
  | { readonly kind: 'derived'; readonly columns: ReadonlyMap<string, Reference> };

/** A column of a use. */
export interface Reference {
  readonly use: Use;
  readonly column: Column;
}

export interface Scope {
  readonly sources: Map<string, Source>;
  readonly outer: Scope | null;
  /** By name: what WITH defined, here or further out. */
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, Reference>>;
}

/** Finds what a column reference means: by its alias, else by the one source that has such a column. */
export function resolve(scope: Scope | null, names: readonly string[]): Reference | null {
  for (let at = scope; at !== null; at = at.outer) {
    const found = resolveHere(at, names);
    if (found) return found;
  }
  return null;
}

function resolveHere(scope: Scope, names: readonly string[]): Reference | null {
  const name = names.at(-1) ?? '';
  const alias = names.at(-2);
  if (alias !== undefined) return columnOf(scope.sources.get(alias), name);
  for (const source of scope.sources.values()) {
    const found = columnOf(source, name);
    if (found) return found;
  }
  return null;
}

function columnOf(source: Source | undefined, name: string): Reference | null {
  if (source === undefined) return null;
  if (source.kind === 'derived') return source.columns.get(name) ?? null;
  const column = source.use.columns.find((each) => each.name === name);
  return column ? { use: source.use, column } : null;
}

/** The table a name means: in the schema given, else in the first of the search path that has it. */
export function tableNamed(catalog: Catalog, schema: string | null, name: string): Table | null {
  const alike = catalog.tables.filter((each) => each.name === name);
  if (schema !== null) return alike.find((each) => each.schema === schema) ?? null;
  const path = catalog.database.searchPath.split(',').map((each) => each.trim().replaceAll(/^"|"$/g, ''));
  for (const each of path) {
    const found = alike.find((table) => table.schema === each);
    if (found) return found;
  }
  return alike.length === 1 ? (alike[0] ?? null) : null;
}
