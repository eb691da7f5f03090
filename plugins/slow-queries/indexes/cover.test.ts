import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Costs } from './costs.ts';
import { coveredWithinReason } from './cover.ts';
import type { Weighed } from './selection.ts';
import type { OfferedIndex, WhatIf } from './what-if.ts';

const index = (id: number, key: string, include: readonly string[], pages: number): OfferedIndex => ({
  id,
  definition: {
    schema: 'public',
    table: 'lines',
    method: 'btree',
    keys: [{ column: key, sql: key }],
    include,
    predicate: null,
  },
  size: { pages, rows: 1000 },
  canonical: String(id),
  names: [`i${id}`],
});

const item = (id: string, candidates: readonly number[]): Weighed => ({
  id,
  samples: [{ text: id, parameters: [] }],
  totalMs: 1000,
  meanMs: 100,
  serverCost: 100,
  candidates,
  tables: ['public.lines'],
});

/** A planner that takes the cheapest of the enabled indexes; `costs` are by statement and index, 100 without any. */
function planner(
  offered: readonly OfferedIndex[],
  costs: Readonly<Record<string, Readonly<Record<number, number>>>>,
): WhatIf {
  return {
    offered,
    async plan({ text }, enabled) {
      const usable = Object.entries(costs[text] ?? {}).filter(([id]) => enabled.has(Number(id)));
      const [best] = usable.sort(([, a], [, b]) => a - b);
      return { cost: best?.[1] ?? 100, uses: best ? [Number(best[0])] : [], root: {} };
    },
    close: async () => undefined,
  };
}

const [byDay, byDayNarrow] = [index(0, 'day', ['price', 'tax'], 1000), index(1, 'day', [], 200)];
const [byPart, byPartNarrow] = [index(2, 'part', ['price'], 1000), index(3, 'part', [], 200)];
const byState = index(4, 'state', [], 900);
const offered = [byDay, byDayNarrow, byPart, byPartNarrow, byState];
const workload = [item('of a day', [0, 1]), item('of a part', [2, 3]), item('of a state', [4])];

const judged = async (
  costs: Parameters<typeof planner>[1],
  chosen: readonly number[],
): Promise<readonly number[]> => {
  const found = await coveredWithinReason(
    new Costs(planner(offered, costs), workload),
    workload,
    new Set(chosen),
  );
  return [...found].sort();
};

describe('covering indexes of a set', () => {
  it('take no more room than all others: the one whose riders save least for their room goes without', async () => {
    const costs = { 'of a day': { 0: 10, 1: 12 }, 'of a part': { 2: 10, 3: 40 }, 'of a state': { 4: 5 } };
    assert.deepEqual(await judged(costs, [0, 2, 4]), [1, 2, 4]);
  });

  it('stay as they are while others take as much room', async () => {
    const costs = { 'of a day': { 0: 10, 1: 12 }, 'of a state': { 4: 5 }, 'of a part': { 3: 10 } };
    assert.deepEqual(await judged(costs, [0, 3, 4]), [0, 3, 4]);
  });

  it('stay where a statement would lose most of what they save', async () => {
    const costs = { 'of a day': { 0: 10, 1: 70 } };
    assert.deepEqual(await judged(costs, [0]), [0]);
  });
});
