import { createHash } from 'node:crypto';
import type { ExplainedPlan, PostgresPlanNode } from '../../shared/index.ts';
import { textIn } from './plan.ts';

/** What a plan looks like without its figures: equal for plans that do the same in the same order. */
export function shapeOf(root: PostgresPlanNode): string {
  const told = (node: PostgresPlanNode): string => {
    const parts = ['Node Type', 'Join Type', 'Strategy', 'Relation Name', 'Index Name'].map((name) =>
      textIn(node, name),
    );
    return `${parts.filter(Boolean).join(' ')}(${(node.Plans ?? []).map(told).join(',')})`;
  };
  return createHash('sha1').update(told(root)).digest('hex').slice(0, 16);
}

export interface KnownPlan {
  readonly shape: string;
  readonly totalCost: number;
  readonly plan: Readonly<Record<string, unknown>>;
}

const mostPlans = 1000;

/** The last plan of each fingerprint, to notice when PostgreSQL chooses another one. */
export class PlanShapes {
  readonly #plans = new Map<string, KnownPlan>();

  /** Null when the shape is the one known; else the new plan and what was known before. */
  seen(
    fingerprint: string,
    { root, totalCost }: ExplainedPlan,
  ): { readonly now: KnownPlan; readonly before: KnownPlan | null } | null {
    const before = this.#plans.get(fingerprint) ?? null;
    const now = { shape: shapeOf(root), totalCost, plan: { ...root } };
    if (before?.shape === now.shape) return null;
    this.know(fingerprint, now);
    return { now, before };
  }

  /** What the log says, after a restart. */
  know(fingerprint: string, plan: KnownPlan): void {
    this.#plans.delete(fingerprint);
    this.#plans.set(fingerprint, plan);
    const [oldest] = this.#plans.keys();
    if (this.#plans.size > mostPlans && oldest !== undefined) this.#plans.delete(oldest);
  }

  knows(fingerprint: string): boolean {
    return this.#plans.has(fingerprint);
  }
}
