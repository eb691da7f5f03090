import type { Catalog, ColumnStatistics } from './catalog.ts';
import type { Use } from './scope.ts';
import type { Condition } from './use.ts';

/** A column of more values than this holds no states, so a constant in a text is one of many to come. */
const mostStates = 12;

/**
 * The conditions a partial index may have: those that every sample has and that are likely to stay. That something is
 * null, or true, is a state of the row; a constant is one only where the column has few values.
 */
export function stablePredicates(
  perSample: readonly (readonly Use[])[],
  catalog: Catalog,
): ReadonlySet<string> {
  const sets = perSample.map(
    (uses) => new Set(uses.flatMap((use) => use.conditions.flatMap((each) => lasting(each, use, catalog)))),
  );
  return new Set([...(sets[0] ?? [])].filter((each) => sets.every((set) => set.has(each))));
}

function lasting(condition: Condition, { table }: Use, catalog: Catalog): readonly string[] {
  const { predicate, kind, key } = condition;
  if (predicate === null || condition.arm !== null) return [];
  if (kind === 'null' || key?.category === 'B') return [predicate];
  if (kind !== 'equal' && kind !== 'in') return [];
  const statistics = catalog.statistics.find(
    (each) => each.schema === table.schema && each.table === table.name && each.column === key?.column,
  );
  return statistics && isState(statistics) ? [predicate] : [];
}

const isState = ({ distinct }: ColumnStatistics): boolean => distinct > 0 && distinct <= mostStates;
