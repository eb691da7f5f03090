import { givesRows } from './counted.ts';
import type { Executions } from './executions.ts';
import type { StatementSeen } from './trace.ts';

/** The statement whose rows a repetition follows. */
export interface Parent {
  readonly text: string;
  /** The first table it reads or writes. */
  readonly table: string | undefined;
  /** Of all its executions before the repetition's last. */
  readonly rows: number;
  /** `exact`: as many rows as executions or keys; `likely`: more, as a loop may skip rows and an identity map know some keys. */
  readonly fit: 'exact' | 'likely';
}

/** Beginnings are told in whole milliseconds: a parent may seem to end this much after its first child began. */
const clockSlackMs = 1.1;
/** Of an unrelated list read earlier the number of rows would hardly be so near. */
const looseFactor = 3;
const looseMore = 10;
/** Read immediately before; many rows share few keys behind an identity map. */
const adjacentFactor = 25;

/** Looks for the parent among all statements of the exchange, which are in the order of their beginning. */
export function parentOf(executions: Executions, all: readonly StatementSeen[]): Parent | null {
  const { first, statements, distinct } = executions;
  const last = statements.at(-1) ?? first;
  const candidates = shapesBefore(first, last, all);
  const count = statements.length;
  const exact = candidates.findLast(({ rows }) => rows === count || rows === distinct);
  if (exact) return { ...exact, fit: 'exact' };
  const keys = distinct === 0 ? count : distinct;
  const near = candidates.findLast(
    ({ rows }) => rows >= keys && rows <= Math.max(keys * looseFactor, keys + looseMore),
  );
  const adjacent = candidates.at(-1);
  const isAdjacent =
    adjacent !== undefined && adjacent.rows >= keys && adjacent.rows <= keys * adjacentFactor;
  const likely = near ?? (isAdjacent ? adjacent : undefined);
  return likely ? { ...likely, fit: 'likely' } : null;
}

type Candidate = Omit<Parent, 'fit'>;

/**
 * The rows of each other shape that had begun to answer before the repetition did, the latest last. Of a shape that
 * is itself repeated the rows are added up when it gives lists (an outer loop, pieces of a cursor); one row each
 * makes a chain of look-ups, not a list to loop over.
 */
function shapesBefore(
  first: StatementSeen,
  last: StatementSeen,
  all: readonly StatementSeen[],
): readonly Candidate[] {
  const shapes = new Map<string, Candidate & { readonly most: number }>();
  for (const statement of all) {
    const { fingerprint, text, reads, writes, rows, startedMs, durationMs } = statement;
    if (fingerprint === first.fingerprint || !givesRows(statement) || startedMs > last.startedMs) continue;
    const endedMs = startedMs + durationMs;
    const known = shapes.get(fingerprint);
    const isBefore = precedes(statement, first) || endedMs <= first.startedMs + clockSlackMs;
    if (!known && !isBefore) continue;
    shapes.set(fingerprint, {
      text: known?.text ?? text,
      table: reads[0] ?? writes[0],
      rows: (known?.rows ?? 0) + rows,
      most: Math.max(known?.most ?? 0, rows),
    });
  }
  return [...shapes.values()].filter(({ most }) => most > 1);
}

/** On one connection the order in which they were told is certain. */
function precedes(statement: StatementSeen, first: StatementSeen): boolean {
  return (
    statement.connection === first.connection && statement.position > 0 && statement.position < first.position
  );
}
