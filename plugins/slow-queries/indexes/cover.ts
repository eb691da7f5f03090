import { likelyCheaper, type Costs } from './costs.ts';
import { beginAlike, usersOf } from './shrink.ts';
import type { Weighed } from './selection.ts';

/** What a statement keeps of its saving however much room is won. */
const leastKept = 0.5;
const mostReplacements = 12;

/**
 * Indexes that cover may take as much room as all others together: what rides along spares pages of the table for few
 * statements, and a set of copies of the table is none that anybody keeps. Those whose room saves the least time are
 * narrowed first.
 */
export async function coveredWithinReason(
  costs: Costs,
  workload: readonly Weighed[],
  start: ReadonlySet<number>,
): Promise<Set<number>> {
  let chosen = new Set(start);
  while (isMostlyCover(costs, chosen)) {
    const next = await cheapestStep(costs, workload, chosen);
    if (next === null) break;
    chosen = next;
  }
  return chosen;
}

const isCover = (costs: Costs, id: number): boolean =>
  (costs.offered(id)?.definition.include.length ?? 0) > 0;

function isMostlyCover(costs: Costs, chosen: ReadonlySet<number>): boolean {
  const pages = (isWanted: boolean): number =>
    [...chosen].reduce((sum, id) => sum + (isCover(costs, id) === isWanted ? costs.pages(id) : 0), 0);
  return pages(true) > pages(false);
}

/** The set that loses the least time for each page it frees; null when none frees any at a bearable loss. */
async function cheapestStep(
  costs: Costs,
  workload: readonly Weighed[],
  chosen: ReadonlySet<number>,
): Promise<Set<number> | null> {
  let best: { readonly next: Set<number>; readonly msPerPage: number } | null = null;
  for (const id of chosen) {
    if (!isCover(costs, id)) continue;
    const users = await usersOf(costs, workload, chosen, id);
    const without = [...chosen].filter((each) => each !== id);
    for (const instead of [[], ...narrower(costs, chosen, id, users)]) {
      const next = new Set([...without, ...instead]);
      const freed = costs.pages(id) - instead.reduce((sum, each) => sum + costs.pages(each), 0);
      const lostMs = await lostBy(costs, users, chosen, next);
      if (lostMs === null || freed <= 0) continue;
      if (best === null || lostMs / freed < best.msPerPage) best = { next, msPerPage: lostMs / freed };
    }
  }
  return best?.next ?? null;
}

/** Smaller indexes without riders that begin alike and that a user's text speaks for. */
function narrower(
  costs: Costs,
  chosen: ReadonlySet<number>,
  id: number,
  users: readonly Weighed[],
): readonly (readonly number[])[] {
  return [...new Set(users.flatMap(({ candidates }) => candidates))]
    .filter((each) => !chosen.has(each) && !isCover(costs, each) && beginAlike(costs, each, id))
    .filter((each) => costs.pages(each) < costs.pages(id))
    .sort((a, b) => costs.pages(b) - costs.pages(a))
    .slice(0, mostReplacements)
    .map((each) => [each]);
}

/** Milliseconds that the users of a set lose with another; null when one of them loses too much of its saving. */
async function lostBy(
  costs: Costs,
  users: readonly Weighed[],
  having: ReadonlySet<number>,
  lacking: ReadonlySet<number>,
): Promise<number | null> {
  let lostMs = 0;
  for (const item of users) {
    const share = await lostShare(costs, item, having, lacking);
    if (share === null) return null;
    lostMs += share * item.totalMs;
  }
  return lostMs;
}

/** Of a statement's time; by the prices of memory where the server likely takes those plans. */
async function lostShare(
  costs: Costs,
  item: Weighed,
  having: ReadonlySet<number>,
  lacking: ReadonlySet<number>,
): Promise<number | null> {
  const inMemory = [
    await costs.inMemory(item, new Set(), likelyCheaper),
    await costs.inMemory(item, having, likelyCheaper),
    await costs.inMemory(item, lacking, likelyCheaper),
  ] as const;
  const [before, now, then] = inMemory.includes(null)
    ? [
        await costs.before(item),
        (await costs.with(item, having))?.cost ?? null,
        (await costs.with(item, lacking))?.cost ?? null,
      ]
    : inMemory;
  if (before === null || now === null || then === null || before <= 0) return null;
  const [saved, lost] = [before - Math.min(now, before), Math.max(0, Math.min(then, before) - now)];
  return lost > saved * (1 - leastKept) ? null : lost / before;
}
