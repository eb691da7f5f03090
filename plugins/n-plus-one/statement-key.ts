import type { StatementSeen } from './trace.ts';

/**
 * What makes one execution of a shape differ from another: its bound parameters, or, where a driver writes
 * values into the text, the literals.
 */
export interface Key {
  /** Equal for equal values. */
  readonly text: string;
  readonly values: readonly (string | null)[];
}

export function keyOf(statement: StatementSeen): Key {
  const values = statement.parameters.length > 0 ? statement.parameters : literalsOf(statement.text);
  return { text: JSON.stringify(values), values };
}

/** A literal with what stands before it: enough to tell `id = 7` from `OFFSET 7`. */
const literalPattern = /'(?:[^']|'')*'|(?<![\w$."])\d+(?:\.\d+)?(?![\w"])/g;
const commentPattern = /\/\*[\s\S]*?\*\/|--[^\n]*/g;

function literalsOf(text: string): readonly string[] {
  return withoutComments(text).match(literalPattern) ?? [];
}

export function withoutComments(text: string): string {
  return text.replace(commentPattern, ' ').trim();
}

/** How the value at an index is used in the text: as a key, for paging, or otherwise. */
export type Use = 'key' | 'paging' | 'other';

export function useOf(statement: StatementSeen, index: number): Use {
  const before = beforeValue(statement, index);
  if (/\b(?:limit|offset|fetch (?:first|next))\s*$/i.test(before) || /[<>]=?\s*$/.test(before))
    return 'paging';
  return /(?:=|\bin\s*\(|\bany\s*\(|\bvalues\s*\(|[(,])\s*$/i.test(before) ? 'key' : 'other';
}

function beforeValue({ text, parameters }: StatementSeen, index: number): string {
  const plain = withoutComments(text);
  if (parameters.length > 0) {
    const at = plain.search(new RegExp(`\\$${index + 1}(?!\\d)`));
    return at < 0 ? '' : plain.slice(Math.max(0, at - 40), at);
  }
  const found = [...plain.matchAll(literalPattern)][index];
  return found ? plain.slice(Math.max(0, found.index - 40), found.index) : '';
}

/** The indexes at which the values of several executions are not all the same. */
export function differingIndexes(keys: readonly Key[]): readonly number[] {
  const [first] = keys;
  if (!first) return [];
  return first.values.flatMap((value, index) =>
    keys.some(({ values }) => values[index] !== value) ? [index] : [],
  );
}
