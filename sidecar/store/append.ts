import { OutriderError } from '../../shared/index.ts';
import { createTurns } from '../turns.ts';
import { SqlFailure, binaryArray, numbersOf, type Parameter, type Sql } from './sql.ts';
import type { Appended, ExpectedVersion, Once, Placed } from './store.ts';

const statement = `SELECT first_position, versions FROM outrider.append(
  $1, $2::bigint, $3, $4, $5::bigint, $6::text[], $7::text[], $8::text[]::date[], $9::text[]::timestamptz[],
  $10::text[], $11::text[], $12::text[], $13::text[]::bigint[], $14::json[])`;

/**
 * Places a batch in one transaction and one round trip. Makes the partition of a day that has none yet, and
 * rejects with `version_conflict`, or with the `SqlFailure` of the connection.
 */
export async function appendBatch(
  sql: Sql,
  notifier: string,
  batch: readonly Appended[],
  check?: ExpectedVersion,
  once?: Once,
): Promise<readonly Placed[]> {
  if (batch.length === 0) return [];
  const parameters = await parametersOf(notifier, batch, check, once);
  const [row] = await sql.query(statement, parameters, 'outrider_append').catch(async (error: unknown) => {
    if (!isMissingDay(error)) throw told(error, check);
    for (const day of new Set(batch.map(dayOf))) if (day !== null) await makeDay(sql, day);
    return sql.query(statement, parameters, 'outrider_append').catch((again: unknown) => {
      throw told(again, check);
    });
  });
  const first = row?.[0];
  if (first === null || first === undefined) return [];
  const versions = numbersOf(row?.[1]);
  return batch.map((_, index) => ({
    position: Number(first) + index,
    streamVersion: versions[index] ?? null,
  }));
}

export async function makeDay(sql: Sql, day: string): Promise<void> {
  await sql.query('SELECT outrider.make_day($1::date)', [day]);
}

/** A large batch is put together in turns: the thread is the traffic's. */
async function parametersOf(
  notifier: string,
  batch: readonly Appended[],
  check: ExpectedVersion | undefined,
  once: Once | undefined,
): Promise<readonly Parameter[]> {
  const turn = createTurns().take();
  const array = async (
    type: 'text' | 'json',
    valueOf: (event: Appended) => string | null,
  ): Promise<Uint8Array | null> => {
    if (turn.isOver()) await turn.next();
    const values = batch.map(valueOf);
    // An array that is NULL costs nothing and reads as a column of nulls.
    return values.every((value) => value === null) ? null : binaryArray(type, values);
  };
  const column = (valueOf: (event: Appended) => string | null) => array('text', valueOf);
  return [
    once?.writer ?? null,
    once === undefined ? null : String(once.number),
    notifier,
    check?.stream ?? null,
    check === undefined ? null : String(check.version),
    await column(({ id }) => id),
    await column(({ type }) => type),
    await column(dayOf),
    await column(({ at }) => at),
    await column(({ stream }) => stream),
    await column(({ traceId }) => traceId),
    await column(({ exchangeId }) => exchangeId),
    await column(({ causedBy }) => (causedBy === null ? null : String(causedBy))),
    await array('json', jsonOf),
  ];
}

function dayOf({ keep, at }: Appended): string | null {
  return keep === 'days' ? at.slice(0, 10) : null;
}

/** The data as JSON text; `undefined`, which JSON does not know, is kept as null. */
export function jsonOf({ json, data }: Appended): string {
  return json ?? JSON.stringify(data) ?? 'null';
}

/** PostgreSQL says check_violation when no partition takes a row. */
function isMissingDay(error: unknown): boolean {
  return error instanceof SqlFailure && error.sqlstate === '23514';
}

function told(error: unknown, check: ExpectedVersion | undefined): unknown {
  if (!(error instanceof SqlFailure) || error.sqlstate !== 'OR409' || !check) return error;
  const detail = `${check.stream} is at version ${error.detail ?? 'unknown'}, not ${check.version}.`;
  return new OutriderError('version_conflict', detail, { cause: error });
}
