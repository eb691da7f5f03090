import type { PlanNode, PostgresPlanNode } from '../../shared/index.ts';

/** A node with what lies above it, so a scan knows of the sort and the limit it feeds. */
export interface PlacedNode {
  readonly node: PostgresPlanNode;
  /** From the parent up to the root. */
  readonly above: readonly PostgresPlanNode[];
}

/** Every node, the root first. */
export function nodesOf(root: PostgresPlanNode): readonly PlacedNode[] {
  const found: PlacedNode[] = [];
  const visit = (node: PostgresPlanNode, above: readonly PostgresPlanNode[]): void => {
    found.push({ node, above });
    for (const child of node.Plans ?? []) visit(child, [node, ...above]);
  };
  visit(root, []);
  return found;
}

/** What a node costs by itself: its total less its children's. A limit pays only for what it takes. */
export function ownCost(node: PostgresPlanNode): number {
  const below = (node.Plans ?? []).reduce((sum, child) => sum + numberIn(child, 'Total Cost'), 0);
  return Math.max(0, numberIn(node, 'Total Cost') - below);
}

/** The node where most of the cost is. */
export function expensiveNode(root: PostgresPlanNode): PlacedNode {
  const [first, ...rest] = nodesOf(root);
  const start = first ?? { node: root, above: [] };
  return rest.reduce((most, each) => (ownCost(each.node) > ownCost(most.node) ? each : most), start);
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
