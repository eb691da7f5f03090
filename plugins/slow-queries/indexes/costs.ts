import type { Weighed } from './selection.ts';
import type { OfferedIndex, Pricing, WhatIf, WhatIfPlan } from './what-if.ts';

export type Cost = Pick<WhatIfPlan, 'cost' | 'uses'>;

/** Costs by the what-if planner, each asked once. */
export class Costs {
  readonly #whatIf: WhatIf;
  readonly #known = new Map<string, Cost | null>();
  readonly #byId: ReadonlyMap<number, OfferedIndex>;
  readonly #tables: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(whatIf: WhatIf, workload: readonly Weighed[]) {
    this.#whatIf = whatIf;
    this.#byId = new Map(whatIf.offered.map((each) => [each.id, each]));
    this.#tables = new Map(workload.map(({ id, tables }) => [id, new Set(tables)]));
  }

  offered(id: number): OfferedIndex | undefined {
    return this.#byId.get(id);
  }

  pages(id: number): number {
    return this.#byId.get(id)?.size.pages ?? 0;
  }

  /** Its size as it counts against others: what is dear to write or holds for one value only must be clearly smaller. */
  burden(id: number): number {
    const index = this.#byId.get(id);
    if (!index) return 0;
    const { method, predicate, keys, include } = index.definition;
    const isDear = method === 'gin' || method === 'gist';
    // Columns that ride along widen every entry and serve one query.
    const isSpecial = include.length > 0 || keys.some(({ operatorClass }) => operatorClass !== undefined);
    return (
      index.size.pages * (isDear ? 3 : isSpecial ? 1.1 : 1) + (predicate?.includes("'") ? pagesOfOneValue : 0)
    );
  }

  isSameTable(one: number, other: number): boolean {
    return tableOf(this.#byId.get(one)) === tableOf(this.#byId.get(other));
  }

  touches(item: Weighed, id: number): boolean {
    return this.#tables.get(item.id)?.has(tableOf(this.#byId.get(id)) ?? '') ?? false;
  }

  isUnplanned(itemId: string): boolean {
    return this.#known.get(` ${itemId}:`) === null;
  }

  /** The lower of what the server's planner says (it knows parallel plans) and what this one does. */
  async before(item: Weighed): Promise<number | null> {
    const own = await this.with(item, new Set());
    return own && Math.min(own.cost, item.serverCost ?? Infinity);
  }

  /**
   * What the plan that the server would choose costs where everything lies in memory; null where it would choose another
   * then, or might stay with its plan without indexes, costing less than `cheaper` of that one.
   */
  async inMemory(
    item: Weighed,
    enabled: ReadonlySet<number>,
    cheaper: number = surelyCheaper,
  ): Promise<number | null> {
    const [chosen, priced] = [await this.with(item, enabled), await this.with(item, enabled, 'memory')];
    // A parallel plan without indexes, of which this planner knows nothing, would be nearly as cheap.
    if (chosen && chosen.uses.length > 0 && chosen.cost > (item.serverCost ?? Infinity) * cheaper)
      return null;
    return chosen && priced && usesSame(chosen, priced) ? priced.cost : null;
  }

  /** The mean cost over the samples with a set of indexes, and those of them that are used. */
  async with(item: Weighed, enabled: ReadonlySet<number>, pricing: Pricing = 'server'): Promise<Cost | null> {
    const relevant = [...enabled].filter((id) => this.touches(item, id)).sort((a, b) => a - b);
    const key = `${pricing === 'server' ? '' : pricing} ${item.id}:${relevant.join(',')}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const plans = [];
    for (const sample of item.samples)
      plans.push(await this.#whatIf.plan(sample, new Set(relevant), pricing));
    const good = plans.filter((plan) => plan !== null);
    const found =
      good.length === 0
        ? null
        : {
            cost: good.reduce((sum, { cost }) => sum + cost, 0) / good.length,
            uses: [...new Set(good.flatMap(({ uses }) => uses))],
          };
    this.#known.set(key, found);
    return found;
  }
}

/** Costs of the server's planner and of this one differ by as much. */
const surelyCheaper = 0.8;
/** Half of them by less than this; and workers, of which this planner knows none, may make the plan with indexes cheaper too. */
export const likelyCheaper = 0.95;

/** True when two plans read the same offered indexes, so that one's price may stand for the other's. */
export const usesSame = (one: Cost, other: Cost): boolean =>
  one.uses.length === other.uses.length && one.uses.every((id) => other.uses.includes(id));

/** So much larger may be an index that serves other values as well. */
const pagesOfOneValue = 8;

function tableOf(index: OfferedIndex | undefined): string | undefined {
  return index && `${index.definition.schema}.${index.definition.table}`;
}
