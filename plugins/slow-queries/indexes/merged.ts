import { identityOf, keySql, type IndexDefinition } from './definition.ts';

/** A covering index of more columns is a copy of the table. */
const mostColumns = 8;
/** Merging is for the few statements that take most of the time; each pair is one more index to be weighed. */
const mostMerged = 100;

/**
 * Covering indexes that serve several statements at once: those of the same keys that differ only in what rides along.
 * Each is offered to every statement whose own index it holds.
 */
export function mergedCandidates(
  perStatement: readonly (readonly IndexDefinition[])[],
): readonly (readonly IndexDefinition[])[] {
  const groups = new Map<string, { readonly place: number; readonly index: IndexDefinition }[]>();
  for (const [place, candidates] of perStatement.entries())
    for (const index of candidates) {
      if (index.include.length === 0) continue;
      const key = JSON.stringify([index.schema, index.table, index.keys.map(keySql), index.predicate]);
      groups.set(key, [...(groups.get(key) ?? []), { place, index }]);
    }
  const merged = perStatement.map((): IndexDefinition[] => []);
  const seen = new Set<string>();
  for (const group of groups.values())
    for (const index of unionsOf(group.map((each) => each.index))) {
      if (seen.size >= mostMerged) return merged;
      seen.add(identityOf(index));
      for (const { place, index: own } of group)
        if (own.include.every((column) => index.include.includes(column))) merged[place]?.push(index);
    }
  return merged;
}

/** Of each two, then of all; none that one of them already is. */
function unionsOf(group: readonly IndexDefinition[]): readonly IndexDefinition[] {
  const distinct = [...new Map(group.map((each) => [identityOf(each), each])).values()];
  const pairs = distinct.flatMap((one, place) => distinct.slice(place + 1).map((other) => [one, other]));
  const unions = (distinct.length > 2 ? [...pairs, distinct] : pairs).flatMap((parts) => {
    const [first] = parts;
    if (!first) return [];
    const include = [...new Set(parts.flatMap((each) => each.include))].sort();
    return include.length + first.keys.length > mostColumns ? [] : [{ ...first, include }];
  });
  const known = new Set(distinct.map(identityOf));
  return [...new Map(unions.map((each) => [identityOf(each), each])).values()].filter(
    (each) => !known.has(identityOf(each)),
  );
}
