import { slotsOf, type Slot } from './slots.ts';
import type { StatementSeen } from './trace.ts';

/** The executions of one shape within an exchange, and how their values differ. */
export interface Executions {
  readonly statements: readonly StatementSeen[];
  readonly first: StatementSeen;
  /** One list a statement; slots of one index are the same place of the shape. */
  readonly slots: readonly (readonly Slot[])[];
  /** Indexes of the slots whose values differ. */
  readonly differing: readonly number[];
  /** Of those, the ones that say which row is meant. */
  readonly keys: readonly number[];
  /** How many different keys there are; 0 where values cannot be told apart. */
  readonly distinct: number;
  /** The mean number of values in the lists among the keys; 1 without lists. */
  readonly listLength: number;
  readonly isWrite: boolean;
  readonly isInsert: boolean;
}

/** A value that was not decoded, or hidden without a mark: it may equal any other. */
const unknownValue = /^'?\[(?:binary|redacted)\]'?$/;
/** Parameters are told cut at this length: longer ones may differ behind it. */
const cutCharacters = 256;

export function executionsOf(statements: readonly [StatementSeen, ...StatementSeen[]]): Executions {
  const [first] = statements;
  const slots = statements.map(slotsOf);
  const places = Math.min(...slots.map(({ length }) => length));
  const differing = range(places).filter((index) => differs(slots, index));
  const keys = keysAmong(differing, slots[0] ?? []);
  const isWrite = first.writes.length > 0;
  return {
    statements,
    first,
    slots,
    differing,
    keys,
    distinct: keys.length === 0 ? 0 : new Set(slots.map((each) => written(each, keys))).size,
    listLength: listLengthOf(slots, keys),
    isWrite,
    isInsert: isWrite && /^[\s(]*insert\b/i.test(first.text.replace(/\/\*[\s\S]*?\*\//g, '')),
  };
}

/** The values of one execution as one text, to compare; null when one of them is not known. */
export function valuesOf(slots: readonly Slot[]): string | null {
  return slots.some(isUnknown) ? null : JSON.stringify(slots.map(({ values }) => values));
}

function differs(slots: readonly (readonly Slot[])[], index: number): boolean {
  const texts = new Set(slots.map((each) => written(each, [index])));
  return texts.size > 1;
}

function written(slots: readonly Slot[], indexes: readonly number[]): string {
  return JSON.stringify(indexes.map((index) => slots[index]?.values));
}

/**
 * Which of the differing values choose a row. A column that is compared with `<` or `>` as well is where the
 * last page ended: `a < $1 OR (a = $1 AND b < $2)`.
 */
function keysAmong(differing: readonly number[], slots: readonly Slot[]): readonly number[] {
  const ranged = new Set(
    slots.flatMap(({ use, column }) => (use === 'range' && column !== '' ? [column] : [])),
  );
  const isKey = ({ use, column }: Slot): boolean =>
    use === 'list' || use === 'argument' || use === 'inserted' || (use === 'key' && !ranged.has(column));
  return differing.filter((index) => {
    const slot = slots[index];
    return slot !== undefined && isKey(slot) && !isUnknown(slot);
  });
}

function listLengthOf(slots: readonly (readonly Slot[])[], keys: readonly number[]): number {
  const lengths = slots.map((each) => Math.max(1, ...keys.map((index) => each[index]?.values.length ?? 1)));
  return lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, lengths.length);
}

const isUnknown = ({ values }: Slot): boolean =>
  values.some((value) => value !== null && (unknownValue.test(value) || value.length >= cutCharacters));

function range(count: number): readonly number[] {
  return Array.from({ length: Math.max(0, count) }, (_, index) => index);
}
