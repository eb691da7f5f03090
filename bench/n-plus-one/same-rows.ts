import pg from 'pg';
import type { Batched } from '../../plugins/n-plus-one/batched.ts';
import { needOf } from '../../plugins/n-plus-one/fixes.ts';
import type { Repetition } from '../../plugins/n-plus-one/rule.ts';
import { withoutComments } from '../../plugins/n-plus-one/slots.ts';

type Rows = readonly (readonly unknown[])[];

/**
 * Runs the many and the one on the recorders' data: true when the one answers with the rows of all of them (with the
 * key's column before, where it was added), or, for counts and checks, with one row for each key that has any. Null where
 * it cannot be run: writes, and values that were hidden.
 */
export async function answersAlike(
  client: pg.Client,
  { executions, isWrite }: Repetition,
  batched: Batched,
): Promise<boolean | null> {
  const asked = distinct(executions.statements);
  if (isWrite || JSON.stringify([asked, batched]).includes('[redacted')) return null;
  const singles: Rows[] = [];
  for (const { text, parameters } of asked) singles.push(await rowsOf(client, text, parameters));
  const many = await rowsOf(client, batched.text, batched.parameters);
  const need = needOf(executions);
  if (need === 'count') return many.length === singles.filter(([row]) => Number(row?.[0]) > 0).length;
  if (need === 'exists')
    return many.length === singles.filter(([row]) => row !== undefined && row[0] !== false).length;
  const expected = singles.flat();
  const width = expected[0]?.length ?? 0;
  return sorted(many.map((row) => row.slice(row.length - width))) === sorted(expected);
}

interface Asked {
  readonly text: string;
  readonly parameters: readonly (string | null)[];
}

/** An array of keys asks for each once. */
function distinct(statements: readonly Asked[]): readonly Asked[] {
  const byValues = new Map<string, Asked>();
  for (const { text, parameters } of statements) {
    const plain = withoutComments(text).replace(/;$/, '');
    byValues.set(JSON.stringify([plain, parameters]), { text: plain, parameters });
  }
  return [...byValues.values()];
}

async function rowsOf(client: pg.Client, text: string, parameters: Asked['parameters']): Promise<Rows> {
  // A LIMIT that was left out leaves its parameters behind.
  const values = parameters.filter((_, index) => text.includes(`$${index + 1}`));
  const { rows } = await client.query<unknown[]>({ text, values, rowMode: 'array' });
  return rows;
}

const sorted = (rows: Rows): string =>
  rows
    .map((row) => JSON.stringify(row))
    .toSorted()
    .join('\n');
