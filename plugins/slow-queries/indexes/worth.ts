import type { Costs } from './costs.ts';
import { shareInMemory } from './goals.ts';
import type { SelectionLimits, Weighed } from './selection.ts';
import { usersOf } from './shrink.ts';

/** However much of what is left it takes away, an index saves less than this share of a statement for nothing. */
const leastOfAll = 0.02;
const pageBytes = 8192;

/** Drops what saves too little for what it costs, one after the other, the poorest first. */
export async function worthwhile(
  costs: Costs,
  workload: readonly Weighed[],
  start: ReadonlySet<number>,
  limits: SelectionLimits,
): Promise<Set<number>> {
  const chosen = new Set(start);
  for (;;) {
    const worths = [];
    for (const id of chosen) worths.push({ id, ...(await worthOf(costs, workload, chosen, id)) });
    const poor = worths.find(({ id, savedMs, share }) => {
      const index = costs.offered(id);
      return !index || share < limits.leastShare || savedMs <= limits.upkeepMs(index);
    });
    const isTooMuch =
      worths.reduce((sum, { id }) => sum + costs.pages(id) * pageBytes, 0) > limits.budgetBytes;
    const leastDense = [...worths].sort(
      (a, b) => a.savedMs / costs.pages(a.id) - b.savedMs / costs.pages(b.id),
    )[0];
    const leaving = poor ?? (isTooMuch ? leastDense : undefined);
    if (!leaving) return chosen;
    chosen.delete(leaving.id);
  }
}
/** What would be lost without an index: time, and the largest share of one statement's cost. */
async function worthOf(
  costs: Costs,
  workload: readonly Weighed[],
  chosen: ReadonlySet<number>,
  id: number,
): Promise<{ readonly savedMs: number; readonly share: number }> {
  const without = new Set([...chosen].filter((each) => each !== id));
  let savedMs = 0;
  let share = 0;
  for (const item of await usersOf(costs, workload, chosen, id)) {
    const before = (await costs.before(item)) ?? 0;
    const [having, lacking] = [await costs.with(item, chosen), await costs.with(item, without)];
    if (!having || !lacking || before <= 0) continue;
    const left = Math.min(lacking.cost, before);
    const lost = left - Math.min(having.cost, before);
    savedMs += (lost / before) * item.totalMs;
    // The second index of a join is judged by what the first one leaves; half the share will do by prices of the disk.
    if (lost >= before * leastOfAll)
      share = Math.max(share, Math.min((lost / left) * 2, await shareInMemory(costs, item, chosen, without)));
  }
  return { savedMs, share };
}
