import type { Costs } from './costs.ts';
import type { Weighed } from './selection.ts';

/** A smaller set may give up this share of what the best one saves. */
export const toleratedLoss = 0.05;
/** What takes less is felt by nobody, and its cost says little about its time. */
const leastMeanMs = 1;
/** About fifteen pages read here and there: what is done so far needs no index. */
const leastCost = 60;

/** What a statement can win. */
export interface Goal {
  readonly before: number;
  readonly best: number;
  /** The cost at which a statement counts as served. */
  readonly enough: number;
  readonly bundle: readonly number[];
  /** Indexes that serve alone, and what the statement then costs. */
  readonly alone: ReadonlyMap<number, number>;
}
/** Of the statements that some of their candidates would help by at least this share of their cost. */
export async function goalsOf(
  costs: Costs,
  workload: readonly Weighed[],
  leastShare: number,
): Promise<ReadonlyMap<string, Goal>> {
  const goals = new Map<string, Goal>();
  for (const item of workload) {
    const before = await costs.before(item);
    if (item.meanMs < leastMeanMs || (before ?? 0) < leastCost) continue;
    const all = before === null ? null : await costs.with(item, new Set(item.candidates));
    if (before === null || all === null) continue;
    const alone = new Map<number, number>();
    for (const id of item.candidates) {
      const found = await costs.with(item, new Set([id]));
      if (found) alone.set(id, found.cost);
    }
    const best = Math.min(all.cost, ...alone.values());
    if (before - best < before * leastShare) continue;
    const enough = best + (before - best) * toleratedLoss;
    const bundle =
      all.cost <= enough
        ? all.uses
        : [...alone]
            .sort((a, b) => a[1] - b[1])
            .slice(0, 1)
            .map(([id]) => id);
    if ((await shareInMemory(costs, item, new Set(bundle), new Set())) < leastShare) continue;
    goals.set(item.id, { before, best, enough, bundle, alone });
  }
  return goals;
}

/** What some indexes save of a statement where all lies in memory: reading a narrower copy of a table in order spares pages only. */
export async function shareInMemory(
  costs: Costs,
  item: Weighed,
  chosen: ReadonlySet<number>,
  without: ReadonlySet<number>,
): Promise<number> {
  const having = await costs.with(item, chosen, 'memory');
  const lacking = await costs.with(item, without, 'memory');
  return having && lacking ? 1 - having.cost / lacking.cost : 1;
}
