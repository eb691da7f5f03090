import type { PlanNode, PostgresPlanNode } from '../../shared/index.ts';

/** A node with what lies above it, so a scan knows of the sort and the limit it feeds. */
export interface PlacedNode {
  readonly node: PostgresPlanNode;
  /** From the parent up to the root. */
  readonly above: readonly PostgresPlanNode[];
  /** How often it runs: once for each outer row inside a nested loop or a subplan. */
  readonly times: number;
}

/** Every node, the root first. */
export function nodesOf(root: PostgresPlanNode): readonly PlacedNode[] {
  const found: PlacedNode[] = [];
  const visit = (node: PostgresPlanNode, above: readonly PostgresPlanNode[], times: number): void => {
    found.push({ node, above, times });
    const taken = takenShare([node, ...above]);
    for (const child of node.Plans ?? [])
      visit(child, [node, ...above], times * timesBelow(node, child, taken));
  };
  visit(root, [], 1);
  return found;
}

/** What a node costs by itself in the whole plan: its total less its children's, as often as it runs. */
export function ownCost({ node, above, times }: PlacedNode): number {
  const taken = takenShare([node, ...above]);
  const below = (node.Plans ?? []).reduce(
    // A node's own total is told as if nobody above stopped early.
    (sum, child) => sum + (numberIn(child, 'Total Cost') * timesBelow(node, child, taken)) / taken,
    0,
  );
  return Math.max(0, numberIn(node, 'Total Cost') - below) * taken * times;
}

/** The node where most of the cost is. */
export function expensiveNode(root: PostgresPlanNode): PlacedNode {
  const [first, ...rest] = nodesOf(root);
  const start = first ?? { node: root, above: [], times: 1 };
  return rest.reduce((most, each) => (ownCost(each) > ownCost(most) ? each : most), start);
}

/** How often a child runs while its parent runs once. */
function timesBelow(parent: PostgresPlanNode, child: PostgresPlanNode, taken: number): number {
  const relationship = textIn(child, 'Parent Relationship');
  if (relationship === 'SubPlan')
    return textIn(parent, 'Node Type') === 'Hash' ? 1 : Math.max(1, numberIn(parent, 'Plan Rows') * taken);
  if (relationship !== 'Inner' || textIn(parent, 'Node Type') !== 'Nested Loop') return taken;
  if (cached.has(textIn(child, 'Node Type') ?? '')) return taken;
  const outer = parent.Plans?.find((each) => textIn(each, 'Parent Relationship') === 'Outer');
  return Math.max(1, numberIn(outer ?? {}, 'Plan Rows') * taken);
}

/** Their result is kept between runs. */
const cached = new Set(['Materialize', 'Memoize']);
/** They read everything below before they give their first row. */
const blocking = new Set([
  'Sort',
  'Incremental Sort',
  'Aggregate',
  'Hash',
  'Materialize',
  'WindowAgg',
  'SetOp',
]);

/** The share of a node's rows that a LIMIT right above lets it make; 1 without one. */
function takenShare([node, ...above]: readonly PostgresPlanNode[]): number {
  if (!node || blocking.has(textIn(node, 'Node Type') ?? '')) return 1;
  const limit = above[0];
  if (!limit || textIn(limit, 'Node Type') !== 'Limit') return 1;
  const rows = numberIn(node, 'Plan Rows');
  return rows > 0 ? Math.min(1, numberIn(limit, 'Plan Rows') / rows) : 1;
}

/** The plan as a tree for a person, its expensive node marked. */
export function planView(root: PostgresPlanNode): PlanNode {
  const expensive = expensiveNode(root).node;
  const drawn = (node: PostgresPlanNode): PlanNode => ({
    label: labelOf(node),
    ...detailOf(node),
    cost: numberIn(node, 'Total Cost'),
    rows: numberIn(node, 'Plan Rows'),
    ...(node === expensive && { isExpensive: true }),
    children: (node.Plans ?? []).map(drawn),
  });
  return drawn(root);
}

export function numberIn(node: PostgresPlanNode, field: string): number {
  const value = node[field];
  return typeof value === 'number' ? value : 0;
}

export function textIn(node: PostgresPlanNode, field: string): string | null {
  const value = node[field];
  return typeof value === 'string' ? value : null;
}

export function textsIn(node: PostgresPlanNode, field: string): readonly string[] {
  const value = node[field];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

function labelOf(node: PostgresPlanNode): string {
  const type = textIn(node, 'Node Type') ?? 'Node';
  const join = textIn(node, 'Join Type');
  const on = textIn(node, 'Relation Name') ?? textIn(node, 'CTE Name') ?? textIn(node, 'Function Name');
  const index = textIn(node, 'Index Name');
  const kind = join && join !== 'Inner' ? `${join} ${type}` : type;
  return [kind, index && `by ${index}`, on && `on ${on}`].filter(Boolean).join(' ');
}

/** The conditions and keys that explain a node, in the order PostgreSQL prints them. */
const conditions = [
  'Index Cond',
  'Recheck Cond',
  'Hash Cond',
  'Merge Cond',
  'Join Filter',
  'Filter',
  'One-Time Filter',
] as const;

function detailOf(node: PostgresPlanNode): { readonly detail?: string } {
  const told = conditions.flatMap((field) => {
    const text = textIn(node, field);
    return text === null ? [] : [`${field}: ${text}`];
  });
  const keys = ['Sort Key', 'Group Key'].flatMap((field) => {
    const texts = textsIn(node, field);
    return texts.length === 0 ? [] : [`${field}: ${texts.join(', ')}`];
  });
  const all = [...told, ...keys];
  return all.length === 0 ? {} : { detail: all.join(' · ').slice(0, 500) };
}
