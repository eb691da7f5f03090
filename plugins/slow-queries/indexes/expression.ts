import { quoted } from '../identifiers.ts';
import { literal } from './definition.ts';
import { field, list, text, typed, words, type Tree } from './tree.ts';

/** Writes a column reference, or null where it may not be used. */
export type WriteColumn = (names: readonly string[]) => string | null;

/**
 * SQL of an expression as an index can hold it: columns, constants, operators, casts and functions. Null for
 * whatever else, parameters included: an index knows no parameters.
 */
export function expressionSql(node: Tree, column: WriteColumn): string | null {
  const [type, fields] = typed(node);
  return writers[type]?.(fields, column) ?? null;
}

type Writer = (fields: Tree, column: WriteColumn) => string | null;

const writers: Readonly<Record<string, Writer>> = {
  ColumnRef: (fields, column) => column(words(list(fields, 'fields'))),
  A_Const: constantSql,
  TypeCast(fields, column) {
    const inner = expressionSql(field(fields, 'arg'), column);
    const type = typeSql(field(fields, 'typeName'));
    return inner === null || type === null ? null : `(${inner})::${type}`;
  },
  FuncCall(fields, column) {
    const names = words(list(fields, 'funcname'));
    const inner = all(list(fields, 'args'), column);
    const isPlain = ['agg_star', 'agg_distinct', 'over', 'agg_filter', 'agg_order'].every(
      (each) => field(fields, each) === undefined,
    );
    if (inner === null || !isPlain) return null;
    if (names.join('.') === 'pg_catalog.extract') return extractSql(list(fields, 'args'), column);
    const own = names[0] === 'pg_catalog' ? names.slice(1) : names;
    return `${own.map(functionName).join('.')}(${inner.join(', ')})`;
  },
  MinMaxExpr(fields, column) {
    const inner = all(list(fields, 'args'), column);
    const name = text(fields, 'op') === 'IS_LEAST' ? 'LEAST' : 'GREATEST';
    return inner === null ? null : `${name}(${inner.join(', ')})`;
  },
  CollateClause(fields, column) {
    const inner = expressionSql(field(fields, 'arg'), column);
    return inner === null
      ? null
      : `${inner} COLLATE ${words(list(fields, 'collname')).map(quoted).join('.')}`;
  },
  CoalesceExpr(fields, column) {
    const inner = all(list(fields, 'args'), column);
    return inner === null ? null : `COALESCE(${inner.join(', ')})`;
  },
  A_Expr: operationSql,
  NullTest(fields, column) {
    const inner = expressionSql(field(fields, 'arg'), column);
    return inner === null
      ? null
      : `${inner} IS ${text(fields, 'nulltesttype') === 'IS_NULL' ? 'NULL' : 'NOT NULL'}`;
  },
  BooleanTest(fields, column) {
    const inner = expressionSql(field(fields, 'arg'), column);
    const test = text(fields, 'booltesttype')?.replaceAll('_', ' ');
    return inner === null || test === undefined ? null : `${inner} ${test}`;
  },
  BoolExpr(fields, column) {
    const inner = all(list(fields, 'args'), column);
    if (inner === null) return null;
    const operator = text(fields, 'boolop');
    if (operator === 'NOT_EXPR') return `NOT ${inner[0]}`;
    return `(${inner.join(operator === 'AND_EXPR' ? ' AND ' : ' OR ')})`;
  },
  A_ArrayExpr(fields, column) {
    const inner = all(list(fields, 'elements'), column);
    return inner === null ? null : `ARRAY[${inner.join(', ')}]`;
  },
};

/** Functions whose plain names the grammar keeps for forms of its own, e.g. `substring(x FROM 1)`. */
const withGrammar = new Set(['substring', 'position', 'overlay', 'normalize', 'trim', 'is_normalized']);

const functionName = (name: string): string => (withGrammar.has(name) ? `"${name}"` : quoted(name));

/** Before PostgreSQL 14 `extract` is no function, so it is written in its own form. */
function extractSql([part, value]: readonly Tree[], column: WriteColumn): string | null {
  const name = constantText(field(part, 'A_Const'));
  const inner = expressionSql(value, column);
  return name === null || inner === null || !/^\w+$/.test(name) ? null : `extract(${name} FROM ${inner})`;
}

function operationSql(fields: Tree, column: WriteColumn): string | null {
  const operator = words(list(fields, 'name')).at(-1) ?? '';
  const left = field(fields, 'lexpr');
  const leftSql = left === undefined ? '' : expressionSql(left, column);
  if (leftSql === null) return null;
  const kind = text(fields, 'kind');
  const right = field(fields, 'rexpr');
  if (kind === 'AEXPR_IN' || kind === 'AEXPR_BETWEEN') {
    const items = all(list(field(right, 'List'), 'items'), column);
    if (items === null) return null;
    if (kind === 'AEXPR_BETWEEN') return `${leftSql} BETWEEN ${items.join(' AND ')}`;
    return `${leftSql} ${operator === '<>' ? 'NOT IN' : 'IN'} (${items.join(', ')})`;
  }
  const rightSql = expressionSql(right, column);
  if (rightSql === null) return null;
  if (kind === 'AEXPR_OP_ANY') return `${leftSql} ${operator} ANY (${rightSql})`;
  if (kind === 'AEXPR_LIKE') return `${leftSql} ${operator === '!~~' ? 'NOT LIKE' : 'LIKE'} ${rightSql}`;
  if (kind === 'AEXPR_NULLIF') return `NULLIF(${leftSql}, ${rightSql})`;
  if (kind === 'AEXPR_DISTINCT') return `${leftSql} IS DISTINCT FROM ${rightSql}`;
  return kind === 'AEXPR_OP'
    ? `${bracketed(left, leftSql)} ${operator} ${bracketed(right, rightSql)}`.trim()
    : null;
}

function bracketed(node: Tree, sql: string): string {
  return typed(node)[0] === 'A_Expr' ? `(${sql})` : sql;
}

function constantSql(fields: Tree): string | null {
  if (field(fields, 'isnull') === true) return 'NULL';
  const value = constantText(fields);
  if (value === null) return null;
  return field(fields, 'sval') === undefined && field(fields, 'bsval') === undefined ? value : literal(value);
}

/** The value of a constant as text; zero, false and '' are left out of the tree. */
export function constantText(fields: Tree): string | null {
  const whole = field(fields, 'ival');
  if (whole !== undefined) return String(field(whole, 'ival') ?? 0);
  const number = field(fields, 'fval');
  if (number !== undefined) return text(number, 'fval') ?? '0';
  const truth = field(fields, 'boolval');
  if (truth !== undefined) return String(field(truth, 'boolval') === true);
  const word = field(fields, 'sval');
  return word === undefined ? null : (text(word, 'sval') ?? '');
}

function typeSql(name: Tree): string | null {
  const parts = words(list(name, 'names'));
  const isArray = list(name, 'arrayBounds').length > 0;
  const modifiers = list(name, 'typmods').map((each) => constantText(field(each, 'A_Const')));
  if (parts.length === 0 || modifiers.includes(null)) return null;
  const own = parts[0] === 'pg_catalog' ? parts.slice(1) : parts;
  const size = modifiers.length === 0 ? '' : `(${modifiers.join(', ')})`;
  // Names the grammar gives its own types (`int4`, `timestamptz`) are types under those names.
  return `${own.map((each) => (each === 'bool' || /^[a-z_][a-z0-9_]*$/.test(each) ? each : quoted(each))).join('.')}${size}${isArray ? '[]' : ''}`;
}

function all(nodes: readonly Tree[], column: WriteColumn): readonly string[] | null {
  const written = nodes.map((each) => expressionSql(each, column));
  const known = written.filter((each) => each !== null);
  return known.length === written.length ? known : null;
}
