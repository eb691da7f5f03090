import { differingIndexes, keyOf, useOf, withoutComments, type Key } from './statement-key.ts';
import type { StatementSeen, Trace } from './trace.ts';

/** What one exchange did again and again. */
export interface Repetition {
  /** `n-plus-one`: one statement for each row of another; `duplicate`: the very same statement with the same values. */
  readonly kind: 'n-plus-one' | 'duplicate';
  readonly fingerprint: string;
  /** One of the repeated statements, as it was sent. */
  readonly text: string;
  readonly count: number;
  readonly totalMs: number;
  readonly isWrite: boolean;
  /** The statement whose rows the repetition follows; null when none was seen in this exchange. */
  readonly parent: StatementSeen | null;
  readonly positions: readonly number[];
  /** Indexes of the parameters that differ. */
  readonly keyIndexes: readonly number[];
}

export interface RuleOptions {
  /** Executions of one shape from which it is told. */
  readonly least: number;
  /** The same where no parent was seen: a loop over something Outrider cannot see. */
  readonly leastWithoutParent: number;
}

const counted = /^\s*(?:with|select|insert|update|delete|merge|values|table)\b/i;

/**
 * Finds what one exchange did again and again: at least `least` executions of one shape with differing keys,
 * whose number follows the rows of an earlier statement; one after another, at once or interleaved alike. Cursor
 * fetches, transaction and session statements, failed attempts and paging are never counted.
 */
export function repetitionsOf(trace: Trace, options: RuleOptions): readonly Repetition[] {
  const statements = trace.statements.filter(isCounted);
  const shapes = grouped(statements, ({ fingerprint }) => fingerprint);
  return [...shapes.values()].flatMap((alike) => {
    if (alike.length < options.least) return [];
    return nPlusOne(alike, statements, options) ?? duplicates(alike, options) ?? [];
  });
}

function isCounted({ text, isPartial, isFailed }: StatementSeen): boolean {
  return !isPartial && !isFailed && counted.test(withoutComments(text));
}

function nPlusOne(
  alike: readonly StatementSeen[],
  all: readonly StatementSeen[],
  { least, leastWithoutParent }: RuleOptions,
): Repetition | null {
  const keys = alike.map(keyOf);
  const distinct = new Set(keys.map(({ text }) => text)).size;
  if (distinct < least) return null;
  const keyIndexes = keyIndexesOf(alike, keys);
  if (keyIndexes.length === 0 || isSearchForFreeName(alike, keys, keyIndexes)) return null;
  const parent = parentOf(alike, distinct, all);
  if (!parent && distinct < leastWithoutParent) return null;
  return { ...summary(alike), kind: 'n-plus-one', parent, keyIndexes };
}

/** Where only the page moves it is one long read in pieces. */
function keyIndexesOf(alike: readonly StatementSeen[], keys: readonly Key[]): readonly number[] {
  const [first] = alike;
  if (!first) return [];
  const differing = differingIndexes(keys);
  return differing.some((index) => useOf(first, index) === 'paging')
    ? []
    : differing.filter((index) => useOf(first, index) === 'key');
}

/**
 * `a`, `a-1`, `a-2` … until one is free: a uniqueness check, not a loop over rows. Only the last one finds nothing,
 * and the names share a stem.
 */
function isSearchForFreeName(
  alike: readonly StatementSeen[],
  keys: readonly Key[],
  indexes: readonly number[],
): boolean {
  const last = alike.at(-1);
  const [index] = indexes;
  if (!last || index === undefined || indexes.length !== 1 || last.rows > 0) return false;
  if (alike.slice(0, -1).some(({ rows }) => rows === 0)) return false;
  const names = keys.map(({ values }) => (values[index] ?? '').replace(/^'|'$/g, ''));
  const stem = names[0] ?? '';
  return (
    stem.length > 1 &&
    !/^\d+$/.test(stem) &&
    names.every((name) => name.startsWith(stem.replace(/[-_ ]?\d+$/, '')))
  );
}

/**
 * The latest earlier statement of another shape that returned at least as many rows as there are keys, and not so many more that
 * the number could not come from it: a loop may skip rows and an identity map may know some keys already.
 */
function parentOf(
  alike: readonly StatementSeen[],
  distinct: number,
  all: readonly StatementSeen[],
): StatementSeen | null {
  const [first] = alike;
  if (!first) return null;
  const earlier = all.filter(
    ({ fingerprint, startedMs, durationMs }) =>
      fingerprint !== first.fingerprint && startedMs + durationMs <= first.startedMs + clockSlackMs,
  );
  const fitting = earlier.filter(
    ({ rows }) => rows >= distinct && rows <= Math.max(distinct * 3, distinct + 10),
  );
  return fitting.at(-1) ?? null;
}

/** Times come from two clocks' readings of one chunk each; a parent may seem to end this much after its first child began. */
const clockSlackMs = 0.5;

function duplicates(alike: readonly StatementSeen[], { least }: RuleOptions): Repetition | null {
  const byKey = grouped(alike, (statement) => keyOf(statement).text);
  const most = [...byKey.values()].sort((a, b) => b.length - a.length)[0];
  if (!most || most.length < least || most.some(({ writes }) => writes.length > 0)) return null;
  return { ...summary(most), kind: 'duplicate', parent: null, keyIndexes: [] };
}

function summary(
  alike: readonly StatementSeen[],
): Pick<Repetition, 'fingerprint' | 'text' | 'count' | 'totalMs' | 'isWrite' | 'positions'> {
  const [first] = alike;
  return {
    fingerprint: first?.fingerprint ?? '',
    text: first?.text ?? '',
    count: alike.length,
    totalMs: alike.reduce((sum, { durationMs }) => sum + durationMs, 0),
    isWrite: alike.some(({ writes }) => writes.length > 0),
    positions: alike
      .map(({ position }) => position)
      .filter((position) => position > 0)
      .slice(0, 20),
  };
}

function grouped<T>(items: readonly T[], keyFor: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyFor(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
