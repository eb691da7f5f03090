import type { Executions } from './executions.ts';
import { slotsOf, withoutComments, type Slot } from './slots.ts';

/** The one statement that would do the work of many. */
export interface Batched {
  readonly text: string;
  /** As text, for EXPLAIN: those of one of the many, with its key replaced by an array of all keys. */
  readonly parameters: readonly (string | null)[];
}

/** Keys of which the array is made that EXPLAIN is asked about. */
const keysMax = 200;

/**
 * Puts `= ANY($n)` where the key stands, and what is then needed to know which answer belongs to which key: the
 * key's column, a GROUP BY, or DISTINCT. Null where more than one value differs, or where it cannot be written so.
 */
export function batchedOf(executions: Executions): Batched | null {
  const { first, slots, differing, keys, isInsert } = executions;
  const [index] = keys;
  if (isInsert) return rowsOf(executions);
  if (index === undefined || keys.length !== 1 || differing.length !== 1) return null;
  const values = slots.slice(0, keysMax).map((each) => unquoted(each[index]?.values[0] ?? null));
  const slot = slots[0]?.[index];
  if (!slot || slot.column === '' || slot.values.length !== 1) return null;
  const rows = executions.statements.map((each) => each.rows);
  const array = arrayOf(values);
  return withKeys({ text: withoutComments(first.text), parameters: first.parameters, slot, rows, array });
}

interface One {
  readonly text: string;
  readonly parameters: readonly (string | null)[];
  readonly slot: Slot;
  /** What each execution returned. */
  readonly rows: readonly number[];
  readonly array: string;
}

function withKeys(one: One): Batched | null {
  const { slot, parameters, array } = one;
  const text = one.text.replace(/[\s;]+$/, '');
  const inner = /^select\s+exists\s*\(\s*(select\b[\s\S]*)\)\s*(?:as\s+\S+)?\s*(?:limit\s+\S+)?$/i.exec(
    text,
  )?.[1];
  if (inner !== undefined) {
    const again = slotsOf({ text: inner, parameters: [...parameters] }).find(
      ({ column, values }) => column === slot.column && values[0] === slot.values[0],
    );
    return again
      ? withKeys({
          ...one,
          text: inner.replace(
            /^select\s[\s\S]*?\sfrom\s/i,
            (head) => `SELECT 1${' '.repeat(Math.max(0, head.length - 14))} FROM `,
          ),
          slot: again,
        })
      : null;
  }
  const written = text.slice(slot.start, slot.end);
  const number = /^\$(\d+)$/.exec(written)?.[1] ?? '1';
  const replaced = replacedKey(text, slot, `ANY($${number})`);
  if (replaced === null) return null;
  const all = written.startsWith('$')
    ? parameters.map((each, at) => (at === Number(number) - 1 ? array : each))
    : [array];
  const shaped = /^select\b/i.test(replaced) ? answerByKey(replaced, one) : replaced;
  return shaped === null ? null : { text: shaped.replace(/\s+/g, ' ').trim(), parameters: all };
}

/** `a.id = 7`, `7 = a.id` and `a.id IN (7)` become `a.id = ANY(…)`; null for anything else. */
function replacedKey(text: string, { start, end, column }: Slot, any: string): string | null {
  const before = text.slice(0, start);
  const after = text.slice(end).replace(/^::[\w ]*\w(?:\[\])?/, '');
  if (/\bselect\b[^()]*$/i.test(lastOpened(before)) && lastOpened(before) !== before) return null;
  if (/=\s*$/.test(before)) return `${before}${any}${after}`;
  if (/\bin\s*\(\s*$/i.test(before) && /^\s*\)/.test(after))
    return `${before.replace(/\bin\s*\(\s*$/i, '= ')}${any}${after.replace(/^\s*\)/, '')}`;
  const reversed = `${/^\s*=\s*/.exec(after)?.[0] ?? ''}${column}`;
  return after.startsWith(reversed) && reversed !== column
    ? `${before}${column} = ${any}${after.slice(reversed.length)}`
    : null;
}

/** What follows the last parenthesis that is still open: a subquery's key does not belong to the statement's rows. */
function lastOpened(before: string): string {
  let depth = 0;
  for (let at = before.length - 1; at >= 0; at -= 1) {
    if (before[at] === ')') depth += 1;
    else if (before[at] === '(' && (depth -= 1) < 0 && /^\s*select\b/i.test(before.slice(at + 1)))
      return before.slice(at + 1);
    if (depth < 0) depth = 0;
  }
  return before;
}

const limitAtEnd =
  /\s+(?:limit|fetch first)\s+(\$\d+|\d+)(?:\s+rows? only)?(?:\s+offset\s+(\$\d+|\d+))?\s*$/i;
const orderAtEnd = /\s+order\s+by\s+([^()]*(?:\([^()]*\)[^()]*)*)$/i;

/** One answer for each key: LIMIT would cut the answers of all of them. */
function answerByKey(text: string, { slot, rows }: One): string | null {
  const { column } = slot;
  const [whole, list = ''] = /^select\s+([\s\S]*?)\s+from\s/i.exec(text) ?? [];
  if (whole === undefined || /\b(?:distinct|union|intersect|except)\b/i.test(text)) return null;
  const rest = text.slice(whole.length);
  const limit = limitAtEnd.exec(rest);
  const body = limit ? rest.slice(0, limit.index) : rest;
  const isAggregate = /^(?:count|sum|min|max|avg)\s*\(/i.test(list);
  if (isAggregate)
    return /\bgroup\s+by\b/i.test(body) ? null : `SELECT ${column}, ${list} FROM ${body} GROUP BY ${column}`;
  if (/^\(?\s*1\s*\)?(?:\s+as\s+\S+)?\s*$/i.test(list))
    return `SELECT DISTINCT ${column} FROM ${body.replace(orderAtEnd, '')}`;
  const columns = hasColumn(list, column) ? list : `${column}, ${list}`;
  const order = orderAtEnd.exec(body);
  if (!limit || !order) return `SELECT ${columns} FROM ${body}`;
  // The first of each in an order; more than one of each needs LATERAL, which cannot be read off the statement.
  if (rows.some((each) => each > 1)) return null;
  const ordered = body.slice(0, order.index);
  return `SELECT DISTINCT ON (${column}) ${columns} FROM ${ordered} ORDER BY ${column}, ${order[1]}`;
}

function hasColumn(list: string, column: string): boolean {
  const name = (column.split('.').at(-1) ?? column).replaceAll('"', '');
  return /(?:^|[\s,.])\*/.test(list) || new RegExp(`(?:^|[\\s,."])${name}(?:$|[\\s,"])`, 'i').test(list);
}

/** Rows of the statement that shows how many are inserted at once. */
const rowsShown = 3;

/** `VALUES (…), (…), (…)` of the first executions; null where the statement inserts otherwise. */
function rowsOf({ statements, slots }: Executions): Batched | null {
  const parts = statements.slice(0, rowsShown).map(({ text }, at) => {
    const plain = withoutComments(text);
    const [, head = '', row = '', tail = ''] =
      /^([\s\S]*?\bvalues\s*)(\((?:[^()']|'(?:[^']|'')*'|\([^()]*\))*\))\s*((?:on\s+conflict|returning)\b[\s\S]*|;?)$/i.exec(
        plain,
      ) ?? [];
    return { head, row, tail, count: slots[at]?.length ?? 0 };
  });
  const [first] = parts;
  if (!first || parts.some(({ row }) => row === '')) return null;
  const width = statements[0]?.parameters.length ?? 0;
  const rows = parts.map(({ row }, at) =>
    row.replace(/\$(\d+)/g, (_, number: string) => `$${Number(number) + at * width}`),
  );
  const isRepeatable = !/\$\d/.test(first.tail);
  if (!isRepeatable) return null;
  return {
    text: `${first.head}${rows.join(', ')} ${first.tail}`.replace(/\s+/g, ' ').trim(),
    parameters: statements.slice(0, rowsShown).flatMap(({ parameters }) => parameters),
  };
}

/** An array as PostgreSQL reads it, https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO. */
function arrayOf(values: readonly (string | null)[]): string {
  const items = values.map((value) => (value === null ? 'NULL' : `"${value.replace(/["\\]/g, '\\$&')}"`));
  return `{${items.join(',')}}`;
}

function unquoted(value: string | null): string | null {
  const inner = value === null ? undefined : /^[eEnN]?'([\s\S]*)'$/.exec(value)?.[1];
  return inner === undefined ? value : inner.replaceAll("''", "'");
}
