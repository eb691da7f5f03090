import type { StatementSeen } from './trace.ts';

/**
 * Puts the fetches of a cursor together to the one execution they are: the same shape and values on one
 * connection, after a fetch that stopped early. A driver that limits each execution to its first row
 * (asyncpg's `fetchrow`) fetches once from each.
 */
export function withoutFetches(statements: readonly StatementSeen[]): readonly StatementSeen[] {
  if (!statements.some(({ isPartial }) => isPartial)) return statements;
  const open = new Map<string, number>();
  const merged: StatementSeen[] = [];
  for (const statement of statements) {
    const key = `${statement.connection} ${statement.fingerprint} ${JSON.stringify(statement.parameters)}`;
    const at = open.get(key);
    const begun = at === undefined ? undefined : merged[at];
    if (at !== undefined && begun) {
      // Its time stays that of the first fetch: from then on there are rows to loop over.
      merged[at] = { ...begun, rows: begun.rows + statement.rows };
      if (!statement.isPartial) open.delete(key);
      continue;
    }
    if (statement.isPartial && !isFirstRowOnly(statement)) open.set(key, merged.length);
    merged.push(statement);
  }
  return merged;
}

/** Outside a transaction a portal that gave one row is not asked again by any driver known. */
const isFirstRowOnly = ({ rows, transaction }: StatementSeen): boolean => rows <= 1 && transaction === 'I';
