import { parseSync } from 'libpg-query';
import type { WorkloadStatement } from './advise.ts';
import type { Catalog, Table } from './catalog.ts';
import type { IndexDefinition } from './definition.ts';
import { tableNamed } from './scope.ts';
import { field, list, nodesBelow, text, words, type Tree } from './tree.ts';

/** What a statement writes. */
export interface Written {
  readonly table: Table;
  /** Columns an UPDATE sets; null where whole rows come or go. */
  readonly columns: ReadonlySet<string> | null;
}

/** Microseconds an index adds to each row written: one descent and its share of pages written later. */
const upkeepUs = { btree: 8, gin: 60, gist: 30, brin: 1, hash: 8, spgist: 30 } as const;

/** What the writes of the recorded workload would pay for an index, in milliseconds. The parser must be loaded. */
export function upkeepOf(
  workload: readonly WorkloadStatement[],
  catalog: Catalog,
): (index: { readonly definition: IndexDefinition }) => number {
  const writes = workload.flatMap(({ samples, calls }) =>
    writtenBy(samples[0]?.text ?? '', catalog).map((written) => ({ ...written, calls })),
  );
  return ({ definition }) => {
    const paying = writes.filter(
      ({ table, columns }) =>
        table.schema === definition.schema &&
        table.name === definition.table &&
        (columns === null || [...columns].some((each) => holds(definition, each))),
    );
    return (paying.reduce((sum, { calls }) => sum + calls, 0) * upkeepUs[definition.method]) / 1000;
  };
}

/** The tables a statement writes to, itself or in a WITH; none for what cannot be parsed. */
export function writtenBy(statement: string, catalog: Catalog): readonly Written[] {
  // Most statements only read: parsing them to learn that would cost more than looking for a word.
  if (!/\b(insert|update|delete|merge)\b/i.test(statement)) return [];
  const root = parsed(statement);
  return ['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'].flatMap((type) =>
    nodesBelow(root, type).flatMap((node) => writtenIn(type, node, catalog)),
  );
}

function writtenIn(type: string, node: Tree, catalog: Catalog): readonly Written[] {
  const relation = field(node, 'relation');
  const table = tableNamed(catalog, text(relation, 'schemaname'), text(relation, 'relname') ?? '');
  if (!table) return [];
  const targets = list(node, 'targetList').map((each) => text(field(each, 'ResTarget'), 'name') ?? '');
  return [{ table, columns: type === 'UpdateStmt' ? new Set(targets) : null }];
}

/** An UPDATE that sets nothing of an index leaves it alone where the row stays on its page. */
function holds({ keys, include, predicate }: IndexDefinition, column: string): boolean {
  if (keys.some((key) => key.column === column) || include.includes(column)) return true;
  const expressions = keys.flatMap((key) => (key.column === null ? key.sql : []));
  return [...expressions, predicate ?? ''].some((sql) => columnsIn(sql).has(column));
}

/** Names of the columns an expression mentions. */
function columnsIn(sql: string): ReadonlySet<string> {
  if (sql === '') return new Set();
  const references = nodesBelow(parsed(`SELECT ${sql}`), 'ColumnRef');
  return new Set(references.flatMap((each) => words(list(each, 'fields')).at(-1) ?? []));
}

function parsed(statement: string): Tree {
  try {
    return field(list(parseSync(statement), 'stmts')[0], 'stmt');
  } catch {
    // No SQL of PostgreSQL's, or cut: nothing is known of it.
    return undefined;
  }
}
