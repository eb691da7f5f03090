import { quoted } from '../identifiers.ts';
import { constantText, expressionSql } from './expression.ts';
import { resolve, type Scope, type Use } from './scope.ts';
import { field, list, nodesBelow, text, typed, words, type Tree } from './tree.ts';
import type { Condition, Key } from './use.ts';

/** Values of parameters, by number from 1. */
export type Parameters = readonly (string | null)[];

/** Notes what a boolean expression asks of the relations in scope: each part that must hold, and arms of ORs. */
export function noteConditions(expression: Tree, scope: Scope, parameters: Parameters): void {
  let arms = 0;
  const note = (node: Tree, arm: number | null): void => {
    const [type, fields] = typed(node);
    const operator = type === 'BoolExpr' ? text(fields, 'boolop') : null;
    if (operator === 'AND_EXPR') for (const each of list(fields, 'args')) note(each, arm);
    else if (operator === 'OR_EXPR') {
      for (const each of list(fields, 'args')) note(each, (arms += 1));
      if (arm === null) notePredicate(node, scope);
    } else noteOne(node, scope, parameters, arm);
  };
  note(expression, null);
}

function noteOne(node: Tree, scope: Scope, parameters: Parameters, arm: number | null): void {
  const [type, fields] = typed(node);
  if (type === 'A_Expr') return noteOperation(node, fields, scope, parameters, arm);
  if (type === 'NullTest') {
    const found = keyOf(field(fields, 'arg'), scope);
    if (found) add(found, node, scope, { kind: 'null', arm });
    return;
  }
  if (type === 'ColumnRef' || type === 'BoolExpr' || type === 'BooleanTest') {
    const inner =
      type === 'BoolExpr' ? list(fields, 'args')[0] : type === 'BooleanTest' ? field(fields, 'arg') : node;
    const found = keyOf(inner, scope);
    if (found?.key.category === 'B') add(found, node, scope, { kind: 'equal', arm });
    else if (arm === null) notePredicate(node, scope);
    return;
  }
  if (type === 'SubLink') noteMembership(fields, scope, arm);
  if (type === 'FuncCall' && words(list(fields, 'funcname')).at(-1) === 'starts_with') {
    const found = keyOf(list(fields, 'args')[0], scope);
    if (found) add(found, node, scope, { kind: 'prefix', arm });
  }
}

/** `x IN (SELECT …)`: one side is looked up by the other. */
function noteMembership(fields: Tree, scope: Scope, arm: number | null): void {
  if (text(fields, 'subLinkType') !== 'ANY_SUBLINK') return;
  const found = keyOf(field(fields, 'testexpr'), scope);
  if (found) add(found, null, scope, { kind: 'join', arm, other: '(subquery)' });
}

const ranges = new Set(['<', '<=', '>', '>=']);
const containments = new Set(['@>', '?', '?|', '?&', '@@', '@?', '&&', '<@']);
const patterns = new Set(['~', '~*', '~~', '~~*', '%', '%>', '<%']);
/** A B-tree over addresses is read as a range for these (src/backend/utils/adt/network.c, network_support). */
const subnets = new Set(['<<', '<<=']);

function noteOperation(
  node: Tree,
  fields: Tree,
  scope: Scope,
  parameters: Parameters,
  arm: number | null,
): void {
  const form = text(fields, 'kind') ?? '';
  const operator = words(list(fields, 'name')).at(-1) ?? '';
  const left = keyOf(field(fields, 'lexpr'), scope);
  const right = form === 'AEXPR_OP' ? keyOf(field(fields, 'rexpr'), scope) : null;
  if (form === 'AEXPR_OP' && left && right && left.use !== right.use) {
    if (operator !== '=' && !ranges.has(operator)) return;
    const kind = operator === '=' ? 'join' : 'range';
    add(left, null, scope, { kind, arm, other: right.use.alias });
    add(right, null, scope, { kind, arm, other: left.use.alias });
    return;
  }
  const isAlone = left === null || right === null;
  if (form === 'AEXPR_OP' && isAlone && (operator === '=' || ranges.has(operator))) {
    const found = left ?? right;
    const value = left ? field(fields, 'rexpr') : field(fields, 'lexpr');
    if (found && isValueFor(value, found.use, scope))
      return add(found, node, scope, { kind: operator === '=' ? 'equal' : 'range', arm });
  }
  if (left && form === 'AEXPR_OP' && left.key.category === 'I' && subnets.has(operator))
    return add(left, node, scope, { kind: 'range', arm });
  if (left && form === 'AEXPR_OP' && operator === '^@')
    return add(left, node, scope, { kind: 'prefix', arm });
  const leading = ranges.has(operator)
    ? leadingKey(field(fields, 'lexpr'), field(fields, 'rexpr'), scope)
    : null;
  if (leading) return add(leading, null, scope, { kind: 'range', arm });
  if (left && form === 'AEXPR_BETWEEN') return add(left, node, scope, { kind: 'range', arm });
  if (left && form === 'AEXPR_IN' && operator === '=') return add(left, node, scope, { kind: 'in', arm });
  if (left && form === 'AEXPR_OP_ANY' && operator === '=' && left.key.category !== 'A')
    return add(left, node, scope, { kind: 'in', arm });
  if (left && containments.has(operator) && form === 'AEXPR_OP') {
    const isRange = left.key.category === 'R' || left.key.category === 'G';
    return add(left, node, scope, { kind: isRange ? 'overlap' : 'contains', arm, operator });
  }
  if (right && operator === '<@' && form === 'AEXPR_OP')
    return add(right, node, scope, { kind: 'contains', arm, operator: '@>' });
  if (left && patterns.has(operator))
    return notePattern(left, node, field(fields, 'rexpr'), { scope, parameters, arm, operator });
  if (arm === null) notePredicate(node, scope);
}

/** `(a, b) < ($1, $2)` bounds the first of them: a page further back. */
function leadingKey(left: Tree, right: Tree, scope: Scope): Found | null {
  const [row] = list(field(left, 'RowExpr'), 'args');
  const found = row === undefined ? null : keyOf(row, scope);
  return found && isValueFor(right, found.use, scope) ? found : null;
}

function notePattern(
  found: Found,
  node: Tree,
  pattern: Tree,
  {
    scope,
    parameters,
    arm,
    operator,
  }: { scope: Scope; parameters: Parameters; arm: number | null; operator: string },
): void {
  const value = valueOf(pattern, parameters);
  const isLike = operator === '~~';
  if (isLike && value !== null && /^[^%_]+/.test(value)) add(found, node, scope, { kind: 'prefix', arm });
  // With its first letters known it is looked up in order; with none, by any three of them.
  add(found, node, scope, { kind: 'pattern', arm });
}

/** What an expression's value is for the sample; null when it is no plain value. */
export function valueOf(node: Tree, parameters: Parameters): string | null {
  const [type, fields] = typed(node);
  if (type === 'A_Const') return constantText(fields);
  if (type === 'TypeCast') return valueOf(field(fields, 'arg'), parameters);
  if (type === 'ParamRef') return parameters[Number(field(fields, 'number') ?? 0) - 1] ?? null;
  if (type !== 'A_Expr' || words(list(fields, 'name')).at(-1) !== '||') return null;
  const [left, right] = [field(fields, 'lexpr'), field(fields, 'rexpr')].map((each) =>
    valueOf(each, parameters),
  );
  return typeof left === 'string' && typeof right === 'string' ? left + right : null;
}

interface Found {
  readonly use: Use;
  readonly key: Key;
}

/** Casts between these change neither order nor equality, so an index on the column serves. */
const textTypes = new Set(['text', 'varchar', 'bpchar']);

const indexable = new Set(['FuncCall', 'TypeCast', 'A_Expr', 'CoalesceExpr', 'MinMaxExpr', 'CollateClause']);

/** The key an expression is of: a column, or an expression over the columns of one relation; null otherwise. */
export function keyOf(node: Tree, scope: Scope): Found | null {
  const [type, fields] = typed(node);
  if (type === 'TypeCast') {
    const inner = keyOf(field(fields, 'arg'), scope);
    const cast = words(list(field(fields, 'typeName'), 'names')).at(-1) ?? '';
    const isText = /^(text|character varying)/.test(inner?.key.type ?? '');
    if (inner && inner.key.column !== null && isText && textTypes.has(cast)) return inner;
  }
  if (type === 'ColumnRef') {
    const found = resolve(scope, words(list(fields, 'fields')));
    if (!found) return null;
    const { name, category, type: columnType } = found.column;
    return {
      use: found.use,
      key: { column: name, sql: quoted(found.column.name), category, type: columnType },
    };
  }
  return indexable.has(type) ? expressionKey(node, scope) : null;
}

function expressionKey(node: Tree, scope: Scope): Found | null {
  if (nodesBelow(node, 'ColumnRef').length === 0) return null;
  let use: Use | null = null;
  const sql = expressionSql(node, (names) => {
    const found = resolve(scope, names);
    if (!found || (use !== null && use !== found.use)) return null;
    use = found.use;
    return quoted(found.column.name);
  });
  if (sql === null || use === null) return null;
  const isCall = typed(node)[0] === 'FuncCall';
  return { use, key: { column: null, sql: isCall ? sql : `(${sql})`, category: null, type: null } };
}

/** True when an expression does not depend on the use itself: a constant, a parameter, or another's column. */
function isValueFor(node: Tree, use: Use, scope: Scope): boolean {
  return nodesBelow(node, 'ColumnRef').every(
    (each) => resolve(scope, words(list(each, 'fields')))?.use !== use,
  );
}

/** A condition over one relation without parameters may be what a partial index is for. */
function notePredicate(node: Tree, scope: Scope): void {
  const found = predicateOf(node, scope);
  if (found)
    found.use.conditions.push({
      kind: 'other',
      key: null,
      operator: '',
      predicate: found.sql,
      arm: null,
      other: null,
    });
}

function predicateOf(node: Tree, scope: Scope): { readonly use: Use; readonly sql: string } | null {
  let use: Use | null = null;
  const sql = expressionSql(node, (names) => {
    const found = resolve(scope, names);
    if (!found || (use !== null && use !== found.use)) return null;
    use = found.use;
    return quoted(found.column.name);
  });
  return sql === null || use === null ? null : { use, sql };
}

function add(
  { use, key }: Found,
  node: Tree,
  scope: Scope,
  more: Pick<Condition, 'kind' | 'arm'> & Partial<Condition>,
): void {
  const predicate = node === null ? null : predicateOf(node, scope);
  use.conditions.push({
    key,
    operator: '',
    predicate: predicate?.use === use ? predicate.sql : null,
    other: null,
    ...more,
  });
}
