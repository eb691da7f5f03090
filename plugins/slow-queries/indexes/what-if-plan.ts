import type { PostgresPlanNode } from '../../../shared/index.ts';

/** The root of what EXPLAIN answered as JSON; null for whatever else. */
export function planRoot(answer: unknown): PostgresPlanNode | null {
  const plan: unknown = typeof answer === 'string' ? JSON.parse(answer) : answer;
  const first: unknown = Array.isArray(plan) ? plan[0] : undefined;
  // Safe: it is PostgreSQL's own JSON; nodes are read field by field.
  return typeof first === 'object' && first !== null && 'Plan' in first
    ? (first.Plan as PostgresPlanNode)
    : null;
}

/** How much dearer a plan may turn out that hopes to find enough rows early. */
const hopefulRisk = 4;

/**
 * A LIMIT over an offered index that gives the order but not the rows: rows that pass the filter may all lie at the
 * far end, which the planner never expects.
 */
export function riskOf(node: PostgresPlanNode, idOf: IdOf, isLimited = false): number {
  const isOffered = idOf.has(String(node['Index Name']));
  if (isLimited && isOffered && node['Filter'] !== undefined && node['Index Cond'] === undefined)
    return hopefulRisk;
  const type = String(node['Node Type']);
  const goesOn = type === 'Limit' || (isLimited && !/Sort|Aggregate|Hash|Bitmap|SetOp/.test(type));
  return Math.max(1, ...(node.Plans ?? []).slice(0, 1).map((child) => riskOf(child, idOf, goesOn)));
}

/** Since PostgreSQL 18 the values of a leading column that is not asked for can be skipped through. */
export const skipsSince = 180_000;
/** So much dearer is a plan that the server cannot make: it reads the whole index or none. */
const impossibleRisk = 50;

/** 1 when the server's version can run a plan as this one's planner meant it. */
export function versionRisk(
  node: PostgresPlanNode,
  leadOf: ReadonlyMap<string, string>,
  version: number,
): number {
  if (version >= skipsSince) return 1;
  const lead = leadOf.get(String(node['Index Name']));
  const condition = node['Index Cond'];
  if (lead !== undefined && condition !== undefined && !mentions(String(condition), lead))
    return impossibleRisk;
  return Math.max(1, ...(node.Plans ?? []).map((child) => versionRisk(child, leadOf, version)));
}

/** EXPLAIN writes the scanned table's own columns without a qualifier, those of others with one. */
function mentions(condition: string, column: string): boolean {
  const escaped = column.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(String.raw`(?<![\w."])"?${escaped}"?(?![\w"])`).test(condition);
}

export function usesIn(root: PostgresPlanNode, idOf: IdOf): readonly number[] {
  const found = new Set<number>();
  const visit = (node: PostgresPlanNode): void => {
    const id = idOf.get(String(node['Index Name']));
    if (id !== undefined) found.add(id);
    for (const child of node.Plans ?? []) visit(child);
  };
  visit(root);
  return [...found];
}

/** Ids of offered indexes by the names that plans call them. */
export type IdOf = ReadonlyMap<string, number>;
