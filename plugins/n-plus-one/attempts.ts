import type { StatementSeen } from './trace.ts';
import { withoutComments } from './slots.ts';

/** Serialization failure and deadlock: the transaction is done again, as PostgreSQL's manual §13.5 says. */
const retried: ReadonlySet<string> = new Set(['40001', '40P01']);

/**
 * Leaves out the statements of transactions that failed for no fault of theirs and were done again: what is
 * repeated there is an attempt.
 */
export function withoutAttempts(statements: readonly StatementSeen[]): readonly StatementSeen[] {
  const failed = new Set<StatementSeen>();
  statements.forEach((statement, index) => {
    if (statement.sqlstate === null || !retried.has(statement.sqlstate)) return;
    for (let at = index - 1; at >= 0; at -= 1) {
      const earlier = statements[at];
      if (!earlier || earlier.connection !== statement.connection) continue;
      if (earlier.transaction !== 'T') break;
      failed.add(earlier);
    }
  });
  return failed.size === 0 ? statements : statements.filter((statement) => !failed.has(statement));
}

const setting = /^\s*set\s+(?:session\s+|local\s+)?([\w.]+)\s*(?:=|to)\s*(.*)$/is;

/** For each statement what was SET on its connection before it: the same text in another schema is another question. */
export function settingsOf(statements: readonly StatementSeen[]): ReadonlyMap<StatementSeen, string> {
  const byConnection = new Map<number, Map<string, string>>();
  const written = new Map<number, string>();
  const settings = new Map<StatementSeen, string>();
  for (const statement of statements) {
    const { connection, text } = statement;
    const [, name, value = ''] = setting.exec(withoutComments(text)) ?? [];
    if (name !== undefined) {
      const known = byConnection.get(connection) ?? new Map<string, string>();
      byConnection.set(connection, known.set(name.toLowerCase(), value.trim()));
      written.set(connection, JSON.stringify([...known]));
    }
    settings.set(statement, written.get(connection) ?? '');
  }
  return settings;
}
