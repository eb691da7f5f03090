import type { One } from './batched.ts';

const limitAtEnd =
  /\s+(?:limit|fetch first)\s+(?:\$(\d+)|(\d+)|'[^']*')(?:\s+rows? only)?(?:\s+offset\s+(?:\$\d+|\d+|'[^']*'))?\s*$/i;
const orderAtEnd = /\s+order\s+by\s+([^()]*(?:\([^()]*\)[^()]*)*)$/i;

/**
 * A SELECT whose key is now an array, so that each key has its answer: counts by key, keys that there are, the first row of each.
 * LIMIT would cut the answers of all keys together. Null where the rows of a key cannot be told so.
 */
export function answersByKey(text: string, one: One): string | null {
  const { column } = one.slot;
  const [head = '', list = ''] = /^select\s+([\s\S]*?)\s+from\s/i.exec(text) ?? [];
  if (head === '' || /\b(?:distinct|union|intersect|except)\b/i.test(text)) return null;
  const rest = text.slice(head.length);
  const limit = limitAtEnd.exec(rest);
  const body = limit ? rest.slice(0, limit.index) : rest;
  if (/^(?:count|sum|min|max|avg)\s*\(/i.test(list))
    return /\bgroup\s+by\b/i.test(body) ? null : `SELECT ${column}, ${list} FROM ${body} GROUP BY ${column}`;
  if (/^\(?\s*1\s*\)?(?:\s+as\s+\S+)?\s*$/i.test(list))
    return `SELECT DISTINCT ${column} FROM ${body.replace(orderAtEnd, '')}`;
  const columns = hasColumn(list, column) ? list : `${column}, ${list}`;
  if (!limit) return `SELECT ${columns} FROM ${body}`;
  return firstOfEach({ columns, column, body, most: limitOf(limit, one), rows: Math.max(...one.rows) });
}

interface Limited {
  readonly columns: string;
  readonly column: string;
  readonly body: string;
  /** NaN when the value is hidden. */
  readonly most: number;
  /** The most that an execution returned. */
  readonly rows: number;
}

/** A limit that was never reached cut nothing; of one row each, DISTINCT ON gives the first; more need LATERAL. */
function firstOfEach({ columns, column, body, most, rows }: Limited): string | null {
  const isUniqueKey = /(?:^|[."])id"?$/i.test(column);
  if (rows < most || (isUniqueKey && rows <= 1)) return `SELECT ${columns} FROM ${body}`;
  if (rows > 1) return null;
  const order = orderAtEnd.exec(body);
  if (!order) return `SELECT DISTINCT ON (${column}) ${columns} FROM ${body}`;
  const ordered = body.slice(0, order.index);
  return `SELECT DISTINCT ON (${column}) ${columns} FROM ${ordered} ORDER BY ${column}, ${order[1] ?? ''}`;
}

function limitOf([, number, literal]: RegExpExecArray, { parameters }: One): number {
  return Number(
    number === undefined ? (literal ?? Number.NaN) : (parameters[Number(number) - 1] ?? Number.NaN),
  );
}

function hasColumn(list: string, column: string): boolean {
  const name = (column.split('.').at(-1) ?? column).replaceAll('"', '');
  return /(?:^|[\s,.])\*/.test(list) || new RegExp(`(?:^|[\\s,."])${name}(?:$|[\\s,"])`, 'i').test(list);
}
