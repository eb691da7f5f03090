import { valuesOf, type Executions } from './executions.ts';
import type { StatementSeen } from './trace.ts';

/**
 * The largest group of executions that asked the very same: the same values, under the same settings, and none of the tables
 * written in between. Empty for writes, locks, and what asks no table.
 */
export function duplicatesOf(
  { statements, slots, first, isWrite }: Executions,
  all: readonly StatementSeen[],
  settings: ReadonlyMap<StatementSeen, string>,
): readonly StatementSeen[] {
  if (
    isWrite ||
    first.reads.length === 0 ||
    /\bfor\s+(?:no\s+key\s+)?(?:update|share|key\s+share)\b/i.test(first.text)
  )
    return [];
  const writes = all.filter((each) => each.writes.some((table) => first.reads.includes(table)));
  const groups = new Map<string, StatementSeen[]>();
  statements.forEach((statement, index) => {
    const values = valuesOf(slots[index] ?? []);
    if (values === null) return;
    const writesBefore = writes.filter(({ startedMs, position }) =>
      startedMs === statement.startedMs ? position < statement.position : startedMs < statement.startedMs,
    ).length;
    const key = `${writesBefore} ${settings.get(statement) ?? ''} ${values}`;
    const group = groups.get(key);
    if (group) group.push(statement);
    else groups.set(key, [statement]);
  });
  return [...groups.values()].reduce<readonly StatementSeen[]>(
    (most, group) => (group.length > most.length ? group : most),
    [],
  );
}
