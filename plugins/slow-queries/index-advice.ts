import type { Database } from '../../shared/index.ts';
import type { Candidate } from './candidates.ts';
import { quoted } from './identifiers.ts';

/** An index worth making, as it is told. */
export interface Suggestion {
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly ddl: string;
  readonly undo: string;
  readonly costBefore: number;
  readonly costAfter: number | null;
}

interface Statement {
  readonly text: string;
  readonly parameters: readonly (string | null)[];
  readonly totalCost: number;
}

/** With the index the plan must cost less than this share of what it costs now. */
const worthwhile = 0.8;
/** Without a planner to ask: a filter that keeps more than this share of a table is better served by reading it all. */
const selective = 0.1;
/** Smaller tables are read whole faster than an index is walked. */
const leastRows = 1000;

/** What would help, or null: nothing that an index of the table covers already, nothing the planner would not use. */
export async function suggestionFor(
  database: Database,
  statement: Statement,
  candidate: Candidate,
): Promise<Suggestion | null> {
  const rows = await rowsOf(database, candidate);
  if (rows < leastRows) return null;
  const columns = await orderedColumns(database, candidate, rows);
  const existing = await indexesOf(database, candidate);
  if (existing.some((index) => covers(index, candidate))) return null;
  const costAfter = await costWith(database, statement, candidate, columns);
  const isWorthwhile =
    costAfter === null
      ? candidate.servesLimit || candidate.rowsKept <= rows * selective
      : costAfter < statement.totalCost * worthwhile;
  if (!isWorthwhile) return null;
  const name = indexName(candidate.table, columns);
  const on = `${quoted(candidate.schema)}.${quoted(candidate.table)}`;
  return {
    schema: candidate.schema,
    table: candidate.table,
    columns,
    ddl: `CREATE INDEX CONCURRENTLY IF NOT EXISTS ${quoted(name)} ON ${on} (${columns.join(', ')});`,
    undo: `DROP INDEX CONCURRENTLY IF EXISTS ${quoted(candidate.schema)}.${quoted(name)};`,
    costBefore: statement.totalCost,
    costAfter,
  };
}

async function costWith(
  database: Database,
  statement: Statement,
  { schema, table }: Candidate,
  columns: readonly string[],
): Promise<number | null> {
  if (!(await database.canTryIndexes())) return null;
  const index = `CREATE INDEX ON ${quoted(schema)}.${quoted(table)} (${columns.join(', ')})`;
  const plan = await database.explain(statement.text, statement.parameters, { hypotheticalIndexes: [index] });
  return plan.totalCost;
}

async function rowsOf(database: Database, { schema, table }: Candidate): Promise<number> {
  const [found] = await database.query<{ rows: number }>(
    "SELECT reltuples::float8 AS rows FROM pg_catalog.pg_class WHERE oid = format('%I.%I', $1::text, $2::text)::regclass",
    [schema, table],
  );
  return found?.rows ?? 0;
}

/** Equality columns with the most distinct values first, then the bound or the sort, each quoted. */
async function orderedColumns(
  database: Database,
  { schema, table, equals, rest }: Candidate,
  rows: number,
): Promise<readonly string[]> {
  const stats = await database.query<{ name: string; distinct: number }>(
    `SELECT attname::text AS name, n_distinct::float8 AS distinct FROM pg_catalog.pg_stats
     WHERE schemaname = $1 AND tablename = $2`,
    [schema, table],
  );
  const distinct = (column: string): number => {
    const found = stats.find(({ name }) => name === column)?.distinct ?? 0;
    // Negative figures are shares of the rows (pg_stats.n_distinct).
    return found < 0 ? -found * rows : found;
  };
  const ordered = [...equals].sort((a, b) => distinct(b) - distinct(a));
  return [
    ...ordered.map(quoted),
    ...rest.map(({ column, isDescending }) => quoted(column) + (isDescending ? ' DESC' : '')),
  ];
}

interface Index {
  readonly columns: readonly (string | null)[];
  readonly method: string;
  readonly isWhole: boolean;
}

async function indexesOf(database: Database, { schema, table }: Candidate): Promise<readonly Index[]> {
  return database.query<Index>(
    `SELECT am.amname::text AS method, i.indisvalid AND i.indpred IS NULL AS "isWhole",
       ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place)
             LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number > 0
             WHERE k.place <= i.indnkeyatts ORDER BY k.place) AS columns
     FROM pg_catalog.pg_index i
     JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
     JOIN pg_catalog.pg_am am ON am.oid = c.relam
     WHERE i.indrelid = format('%I.%I', $1::text, $2::text)::regclass`,
    [schema, table],
  );
}

/** A B-tree covers the candidate when it begins with the equality columns in any order and goes on with the rest. */
export function covers(index: Index, { equals, rest }: Pick<Candidate, 'equals' | 'rest'>): boolean {
  if (index.method !== 'btree' || !index.isWhole) return false;
  const begin = index.columns.slice(0, equals.length);
  const after = index.columns.slice(equals.length, equals.length + rest.length);
  return (
    equals.every((column) => begin.includes(column)) &&
    rest.every(({ column }, place) => after[place] === column)
  );
}

/** PostgreSQL's own way of naming, cut at its 63 bytes. */
function indexName(table: string, columns: readonly string[]): string {
  const words = columns.map((each) =>
    each
      .replaceAll(/[^\w]+/g, ' ')
      .replace(/ DESC$/, '')
      .trim()
      .replaceAll(' ', '_'),
  );
  return `${table}_${words.join('_')}`.slice(0, 59) + '_idx';
}
