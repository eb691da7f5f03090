import type { Database, ExplainedPlan, PlanNode, PostgresPlanNode, View } from '../../shared/index.ts';

/** A statement as EXPLAIN is asked about it. */
export interface Asked {
  readonly text: string;
  readonly parameters: readonly (string | null)[];
}

/** What the planner says of one of the many and of the one that would do; both unitless costs of PostgreSQL's planner. */
export interface Compared {
  readonly single: number | null;
  readonly batched: ExplainedPlan;
}

/**
 * Asks EXPLAIN (never ANALYZE) whether PostgreSQL accepts the one statement, what it would cost, and what one of
 * the many costs. Rejects with what PostgreSQL says against the one statement.
 */
export async function compare(database: Database, single: Asked, batched: Asked): Promise<Compared> {
  const plan = await explained(database, batched);
  const one = await explained(database, single).catch(() => null);
  return { single: one?.totalCost ?? null, batched: plan };
}

/**
 * The plan of the one statement, with its cost beside that of the many. The one for inserts is shown, and planned,
 * for the first few rows: `planned` of `count`.
 */
export function comparedView({ single, batched }: Compared, count: number, planned: number): View {
  const many = single === null ? null : single * planned;
  return {
    kind: 'stack',
    children: [
      {
        kind: 'columns',
        children: [
          {
            kind: 'stat',
            label: `Planner’s cost of ${planned === count ? 'all' : `the first ${planned}`}`,
            value: many === null ? 'not known' : rounded(many),
            note: single === null ? 'one of them could not be planned' : `${planned} × ${rounded(single)}`,
            tone: 'warning',
          },
          {
            kind: 'stat',
            label: planned === count ? 'Planner’s cost of the one' : 'Planner’s cost of one for these',
            value: rounded(batched.totalCost),
            ...(many !== null && { note: shareOf(batched.totalCost, many) }),
            tone: many !== null && batched.totalCost > many ? 'warning' : 'good',
          },
          { kind: 'stat', label: 'Round trips', value: `1 instead of ${count}`, tone: 'good' },
        ],
      },
      { kind: 'plan', root: planNode(batched.root) },
    ],
  };
}

const shareOf = (cost: number, many: number): string =>
  many <= 0 ? '' : `${((cost / many) * 100).toFixed(cost < many / 100 ? 1 : 0)} % of it`;

const hidden = /\[redacted[^\]]*\]/;

/** Hidden values fit no type: without parameters the plan for any is asked for, and in the text NULL stands for them. */
function explained(database: Database, { text, parameters }: Asked): Promise<ExplainedPlan> {
  const isHidden = parameters.some((each) => each !== null && (hidden.test(each) || each === '[binary]'));
  return database.explain(text.replace(/'\[redacted[^\]]*\]'/g, 'NULL'), isHidden ? [] : parameters);
}

function planNode(node: PostgresPlanNode): PlanNode {
  const relation = node['Relation Name'];
  const index = node['Index Name'];
  const cost = node['Total Cost'];
  const rows = node['Plan Rows'];
  return {
    label: [String(node['Node Type']), ...(typeof relation === 'string' ? [`on ${relation}`] : [])].join(' '),
    ...(typeof index === 'string' && { detail: `by ${index}` }),
    ...(typeof cost === 'number' && { cost }),
    ...(typeof rows === 'number' && { rows }),
    children: (node.Plans ?? []).map(planNode),
  };
}

const rounded = (cost: number): string => (cost >= 100 ? cost.toFixed(0) : cost.toFixed(1));
