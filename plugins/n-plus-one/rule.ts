import { settingsOf, withoutAttempts } from './attempts.ts';
import { isMigration, isWork } from './counted.ts';
import { withoutFetches } from './cursors.ts';
import { duplicatesOf } from './duplicates.ts';
import { executionsOf, type Executions } from './executions.ts';
import { isPaced } from './pace.ts';
import { parentOf, type Parent } from './parent.ts';
import { isSearchForFreeName, isWord } from './words.ts';
import type { StatementSeen, Trace } from './trace.ts';

/** What one exchange did again and again. */
export interface Repetition {
  /** `n-plus-one`: one statement for each row of another; `duplicate`: the very same statement with the same values. */
  readonly kind: 'n-plus-one' | 'duplicate';
  readonly executions: Executions;
  readonly fingerprint: string;
  /** One of the repeated statements, as it was sent. */
  readonly text: string;
  readonly count: number;
  readonly totalMs: number;
  readonly isWrite: boolean;
  /** The statement whose rows the repetition follows; null when none was seen in this exchange. */
  readonly parent: Parent | null;
  readonly positions: readonly number[];
}

export interface RuleOptions {
  /** Executions of one shape from which it is told. */
  readonly least: number;
  /** The same where no parent was seen: a loop over something Outrider cannot see. */
  readonly leastWithoutParent: number;
}

/**
 * Finds what one exchange did again and again: at least `least` executions of one shape with differing keys, whose
 * number follows the rows of an earlier statement; one after another, at once or interleaved alike. What only looks like it
 * is named by the files this one imports.
 */
export function repetitionsOf(trace: Trace, options: RuleOptions): readonly Repetition[] {
  if (!hasRepeatedShape(trace, options.least) || isMigration(trace.statements)) return [];
  const statements = withoutFetches(withoutAttempts(trace.statements));
  const settings = settingsOf(statements);
  return groupedByShape(statements).flatMap((alike) => {
    if (alike.length < options.least) return [];
    const executions = executionsOf(alike);
    return nPlusOne(executions, statements, options) ?? duplicates(executions, statements, settings, options);
  });
}

/** Nearly all exchanges end here, so it costs little. */
function hasRepeatedShape({ statements }: Trace, least: number): boolean {
  if (statements.length < least) return false;
  const counts = new Map<string, number>();
  for (const { fingerprint } of statements) {
    const count = (counts.get(fingerprint) ?? 0) + 1;
    if (count >= least) return true;
    counts.set(fingerprint, count);
  }
  return false;
}

function nPlusOne(
  executions: Executions,
  all: readonly StatementSeen[],
  options: RuleOptions,
): readonly Repetition[] | null {
  if (isBatch(executions) || isSearchForFreeName(executions)) return null;
  const parent = parentOf(executions, all);
  if (!isRepeated(executions, parent, all, options)) return null;
  if (executions.listLength >= 2 && parent?.fit !== 'exact') return null;
  // A loop over rows that waits for something else between its reads could still read before it.
  if ((executions.isWrite || parent === null) && isPaced(executions.statements, all)) return null;
  return [repetition('n-plus-one', executions.statements, executions, parent)];
}

/** Rows of a statement from which it works on many at once. */
const batchRows = 10;

/** Lists of many keys, and writes of many rows each, are what a loop should become. */
function isBatch({ statements, listLength, isWrite }: Executions): boolean {
  if (listLength >= batchRows) return true;
  const rows = statements.reduce((sum, each) => sum + each.rows, 0);
  return isWrite && rows >= statements.length * batchRows;
}

function isRepeated(
  executions: Executions,
  parent: Parent | null,
  all: readonly StatementSeen[],
  { least, leastWithoutParent }: RuleOptions,
): boolean {
  const { statements, distinct, isInsert } = executions;
  // Two rows of the same values are still two rows; and what cannot be told apart may be as many keys as its parent has rows.
  const keys = isInsert || (distinct === 0 && mayDiffer(executions)) ? statements.length : distinct;
  if (distinct === 0 && !isInsert && parent?.fit !== 'exact') return false;
  if (parent?.fit === 'exact' && parent.rows === statements.length && keys > 1) return true;
  if (parent && keys >= least && (isInsert || !isWord(executions))) return true;
  return keys >= leastWithoutParent && !all.some(isQueue);
}

/** True when values are hidden or undecoded, so that they look alike. */
function mayDiffer({ slots }: Executions): boolean {
  return slots.every((each) =>
    each.some(
      ({ use, values }) =>
        use === 'key' && values.some((value) => /^'?\[(?:binary|redacted)\]'?$/.test(value ?? '')),
    ),
  );
}

/** A worker that takes one job after the other off a table. */
const isQueue = ({ text }: StatementSeen): boolean => /\bskip\s+locked\b/i.test(text);

function duplicates(
  executions: Executions,
  all: readonly StatementSeen[],
  settings: ReadonlyMap<StatementSeen, string>,
  { least }: RuleOptions,
): readonly Repetition[] {
  const same = duplicatesOf(executions, all, settings);
  return same.length < least || isPaced(same, all) ? [] : [repetition('duplicate', same, executions, null)];
}

const mostPositions = 20;

function repetition(
  kind: Repetition['kind'],
  statements: readonly StatementSeen[],
  executions: Executions,
  parent: Parent | null,
): Repetition {
  const { first, isWrite } = executions;
  const positions = statements.map(({ position }) => position).filter((position) => position > 0);
  return {
    kind,
    executions,
    fingerprint: first.fingerprint,
    text: first.text,
    count: statements.length,
    totalMs: statements.reduce((sum, { durationMs }) => sum + durationMs, 0),
    isWrite,
    parent,
    positions: positions.slice(0, mostPositions),
  };
}

function groupedByShape(
  statements: readonly StatementSeen[],
): readonly (readonly [StatementSeen, ...StatementSeen[]])[] {
  const groups = new Map<string, [StatementSeen, ...StatementSeen[]]>();
  for (const statement of statements) {
    if (!isWork(statement)) continue;
    const group = groups.get(statement.fingerprint);
    if (group) group.push(statement);
    else groups.set(statement.fingerprint, [statement]);
  }
  return [...groups.values()];
}
