import type { PlanNode } from '../../shared/view.ts';

/** A node's own part of the whole cost: its cost without its children's. Null when costs are not told. */
export function shareOf(node: PlanNode, total: number): number | null {
  if (node.cost === undefined || total <= 0) return null;
  const children = node.children.reduce((sum, child) => sum + (child.cost ?? 0), 0);
  return Math.min(1, Math.max(0, (node.cost - children) / total));
}
