import { columnIn, conjunctsOf, field, parsed } from '../conditions.ts';

/** A column that a filter compares only after something was done to it. */
export interface HiddenColumn {
  readonly column: string;
  /** The compared expression as SQL, without the table's name. */
  readonly expression: string;
  /** What hides it, for a person: `lower()`, `A cast to integer`. */
  readonly by: string;
  /** An index may hold it: its result depends on its arguments alone. */
  readonly isImmutable: boolean;
  /** It cuts a time down to its day. */
  readonly isDay: boolean;
}

/** Functions whose result never changes, so that an index may hold it (pg_proc.provolatile `i` for text and numbers). */
const immutable = new Set([
  'lower',
  'upper',
  'btrim',
  'ltrim',
  'rtrim',
  'md5',
  'length',
  'abs',
  'left',
  'right',
  'reverse',
]);
const likes = new Set(['~~', '~~*']);

/** Columns that the conditions of a plan's filter hide from indexes behind a function or a cast. */
export function hiddenColumnsIn(filter: string): readonly HiddenColumn[] {
  return comparisonsIn(filter).flatMap(({ operation, left, source }) => {
    if (columnIn(left) !== null) return [];
    const call = field(left, 'FuncCall');
    if (call !== undefined) return hiddenByCall(call, numberOf(field(operation, 'location')), source);
    const cast = field(left, 'TypeCast');
    const column = columnIn(field(cast, 'arg'));
    return column === null ? [] : [hiddenByCast(column, lastName(field(field(cast, 'typeName'), 'names')))];
  });
}

/** Columns compared with a LIKE or ILIKE pattern that begins with `%` or `_`. */
export function wildcardsIn(filter: string): readonly string[] {
  return comparisonsIn(filter).flatMap(({ operation, left }) => {
    if (!likes.has(lastName(field(operation, 'name')))) return [];
    const column = columnIn(left);
    const pattern = constantIn(field(operation, 'rexpr'));
    return column !== null && pattern !== null && /^[%_]/.test(pattern) ? [column] : [];
  });
}

interface Comparison {
  readonly operation: unknown;
  readonly left: unknown;
  readonly source: string;
}

function comparisonsIn(filter: string): readonly Comparison[] {
  const source = `SELECT 1 WHERE ${filter}`;
  const expression = parsed(source, 'whereClause');
  if (expression === undefined) return [];
  return conjunctsOf(expression).flatMap((each) => {
    const operation = field(each, 'A_Expr');
    return operation === undefined ? [] : [{ operation, left: field(operation, 'lexpr'), source }];
  });
}

function hiddenByCall(call: unknown, operatorAt: number, source: string): readonly HiddenColumn[] {
  const args = field(call, 'args');
  const columns = (Array.isArray(args) ? args : []).map(columnIn).filter((each) => each !== null);
  const [column] = columns;
  const name = lastName(field(call, 'funcname'));
  if (column === undefined || columns.length !== 1) return [];
  const written = source.slice(numberOf(field(call, 'location')), operatorAt).trim();
  return [
    {
      column,
      expression: unqualified(written),
      by: `${name}()`,
      isImmutable: immutable.has(name),
      isDay: name === 'date' || (name === 'date_trunc' && written.includes("'day'")),
    },
  ];
}

function hiddenByCast(column: string, type: string): HiddenColumn {
  const names: Readonly<Record<string, string>> = {
    int4: 'integer',
    int8: 'bigint',
    float8: 'double precision',
  };
  return {
    column,
    expression: column,
    by: `A cast to ${names[type] ?? type}`,
    isImmutable: false,
    isDay: type === 'date',
  };
}

/** `lower((users.email)::text)` → `lower((email)::text)`: an index knows one table only. */
const unqualified = (expression: string): string =>
  expression.replace(/'(?:[^']|'')*'|\b[\w$]+\.(?=["\w])|"(?:[^"]|"")+"\.(?=["\w])/g, (part) =>
    part.startsWith("'") ? part : '',
  );

/** A string constant, a cast around it aside. */
function constantIn(expression: unknown): string | null {
  const cast = field(expression, 'TypeCast');
  if (cast !== undefined) return constantIn(field(cast, 'arg'));
  const text = field(field(field(expression, 'A_Const'), 'sval'), 'sval');
  return typeof text === 'string' ? text : null;
}

function lastName(names: unknown): string {
  const name = field(field(Array.isArray(names) ? names.at(-1) : undefined, 'String'), 'sval');
  return typeof name === 'string' ? name : '';
}

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);
