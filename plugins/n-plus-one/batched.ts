import { answersByKey } from './answers-by-key.ts';
import { batchedRows } from './batched-rows.ts';
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
  const { first, slots, differing, keys, isInsert, statements } = executions;
  if (isInsert) return batchedRows(statements);
  const [index] = keys;
  const slot = slots[0]?.[index ?? -1];
  if (
    index === undefined ||
    differing.length !== 1 ||
    !slot ||
    slot.column === '' ||
    slot.values.length !== 1
  )
    return null;
  const values = slots.slice(0, keysMax).map((each) => unquoted(each[index]?.values[0] ?? null));
  return withKeys({
    text: withoutComments(first.text).replace(/[\s;]+$/, ''),
    parameters: first.parameters,
    slot,
    rows: statements.map((each) => each.rows),
    keys: arrayOf(values),
  });
}

/** One of the many statements, and what replaces its key. */
export interface One {
  readonly text: string;
  readonly parameters: readonly (string | null)[];
  readonly slot: Slot;
  /** How many each execution returned. */
  readonly rows: readonly number[];
  /** An array as PostgreSQL reads it. */
  readonly keys: string;
}

function withKeys(one: One): Batched | null {
  const { slot, parameters, keys, text } = one;
  const checked = existsPattern.exec(text)?.[1];
  if (checked !== undefined) return withKeysOfCheck(one, checked);
  const number = /^\$(\d+)$/.exec(text.slice(slot.start, slot.end))?.[1];
  const replaced = replacedKey(text, slot, `ANY($${number ?? '1'})`);
  const shaped = replaced !== null && /^select\b/i.test(replaced) ? answersByKey(replaced, one) : replaced;
  if (shaped === null) return null;
  return {
    text: shaped.replace(/\s+/g, ' ').trim(),
    parameters:
      number === undefined ? [keys] : parameters.map((each, at) => (at === Number(number) - 1 ? keys : each)),
  };
}

const existsPattern = /^select\s+exists\s*\(\s*(select\b[\s\S]*)\)\s*(?:as\s+\S+)?\s*(?:limit\s+\S+)?$/i;

/** `SELECT EXISTS (SELECT … WHERE key = 7)` asks for the keys that there are. */
function withKeysOfCheck(one: One, checked: string): Batched | null {
  const text = checked.trim().replace(/^select\s[\s\S]*?\sfrom\s/i, 'SELECT 1 FROM ');
  const { column, values } = one.slot;
  const slot = slotsOf({ text, parameters: [...one.parameters] }).find(
    (each) => each.column === column && each.values[0] === values[0],
  );
  return slot ? withKeys({ ...one, text, slot }) : null;
}

/** `a.id = 7`, `7 = a.id` and `a.id IN (7)` become `a.id = ANY(…)`; null for anything else. */
function replacedKey(text: string, { start, end, column }: Slot, any: string): string | null {
  const before = text.slice(0, start);
  const after = text.slice(end).replace(/^::[\w ]*\w(?:\[\])?/, '');
  // A subquery's key does not belong to the rows of the statement.
  if (isInSubquery(before)) return null;
  if (/=\s*$/.test(before)) return `${before}${any}${after}`;
  if (/\bin\s*\(\s*$/i.test(before) && /^\s*\)/.test(after))
    return `${before.replace(/\bin\s*\(\s*$/i, '= ')}${any}${after.replace(/^\s*\)/, '')}`;
  const reversed = /^\s*=\s*/.exec(after)?.[0];
  return reversed !== undefined && after.startsWith(column, reversed.length)
    ? `${before}${column} = ${any}${after.slice(reversed.length + column.length)}`
    : null;
}

function isInSubquery(before: string): boolean {
  let closed = 0;
  for (let at = before.length - 1; at >= 0; at -= 1) {
    if (before[at] === ')') closed += 1;
    else if (before[at] === '(' && closed > 0) closed -= 1;
    else if (before[at] === '(' && /^\s*select\b/i.test(before.slice(at + 1))) return true;
  }
  return false;
}

/** https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
function arrayOf(values: readonly (string | null)[]): string {
  const items = values.map((value) => (value === null ? 'NULL' : `"${value.replace(/["\\]/g, '\\$&')}"`));
  return `{${items.join(',')}}`;
}

function unquoted(value: string | null): string | null {
  const inner = value === null ? undefined : /^[eEnN]?'([\s\S]*)'$/.exec(value)?.[1];
  return inner === undefined ? value : inner.replaceAll("''", "'");
}
