import { loadModule, parseSync } from 'libpg-query';

/** What a filter says about one column: `column = …`, or a bound on it. */
export interface Condition {
  readonly column: string;
  readonly kind: 'equality' | 'range';
}

const operators: Readonly<Record<string, Condition['kind']>> = {
  '=': 'equality',
  '<': 'range',
  '<=': 'range',
  '>': 'range',
  '>=': 'range',
};

/** Casts between these change no order and no equality, so a plain index on the column serves. */
const textTypes = new Set(['text', 'varchar', 'bpchar']);

/** Loads PostgreSQL's parser (WebAssembly) once; `conditionsOf` and `sortColumn` need it. */
export const loadParser = loadModule;

/**
 * The conditions of a plan's `Filter` that an index could serve: PostgreSQL prints filters as SQL expressions, so
 * its own parser reads them. What it cannot read (a reference to a subplan) has none. A scan's filter that names
 * another relation is inside a subplan or a lateral join: for the scan of `alias` the other side is a value.
 */
export function conditionsOf(filter: string, alias?: string): readonly Condition[] {
  const expression = parsed(`SELECT 1 WHERE ${filter}`, 'whereClause');
  return expression === undefined ? [] : conjunctsOf(expression).flatMap((each) => conditionIn(each, alias));
}

/** The column of a `Sort Key` and its direction; null for expressions. */
export function sortColumn(key: string): { readonly column: string; readonly isDescending: boolean } | null {
  const clause = parsed(`SELECT 1 ORDER BY ${key}`, 'sortClause');
  const sortBy = field(Array.isArray(clause) ? clause[0] : undefined, 'SortBy');
  const column = columnIn(field(sortBy, 'node'));
  const nulls = field(sortBy, 'sortby_nulls');
  if (column === null || (nulls !== undefined && nulls !== 'SORTBY_NULLS_DEFAULT')) return null;
  return { column, isDescending: field(sortBy, 'sortby_dir') === 'SORTBY_DESC' };
}

/** A part of the one SELECT that a text is; undefined when it does not parse. */
export function parsed(sql: string, part: string): unknown {
  try {
    const { stmts } = parseSync(sql);
    return field(field(stmts?.[0]?.stmt, 'SelectStmt'), part);
  } catch {
    // Not SQL: a subplan's name or a printed form the grammar does not take. Then nothing is known of it.
    return undefined;
  }
}

/** What is joined by AND, flat. */
export function conjunctsOf(expression: unknown): readonly unknown[] {
  const bool = field(expression, 'BoolExpr');
  const args = field(bool, 'args');
  if (field(bool, 'boolop') !== 'AND_EXPR' || !Array.isArray(args)) return [expression];
  return args.flatMap(conjunctsOf);
}

function conditionIn(expression: unknown, alias: string | undefined): readonly Condition[] {
  const operation = field(expression, 'A_Expr');
  const names = field(operation, 'name');
  const operator = field(field(Array.isArray(names) ? names.at(-1) : undefined, 'String'), 'sval');
  const kind = typeof operator === 'string' ? operators[operator] : undefined;
  if (kind === undefined) return [];
  const form = field(operation, 'kind');
  if (form !== 'AEXPR_OP' && !(form === 'AEXPR_OP_ANY' && kind === 'equality')) return [];
  const left = field(operation, 'lexpr');
  const right = field(operation, 'rexpr');
  const column = columnIn(left) ?? (form === 'AEXPR_OP' ? columnIn(right) : null);
  const isJoin = columnIn(left) !== null && columnIn(right) !== null;
  if (column === null) return [];
  if (!isJoin) return [{ column, kind }];
  const own = [left, right].filter((side) => alias !== undefined && relationIn(side) === alias);
  const ownColumn = own.length === 1 ? columnIn(own[0]) : null;
  return ownColumn === null ? [] : [{ column: ownColumn, kind }];
}

/** The relation a column is qualified with. */
function relationIn(expression: unknown): string | null {
  const cast = field(expression, 'TypeCast');
  if (cast !== undefined) return relationIn(field(cast, 'arg'));
  const parts = field(field(expression, 'ColumnRef'), 'fields');
  const qualifier = field(Array.isArray(parts) ? parts.at(-2) : undefined, 'String');
  const name = field(qualifier, 'sval');
  return typeof name === 'string' ? name : null;
}

/** The column an expression is, casts between text types aside. */
export function columnIn(expression: unknown): string | null {
  const cast = field(expression, 'TypeCast');
  if (cast !== undefined) return isTextCast(cast) ? columnIn(field(cast, 'arg')) : null;
  const parts = field(field(expression, 'ColumnRef'), 'fields');
  const last = field(Array.isArray(parts) ? parts.at(-1) : undefined, 'String');
  const name = field(last, 'sval');
  return typeof name === 'string' ? name : null;
}

function isTextCast(cast: unknown): boolean {
  const names = field(field(cast, 'typeName'), 'names');
  const name = field(field(Array.isArray(names) ? names.at(-1) : undefined, 'String'), 'sval');
  return typeof name === 'string' && textTypes.has(name);
}

/** A member of a parse tree, whose node types are known only at run time. */
export function field(node: unknown, name: string): unknown {
  if (typeof node !== 'object' || node === null) return undefined;
  // Safe: any object may be read by name; what is not there is undefined.
  return (node as Readonly<Record<string, unknown>>)[name];
}
