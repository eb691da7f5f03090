import { conditionsOf } from '../conditions.ts';
import { quoted } from '../identifiers.ts';
import { nodesOf, numberIn, textIn, type PlacedNode } from '../plan.ts';
import type { Case } from './case.ts';
import type { Diagnosis } from './diagnosis.ts';
import { tableName } from './facts.ts';
import { countText } from './figures.ts';

const leastRatio = 10;
/** Estimates are coarse for few rows, and it matters little. */
const leastDifference = 200;

/** The planner expected far more or far fewer rows than came: its other choices are built on that. */
export function misestimate({ root, execution, facts }: Case): readonly Diagnosis[] {
  if (execution === null || execution.rows === null || textIn(root, 'Node Type') === 'ModifyTable') return [];
  const estimated = numberIn(root, 'Plan Rows');
  const { rows: actual } = execution;
  const ratio = Math.max(estimated, actual, 1) / Math.max(1, Math.min(estimated, actual));
  if (ratio < leastRatio || Math.abs(estimated - actual) < leastDifference) return [];
  const scanned = nodesOf(root).filter(({ node }) => tableName(node) !== null);
  const tables = [...new Set(scanned.map(({ node }) => sqlName(node)))];
  const neverAnalyzed = scanned.filter(({ node }) => facts.tables.get(tableName(node) ?? '')?.rows === 0);
  return [
    {
      kind: 'misestimate',
      title: `PostgreSQL expected ${countText(estimated)} rows and ${countText(actual)} came`,
      evidence: `The plan's estimate against the rows of the very execution${neverAnalyzed.length > 0 ? `; ${tables[0]} was never analyzed` : ''}.`,
      advice:
        'Let PostgreSQL count again; conditions on columns that depend on each other need statistics of their own.',
      sql:
        [...scanned.flatMap(dependentColumns), ...tables.map((table) => `ANALYZE ${table};`)].join('\n') ||
        null,
    },
  ];
}

/** Several conditions on one table are taken for independent unless statistics say otherwise. */
function dependentColumns({ node }: PlacedNode): readonly string[] {
  const filter = [textIn(node, 'Filter'), textIn(node, 'Index Cond')]
    .filter((each) => each !== null)
    .join(' AND ');
  if (filter === '') return [];
  const columns = [
    ...new Set(conditionsOf(filter, textIn(node, 'Alias') ?? undefined).map(({ column }) => column)),
  ];
  if (columns.length < 2) return [];
  return [`CREATE STATISTICS ON ${columns.slice(0, 8).map(quoted).join(', ')} FROM ${sqlName(node)};`];
}

function sqlName(node: PlacedNode['node']): string {
  return `${quoted(textIn(node, 'Schema') ?? 'public')}.${quoted(textIn(node, 'Relation Name') ?? '')}`;
}
