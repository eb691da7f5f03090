import type { Costs } from './costs.ts';
import { toleratedLoss, type Goal } from './goals.ts';
import type { Weighed } from './selection.ts';
import type { OfferedIndex } from './what-if.ts';

/** So much may go for indexes of half the size. */
const toleratedForHalf = 0.15;
/** What rides along only spares pages of the table: the more room of the whole set goes with it, the more of its saving may go. */
const toleratedForRoom = 0.15;
const muchRoom = 0.2;
/** Where little room is won by taking another index instead: so much of the saving may go. */
const toleratedForLittle = 0.01;
const littlePages = 32;
const mostReplacements = 40;

/** Leaves out what is not missed, largest first, and puts smaller indexes in the place of larger ones. */
export async function reduced(
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
        if (!(await isServed(costs, affected, goals, next, toleratedFor(costs, chosen, id, next)))) continue;
        chosen = next;
        isChanged = true;
        break;
      }
    }
  }
  return chosen;
}

/** Shares of a saving that may go. */
interface Tolerated {
  readonly byServer: number;
  readonly inMemory: number;
}

function toleratedFor(
  costs: Costs,
  chosen: ReadonlySet<number>,
  id: number,
  next: ReadonlySet<number>,
): Tolerated {
  const pages = pagesNew(costs, chosen, next);
  const isInPlace = next.size === chosen.size;
  const isLittle = isInPlace && costs.pages(id) - pages < littlePages;
  const isHalf = isInPlace && costs.pages(id) > 2 * pages;
  const usual = isHalf ? toleratedForHalf : isLittle ? toleratedForLittle : toleratedLoss;
  return {
    byServer: isLittle ? toleratedForLittle : toleratedLoss,
    inMemory: Math.max(usual, toleratedForCover(costs, chosen, [id], pages)),
  };
}

/** For leaving out indexes that cover, of a set that holds them. */
function toleratedForCover(
  costs: Costs,
  chosen: ReadonlySet<number>,
  leaving: readonly number[],
  pagesInstead: number,
): number {
  if (leaving.some((id) => costs.offered(id)?.definition.include.length === 0)) return 0;
  const all = [...chosen].reduce((sum, id) => sum + costs.pages(id), 0);
  const freed = leaving.reduce((sum, id) => sum + costs.pages(id), 0) - pagesInstead;
  return (
    toleratedLoss + (toleratedForRoom - toleratedLoss) * Math.min(1, Math.max(0, freed / all / muchRoom))
  );
}

const pagesNew = (costs: Costs, chosen: ReadonlySet<number>, next: ReadonlySet<number>): number =>
  [...next].reduce((sum, id) => sum + (chosen.has(id) ? 0 : costs.pages(id)), 0);

const leadOf = (index: OfferedIndex | undefined): string | undefined => index?.definition.keys[0]?.sql;

/** Puts one index in the place of two that begin alike, where it is smaller than both together. */
export async function joined(
  costs: Costs,
  workload: readonly Weighed[],
  goals: ReadonlyMap<string, Goal>,
  start: ReadonlySet<number>,
): Promise<Set<number>> {
  let chosen = new Set(start);
  for (const one of start)
    for (const other of start) {
      if (other <= one || !chosen.has(one) || !chosen.has(other) || !beginAlike(costs, one, other)) continue;
      const users = [
        ...(await usersOf(costs, workload, chosen, one)),
        ...(await usersOf(costs, workload, chosen, other)),
      ];
      const rest = [...chosen].filter((each) => each !== one && each !== other);
      const most = (costs.burden(one) + costs.burden(other)) * 0.97;
      const instead = [...new Set(users.flatMap(({ candidates }) => candidates))]
        .filter((each) => !chosen.has(each) && beginAlike(costs, each, one) && costs.burden(each) < most)
        .sort((a, b) => costs.burden(a) - costs.burden(b))
        .slice(0, mostReplacements);
      for (const each of instead) {
        const next = new Set([...rest, each]);
        const forCover = toleratedForCover(costs, chosen, [one, other], costs.pages(each));
        const tolerated = { byServer: toleratedLoss, inMemory: Math.max(toleratedLoss, forCover) };
        if (!(await isServed(costs, users, goals, next, tolerated))) continue;
        chosen = next;
        break;
      }
    }
  return chosen;
}

export const beginAlike = (costs: Costs, one: number, other: number): boolean =>
  costs.isSameTable(one, other) && leadOf(costs.offered(one)) === leadOf(costs.offered(other));

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
  // What begins alike is likeliest to do.
  const leads = (other: number): boolean => beginAlike(costs, other, id);
  const others = [...wanted]
    .filter(
      (other) =>
        !chosen.has(other) &&
        costs.isSameTable(other, id) &&
        costs.burden(other) < burden * 0.97 &&
        serves(other),
    )
    .sort((a, b) => Number(leads(b)) - Number(leads(a)) || costs.burden(a) - costs.burden(b))
    .slice(0, mostReplacements);
  return [without, ...others.map((other) => new Set([...without, other]))];
}
/** Statements whose plan uses an index when it may have all of a set. */
export async function usersOf(
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
  tolerated: Tolerated,
): Promise<boolean> {
  for (const item of items) {
    const plan = await costs.with(item, set);
    const goal = goals.get(item.id);
    if (!plan || !goal) return false;
    const enough = goal.best + (goal.before - goal.best) * tolerated.byServer;
    if (plan.cost > enough && !(await isServedInMemory(costs, item, goal, set, tolerated.inMemory)))
      return false;
  }
  return true;
}

/** As good as its own best where the pages lie in memory: what an index spares its table is priced by the disk, and costs space. */
async function isServedInMemory(
  costs: Costs,
  item: Weighed,
  { bundle }: Goal,
  set: ReadonlySet<number>,
  tolerated: number,
): Promise<boolean> {
  const before = await costs.inMemory(item, new Set());
  const [having, lacking] = [await costs.inMemory(item, new Set(bundle)), await costs.inMemory(item, set)];
  if (before === null || having === null || lacking === null) return false;
  return lacking - having <= (before - having) * tolerated;
}
