import type { Catalog, ColumnStatistics } from './catalog.ts';
import { identityOf, type IndexDefinition, type IndexKey } from './definition.ts';
import type { Use } from './scope.ts';
import { skipsSince } from './what-if-plan.ts';
import type { Condition, Key, Order } from './use.ts';

/** More for one relation in one statement would be asked of the planner for little. */
const mostOfUse = 60;
const mostKeys = 4;
/** A covering index of more columns is a copy of the table. */
const mostColumns = 6;
/** A smaller table is read whole as fast as by an index. */
const leastPages = 8;
/** A block range index pays where reading the table is really much. */
const leastBrinPages = 10_000;

/**
 * Indexes that might serve what a statement asks of one relation; the planner judges them. `isStable` says whether a
 * condition reads the same in every statement of the shape, so that a partial index may have it.
 */
export function candidatesOf(
  use: Use,
  catalog: Catalog,
  isStable: (predicate: string) => boolean,
): readonly IndexDefinition[] {
  if (pagesOf(use, catalog) < leastPages) return [];
  const found = new Map<string, IndexDefinition>();
  const offer = (index: IndexDefinition): void => {
    if (found.size < mostOfUse && index.keys.length > 0) found.set(identityOf(index), index);
  };
  const statistics = catalog.statistics.filter(
    ({ schema, table }) => schema === use.table.schema && table === use.table.name,
  );
  const known = { statistics, hasSkipScan: catalog.database.version >= skipsSince };
  const always = use.conditions.filter(({ arm }) => arm === null);
  const keyLists = treesFor(always, use.orders, known);
  for (const arm of new Set(use.conditions.flatMap(({ arm: each }) => each ?? [])))
    keyLists.push(
      ...treesFor(
        use.conditions.filter((each) => each.arm === arm),
        [],
        known,
      ),
      ...treesFor([...always, ...use.conditions.filter((each) => each.arm === arm)], use.orders, known),
    );
  const predicates = predicatesOf(always, isStable);
  const base = { schema: use.table.schema, table: use.table.name, method: 'btree' as const };
  for (const keys of keyLists) offer({ ...base, keys, include: [], predicate: null });
  for (const special of specialOf(use, catalog, statistics))
    offer({ ...base, ...special, include: [], predicate: null });
  for (const predicate of predicates)
    for (const keys of partialKeys(keyLists, predicate, use))
      offer({ ...base, keys, include: [], predicate: predicate.sql });
  for (const keys of keyLists) {
    const include = includeFor(use, keys);
    if (include !== null) offer({ ...base, keys, include, predicate: null });
  }
  return [...found.values()];
}

function pagesOf({ table }: Use, { tables }: Catalog): number {
  if (table.kind !== 'p') return table.pages;
  return tables.filter(({ parentOid }) => parentOid === table.oid).reduce((sum, { pages }) => sum + pages, 0);
}

interface Known {
  readonly statistics: readonly ColumnStatistics[];
  readonly hasSkipScan: boolean;
}

/** Column lists of B-trees for conditions that hold together and the orders wanted. */
function treesFor(
  conditions: readonly Condition[],
  orders: readonly Order[],
  { statistics, hasSkipScan }: Known,
): IndexKey[][] {
  const keysOf = (...kinds: Condition['kind'][]): Key[] =>
    unique(conditions.flatMap(({ kind, key }) => (key && kinds.includes(kind) ? [key] : [])));
  const rank = (key: Key): number => distinctShare(key, statistics);
  const equals = keysOf('equal').sort((a, b) => rank(b) - rank(a));
  const ins = without(keysOf('in'), equals);
  const nulls = without(keysOf('null'), equals);
  const joins = without(keysOf('join'), equals);
  const bounds = without(keysOf('range'), equals);
  const prefixes = keysOf('prefix');
  const lists: IndexKey[][] = [];
  const put = (...parts: readonly (readonly IndexKey[])[]): void => {
    const keys = uniqueIndexKeys(parts.flat()).slice(0, mostKeys);
    if (keys.length > 0) lists.push(keys);
  };
  const plain = (keys: readonly Key[]): IndexKey[] => keys.map(indexKey);
  const looked = [[], ...joins.map((join) => [join]), ...(joins.length > 1 ? [joins] : [])];
  for (const join of looked) {
    for (const order of orders) {
      const sorted = orderKeys(order, equals);
      put(plain(equals), plain(join), sorted);
      put(plain(join), plain(equals), sorted);
      put(plain(equals), plain(join), sorted, plain(ins), plain(bounds));
      put(plain(equals), plain(join), plain(ins), sorted);
      if (join.length === 0) put(sorted);
    }
    put(plain(equals), plain(join));
    put(plain(join), plain(equals));
    put(plain(equals), plain(join), plain(ins));
    put(plain(equals), plain(join), plain(ins), plain(nulls));
    for (const bound of bounds) {
      put(plain(equals), plain(join), plain([bound]));
      put(plain(equals), plain(join), plain(ins), plain([bound]));
      put(plain(join), plain([bound]));
      put(plain([bound]));
      // Further bounds narrow what is read of the index only where it can be skipped through.
      if (bounds.length > 1 && hasSkipScan)
        put(plain(equals), plain(join), plain([bound]), plain(without(bounds, [bound])));
    }
    for (const prefix of prefixes)
      for (const key of prefixKeys(prefix)) put(plain(equals), plain(join), [key]);
  }
  for (const key of [...equals, ...ins, ...joins, ...nulls]) put(plain([key]));
  return lists;
}

const indexKey = ({ column, sql }: Key): IndexKey => ({ column, sql });

/** A plain B-tree serves `LIKE 'x%'` under C alone; the planner of the what-if database knows which it is. */
function prefixKeys(key: Key): readonly IndexKey[] {
  const operatorClass = key.type === 'character' ? 'bpchar_pattern_ops' : 'text_pattern_ops';
  return [{ ...indexKey(key), operatorClass }, indexKey(key)];
}

/** The columns of an order after those that are equal anyway, turned so that the first ascends. */
function orderKeys(order: Order, equals: readonly Key[]): readonly IndexKey[] {
  const keys = order.keys.filter(({ key }) => !equals.some((each) => each.sql === key.sql));
  const isTurned = keys[0]?.isDescending ?? false;
  return keys.map(({ key, isDescending, nulls }) => {
    const down = isDescending !== isTurned;
    const ends = nulls === null ? null : isTurned ? (nulls === 'FIRST' ? 'LAST' : 'FIRST') : nulls;
    const isImplied = ends === null || ends === (down ? 'FIRST' : 'LAST');
    return { ...indexKey(key), ...(down && { isDescending: true }), ...(!isImplied && { nulls: ends }) };
  });
}

interface Predicate {
  readonly sql: string;
  /** Keys that are one value in all rows of the index. */
  readonly fixed: readonly string[];
}

/** Each stable condition by itself, and all of them together. */
function predicatesOf(
  conditions: readonly Condition[],
  isStable: (predicate: string) => boolean,
): readonly Predicate[] {
  const stable = conditions.flatMap(({ predicate, key, kind }) =>
    predicate !== null && kind !== 'range' && kind !== 'pattern' && kind !== 'prefix' && isStable(predicate)
      ? [{ sql: predicate, fixed: key && (kind === 'equal' || kind === 'null') ? [key.sql] : [] }]
      : [],
  );
  if (stable.length < 2) return stable;
  const together = {
    sql: stable.map(({ sql }) => `(${sql})`).join(' AND '),
    fixed: stable.flatMap(({ fixed }) => fixed),
  };
  return [...stable, together];
}

/** What remains to be looked up or ordered once the predicate holds; a key of the condition itself if nothing does. */
function partialKeys(
  lists: readonly (readonly IndexKey[])[],
  { fixed }: Predicate,
  { conditions }: Use,
): readonly (readonly IndexKey[])[] {
  const left = lists.map((keys) => keys.filter(({ sql }) => !fixed.includes(sql)));
  const some = left.filter((keys) => keys.length > 0);
  if (some.length > 0) return some;
  const own = conditions.find(({ key }) => key && fixed.includes(key.sql))?.key;
  return own ? [[indexKey(own)]] : [];
}

function includeFor(use: Use, keys: readonly IndexKey[]): readonly string[] | null {
  if (use.needed === null || keys.some(({ column }) => column === null)) return null;
  const held = new Set(keys.flatMap(({ column }) => column ?? []));
  const rest = [...use.needed].filter((column) => !held.has(column)).sort();
  return rest.length === 0 || rest.length + keys.length > mostColumns ? null : rest;
}

/** What no B-tree serves: patterns, containment, ranges that overlap; and block ranges of huge ordered tables. */
function specialOf(
  use: Use,
  catalog: Catalog,
  statistics: readonly ColumnStatistics[],
): readonly Pick<IndexDefinition, 'method' | 'keys'>[] {
  const special = use.conditions.flatMap(
    ({ kind, key, operator }): Pick<IndexDefinition, 'method' | 'keys'>[] => {
      if (!key) return [];
      const withClass = (operatorClass: string): readonly IndexKey[] => [{ ...indexKey(key), operatorClass }];
      if (kind === 'pattern') return [{ method: 'gin', keys: withClass('gin_trgm_ops') }];
      if (kind === 'overlap') return [{ method: 'gist', keys: [indexKey(key)] }];
      if (kind !== 'contains') return [];
      const isJson = key.category === null ? /->/.test(key.sql) : key.type === 'jsonb';
      const isPath = isJson && ['@>', '@@', '@?'].includes(operator);
      const whole = { method: 'gin' as const, keys: [indexKey(key)] };
      return isPath ? [{ method: 'gin', keys: withClass('jsonb_path_ops') }, whole] : [whole];
    },
  );
  const ordered = use.conditions.flatMap(({ kind, key }) =>
    kind === 'range' && key && Math.abs(correlationOf(key, statistics)) > 0.95 ? [key] : [],
  );
  if (pagesOf(use, catalog) >= leastBrinPages)
    special.push(...ordered.map((key) => ({ method: 'brin' as const, keys: [indexKey(key)] })));
  return special;
}

const correlationOf = (key: Key, statistics: readonly ColumnStatistics[]): number =>
  statistics.find(({ column }) => column === key.column)?.correlation ?? 0;

/** How much a column tells rows apart, to put the best first; negative figures of pg_stats are shares of the rows. */
function distinctShare(key: Key, statistics: readonly ColumnStatistics[]): number {
  const distinct = statistics.find(({ column }) => column === key.column)?.distinct ?? 0;
  return distinct < 0 ? -distinct * 1e12 : distinct;
}

const unique = (keys: readonly Key[]): Key[] => [...new Map(keys.map((key) => [key.sql, key])).values()];

const uniqueIndexKeys = (keys: readonly IndexKey[]): IndexKey[] =>
  keys.filter((key, place) => keys.findIndex(({ sql }) => sql === key.sql) === place);

const without = (keys: readonly Key[], others: readonly Key[]): Key[] =>
  keys.filter(({ sql }) => !others.some((each) => each.sql === sql));
