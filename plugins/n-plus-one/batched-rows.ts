import type { Batched } from './batched.ts';
import { withoutComments } from './slots.ts';
import type { StatementSeen } from './trace.ts';

/** Rows of the statement that shows how many are inserted at once. */
export const rowsShown = 3;

const insertOfOneRow =
  /^([\s\S]*?\bvalues\s*)(\((?:[^()']|'(?:[^']|'')*'|\([^()]*\))*\))\s*((?:on\s+conflict|returning)\b[\s\S]*|;?)$/i;

/** `VALUES (…), (…), (…)` of the first executions; null where the statement inserts otherwise. */
export function batchedRows(statements: readonly StatementSeen[]): Batched | null {
  const shown = statements.slice(0, rowsShown);
  const parts = shown.map(({ text }) => insertOfOneRow.exec(withoutComments(text)));
  const [first] = parts;
  const [, head = '', , tail = ''] = first ?? [];
  if (!first || parts.includes(null) || /\$\d/.test(tail)) return null;
  const width = shown[0]?.parameters.length ?? 0;
  const rows = parts.map((part, at) => renumbered(part?.[2] ?? '', at * width));
  return {
    text: `${head}${rows.join(', ')} ${tail}`.replace(/\s+/g, ' ').replace(/[\s;]+$/, ''),
    parameters: shown.flatMap(({ parameters }) => parameters),
  };
}

function renumbered(row: string, by: number): string {
  return row.replace(/\$(\d+)/g, (_, number: string) => `$${Number(number) + by}`);
}
