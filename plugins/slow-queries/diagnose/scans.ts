import { quoted } from '../identifiers.ts';
import { conditionsOf } from '../conditions.ts';
import { nodesOf, numberIn, ownCost, textIn, type PlacedNode } from '../plan.ts';
import type { Case } from './case.ts';
import type { Diagnosis } from './diagnosis.ts';
import { tableName, type TableFacts } from './facts.ts';
import { countText } from './figures.ts';
import { hiddenColumnsIn, wildcardsIn, type HiddenColumn } from './filters.ts';

/** A scan with less of the plan's cost is not why it is slow. */
const leastShare = 0.2;
/** A filter that keeps more of a table is better served by reading it all. */
const selective = 0.1;
/** Smaller tables are read whole faster than an index is walked. */
const leastRows = 1000;

/** Tables that are read whole though a filter keeps little of them, and why no index helps. */
export function scans({ root, facts }: Case): readonly Diagnosis[] {
  const total = nodesOf(root).reduce((sum, placed) => sum + ownCost(placed), 0);
  return nodesOf(root).flatMap((placed) => {
    const name = tableName(placed.node);
    const filter = textIn(placed.node, 'Filter');
    if (name === null || filter === null || textIn(placed.node, 'Node Type') !== 'Seq Scan') return [];
    const share = ownCost(placed) / total;
    if (share < leastShare) return [];
    return scanDiagnoses({ placed, filter, share, table: facts.tables.get(name) });
  });
}

interface Scan {
  readonly placed: PlacedNode;
  readonly filter: string;
  readonly share: number;
  readonly table: TableFacts | undefined;
}

function scanDiagnoses(scan: Scan): readonly Diagnosis[] {
  const { table, filter, placed } = scan;
  if (table && table.rows < leastRows && placed.times < leastRows) return [];
  const wildcards = wildcardsIn(filter).map((column) => wildcard(scan, column));
  const hidden = hiddenColumnsIn(filter).map((column) => hiddenIndex(scan, column));
  const named = [...hidden, ...wildcards];
  const isSelective = table === undefined || keptRows(placed) <= table.rows * selective;
  if (named.length > 0 || !isSelective) return named;
  return [sequentialScan(scan)];
}

function sequentialScan({ placed, filter, share, table }: Scan): Diagnosis {
  const { node } = placed;
  const alias = textIn(node, 'Alias') ?? undefined;
  const columns = [...new Set(conditionsOf(filter, alias).map(({ column }) => column))];
  const each = placed.times > 1 ? `, ${countText(placed.times)} times` : '';
  return {
    kind: 'sequential-scan',
    title: `All ${table ? `${countText(table.rows)} rows ` : ''}of ${textIn(node, 'Relation Name')} are read${each} to keep about ${countText(keptRows(placed))}`,
    evidence: `Seq Scan, ${percent(share)} of the plan's cost. Filter: ${filter}`,
    advice:
      columns.length > 0
        ? `An index that begins with ${columns.join(', ')} lets PostgreSQL read only those rows.`
        : 'No plain index serves this filter; compare a column with a value, or index the expression.',
    sql:
      columns.length > 0
        ? `CREATE INDEX CONCURRENTLY ON ${onTable(placed)} (${columns.map(quoted).join(', ')});`
        : null,
  };
}

function hiddenIndex({ placed, table, filter }: Scan, hidden: HiddenColumn): Diagnosis {
  const { column, expression, by } = hidden;
  const unused = table?.indexes.find(({ leads }) => leads === column);
  return {
    kind: 'hidden-index',
    title: `${by} around ${column} keeps PostgreSQL from using an index on it`,
    evidence: `${unused ? `${unused.name} begins with ${column} and is not used. ` : ''}Filter: ${filter}`,
    advice: hidden.isDay
      ? `Compare ${column} itself with the bounds of the day.`
      : hidden.isImmutable
        ? 'Index the expression, or compare the bare column.'
        : `Compare ${column} itself, with a value of its own type.`,
    sql: hidden.isDay
      ? `WHERE ${quoted(column)} >= $1::date AND ${quoted(column)} < $1::date + 1`
      : hidden.isImmutable
        ? `CREATE INDEX CONCURRENTLY ON ${onTable(placed)} (${expression});`
        : null,
  };
}

function wildcard({ placed, filter }: Scan, column: string): Diagnosis {
  return {
    kind: 'leading-wildcard',
    title: `A pattern that begins with a wildcard is looked for in all of ${textIn(placed.node, 'Relation Name')}`,
    evidence: `Filter: ${filter}`,
    advice: 'No B-tree can serve it. A trigram index can, from three known characters on.',
    sql: `CREATE EXTENSION IF NOT EXISTS pg_trgm;\nCREATE INDEX CONCURRENTLY ON ${onTable(placed)} USING gin (${quoted(column)} gin_trgm_ops);`,
  };
}

function onTable({ node }: PlacedNode): string {
  return `${quoted(textIn(node, 'Schema') ?? 'public')}.${quoted(textIn(node, 'Relation Name') ?? '')}`;
}

/** Below a Gather each worker's share is told (PostgreSQL's get_parallel_divisor). */
function keptRows({ node, above }: PlacedNode): number {
  const gather = above.find((each) => numberIn(each, 'Workers Planned') > 0);
  const workers = gather && node['Parallel Aware'] === true ? numberIn(gather, 'Workers Planned') : 0;
  return numberIn(node, 'Plan Rows') * (workers + Math.max(0, 1 - 0.3 * workers));
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
