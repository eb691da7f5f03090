import { Costs } from './costs.ts';
import { coveredWithinReason } from './cover.ts';
import { goalsOf } from './goals.ts';
import { joined, reduced } from './shrink.ts';
import type { OfferedIndex, Planned, WhatIf } from './what-if.ts';
import { worthwhile } from './worth.ts';

/** A statement of the workload as the selection weighs it. */
export interface Weighed {
  readonly id: string;
  /** The statement with up to a few sets of its values. */
  readonly samples: readonly Planned[];
  /** Milliseconds spent on it in the time looked at, and on one call. */
  readonly totalMs: number;
  readonly meanMs: number;
  /** The server's own planner without any new index; null when it was not asked. */
  readonly serverCost: number | null;
  /** Ids of the offered indexes that its own text speaks for. */
  readonly candidates: readonly number[];
  /** `schema.table` of every relation it touches. */
  readonly tables: readonly string[];
}

export interface Chosen {
  readonly index: OfferedIndex;
  /** What each statement it serves costs without any new index, and with all chosen ones. */
  readonly serves: readonly { readonly id: string; readonly before: number; readonly after: number }[];
}

export interface Selection {
  readonly chosen: readonly Chosen[];
  /** Ids of statements that could not be planned. */
  readonly unplanned: readonly string[];
}

export interface SelectionLimits {
  readonly budgetBytes: number;
  /** An index must take this share of the cost of some statement away. */
  readonly leastShare: number;
  /** Milliseconds of upkeep an index costs in the time looked at. */
  readonly upkeepMs: (index: OfferedIndex) => number;
}
/**
 * Chooses the indexes that together serve the workload: first the best for each statement, as the planner picks them
 * when it may have all; then whatever is not missed is left out or replaced by something smaller, then what costs more
 * to keep than it saves, then what the budget has no room for.
 */
export async function selectIndexes(
  whatIf: WhatIf,
  workload: readonly Weighed[],
  limits: SelectionLimits,
): Promise<Selection> {
  const costs = new Costs(whatIf, workload);
  const goals = await goalsOf(costs, workload, limits.leastShare);
  const reachable = workload.filter(({ id }) => goals.has(id));
  let chosen = new Set<number>();
  // What saves most comes first, so that later statements find it and need less.
  for (const item of [...reachable].sort((a, b) => b.totalMs - a.totalMs)) {
    const own = goals.get(item.id);
    for (const id of own?.bundle ?? []) chosen.add(id);
  }
  chosen = await reduced(costs, reachable, goals, chosen);
  chosen = await joined(costs, reachable, goals, chosen);
  chosen = await worthwhile(costs, reachable, chosen, limits);
  chosen = await coveredWithinReason(costs, reachable, chosen);
  const served = await servedBy(costs, reachable, chosen);
  return {
    chosen: [...chosen].flatMap((id) => {
      const index = costs.offered(id);
      const serves = served.get(id) ?? [];
      return index && serves.length > 0 ? [{ index, serves }] : [];
    }),
    unplanned: workload.filter(({ id }) => costs.isUnplanned(id)).map(({ id }) => id),
  };
}

/** A statement that costs as much as before reads the index and is not served by it. */
const servedBelow = 0.98;

async function servedBy(
  costs: Costs,
  workload: readonly Weighed[],
  chosen: ReadonlySet<number>,
): Promise<ReadonlyMap<number, Chosen['serves']>> {
  const served = new Map<number, Chosen['serves'][number][]>();
  for (const item of workload) {
    const [before, plan] = [await costs.before(item), await costs.with(item, chosen)];
    if (before === null || !plan || plan.cost > before * servedBelow) continue;
    for (const id of plan.uses)
      served.set(id, [
        ...(served.get(id) ?? []),
        { id: item.id, before, after: Math.min(plan.cost, before) },
      ]);
  }
  return served;
}
