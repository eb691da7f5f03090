import { Costs } from './costs.ts';
import type { OfferedIndex, Planned, WhatIf } from './what-if.ts';

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

/** A smaller set may give up this share of what the best one saves. */
const toleratedLoss = 0.05;
/** However much of what is left it takes away, an index saves less than this share of a statement for nothing. */
const leastOfAll = 0.02;
/** What takes less is felt by nobody, and its cost says little about its time. */
const leastMeanMs = 1;
/** About fifteen pages read here and there: what is done so far needs no index. */
const leastCost = 60;
const pageBytes = 8192;

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
  chosen = await worthwhile(costs, reachable, chosen, limits);
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

interface Goal {
  readonly before: number;
  readonly best: number;
  /** The cost at which a statement counts as served. */
  readonly enough: number;
  readonly bundle: readonly number[];
  /** Indexes that serve alone, and what the statement then costs. */
  readonly alone: ReadonlyMap<number, number>;
}

async function goalsOf(
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
    goals.set(item.id, { before, best, enough, bundle, alone });
  }
  return goals;
}

/** Leaves out what is not missed, largest first, and puts smaller indexes in the place of larger ones. */
async function reduced(
  costs: Costs,
  workload: readonly Weighed[],
  goals: ReadonlyMap<string, Goal>,
  start: ReadonlySet<number>,
): Promise<Set<number>> {
  let chosen = new Set(start);
  for (let isChanged = true, rounds = 0; isChanged && rounds < 4; rounds += 1) {
    isChanged = false;
    for (const id of [...chosen].sort((a, b) => costs.burden(b) - costs.burden(a))) {
      const affected = await usersOf(costs, workload, chosen, id);
      for (const next of replacements(costs, goals, chosen, id, affected)) {
        if (!(await isServed(costs, affected, goals, next))) continue;
        chosen = next;
        isChanged = true;
        break;
      }
    }
  }
  return chosen;
}

/** Sets to try instead of one with this index: without it, then with a smaller one, the smallest first. */
function replacements(
  costs: Costs,
  goals: ReadonlyMap<string, Goal>,
  chosen: ReadonlySet<number>,
  id: number,
  affected: readonly Weighed[],
): readonly Set<number>[] {
  const without = new Set([...chosen].filter((each) => each !== id));
  const burden = costs.burden(id);
  const wanted = new Set(affected.flatMap(({ candidates }) => candidates));
  const isPart = affected.some((item) => (goals.get(item.id)?.bundle.length ?? 0) > 1);
  const serves = (other: number): boolean =>
    isPart ||
    affected.some((item) => {
      const goal = goals.get(item.id);
      return goal !== undefined && (goal.alone.get(other) ?? Infinity) <= goal.enough;
    });
  const others = [...wanted]
    .filter(
      (other) =>
        !chosen.has(other) &&
        costs.isSameTable(other, id) &&
        costs.burden(other) < burden * 0.97 &&
        serves(other),
    )
    .sort((a, b) => costs.burden(a) - costs.burden(b))
    .slice(0, 40);
  return [without, ...others.map((other) => new Set([...without, other]))];
}

async function usersOf(
  costs: Costs,
  workload: readonly Weighed[],
  chosen: ReadonlySet<number>,
  id: number,
): Promise<readonly Weighed[]> {
  const users: Weighed[] = [];
  for (const item of workload) {
    const plan = costs.touches(item, id) ? await costs.with(item, chosen) : null;
    if (plan?.uses.includes(id)) users.push(item);
  }
  return users;
}

async function isServed(
  costs: Costs,
  items: readonly Weighed[],
  goals: ReadonlyMap<string, Goal>,
  set: ReadonlySet<number>,
): Promise<boolean> {
  for (const item of items) {
    const plan = await costs.with(item, set);
    if (!plan || plan.cost > (goals.get(item.id)?.enough ?? 0)) return false;
  }
  return true;
}

/** Drops what saves too little for what it costs, one after the other, the poorest first. */
async function worthwhile(
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
    // The second index of a join is judged by what the first one leaves.
    if (lost >= before * leastOfAll) share = Math.max(share, lost / left);
  }
  return { savedMs, share };
}

async function servedBy(
  costs: Costs,
  workload: readonly Weighed[],
  chosen: ReadonlySet<number>,
): Promise<ReadonlyMap<number, Chosen['serves']>> {
  const served = new Map<number, Chosen['serves'][number][]>();
  for (const item of workload) {
    const [before, plan] = [await costs.before(item), await costs.with(item, chosen)];
    if (before === null || !plan) continue;
    for (const id of plan.uses)
      served.set(id, [
        ...(served.get(id) ?? []),
        { id: item.id, before, after: Math.min(plan.cost, before) },
      ]);
  }
  return served;
}
