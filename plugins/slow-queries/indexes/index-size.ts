import type { Catalog } from './catalog.ts';
import type { IndexDefinition, IndexKey } from './definition.ts';
import type { SampledColumn } from './expression-statistics.ts';

/** What an index will be on disk, as far as statistics tell. */
export interface IndexSize {
  readonly pages: number;
  readonly rows: number;
}

const pageBytes = 8192;
/** Usable bytes of a leaf at the usual fill factor of 90 (src/include/access/nbtree.h). */
const leafBytes = (pageBytes - 40) * 0.9;
/** IndexTupleData and its line pointer. */
const tupleBytes = 8 + 4;
/** A row's address in a posting list, in which equal keys share one tuple since PostgreSQL 13. */
const postingBytes = 6;
/** Unknown widths: what an expression's value usually takes. */
const usualWidth = 16;

/** What statistics say of a key; bytes of a value, and distinct values as pg_stats has them: negative ones are shares of the rows. */
interface Figures {
  readonly averageWidth: number;
  readonly distinct: number;
}
type FiguresOf = (key: Pick<IndexKey, 'column' | 'sql'>) => Figures | undefined;

/** Estimates an index over `rows` rows of a table with so many pages; `sampled` are figures of its expressions. */
export function sizeOf(
  index: IndexDefinition,
  {
    rows,
    tablePages,
    catalog,
    sampled = [],
  }: {
    readonly rows: number;
    readonly tablePages: number;
    readonly catalog: Catalog;
    readonly sampled?: readonly SampledColumn[];
  },
): IndexSize {
  const columns = catalog.statistics.filter(
    ({ schema, table }) => schema === index.schema && table === index.table,
  );
  const expressions = new Map(
    sampled.map(({ place, statistics }) => [index.keys[place - 1]?.sql, statistics]),
  );
  const statistics: FiguresOf = ({ column, sql }) =>
    column === null ? expressions.get(sql) : columns.find((each) => each.column === column);
  if (index.method === 'btree') return treeSize(index, rows, statistics);
  if (index.method === 'brin')
    return { pages: 3 + Math.ceil(tablePages / 128 / 200), rows: Math.ceil(tablePages / 128) };
  const width = Math.max(8, widthOf(index.keys[0], statistics));
  const pages = Math.max(2, Math.ceil((rows * bytesPerRow(index, width)) / pageBytes));
  return { pages, rows };
}

/** Inverted indexes hold about two compressed bytes for each item of a value. */
function bytesPerRow({ method, keys }: IndexDefinition, width: number): number {
  if (method !== 'gin') return 24 + width;
  if (keys[0]?.operatorClass === 'gin_trgm_ops') return Math.min(width, 2000) * 1.3;
  return Math.min(width, 2000) * 0.3 + 4;
}

function treeSize(index: IndexDefinition, rows: number, statistics: FiguresOf): IndexSize {
  const keyBytes = aligned(index.keys.reduce((sum, key) => sum + widthOf(key, statistics), 0));
  const moreBytes = index.include.reduce(
    (sum, column) => sum + widthOf({ column, sql: column }, statistics),
    0,
  );
  const distinct = Math.min(rows, distinctOf(index.keys, rows, statistics));
  const perRow = tupleBytes + aligned(keyBytes + moreBytes);
  const canShare = index.include.length === 0 && distinct < rows * 0.7;
  // One tuple holds at most a third of a page of addresses.
  const sharing = Math.max(distinct, (rows * postingBytes) / (pageBytes / 6));
  const bytes = canShare ? rows * postingBytes + sharing * (tupleBytes + keyBytes) : rows * perRow;
  const leaves = Math.max(1, Math.ceil(bytes / leafBytes));
  const fanOut = Math.max(4, (pageBytes * 0.7) / (tupleBytes + keyBytes));
  let level = leaves;
  let above = 0;
  while (level > 1) above += level = Math.ceil(level / fanOut);
  return { pages: 1 + leaves + above, rows };
}

const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8;

const widthOf = (key: Pick<IndexKey, 'column' | 'sql'> | undefined, statistics: FiguresOf): number =>
  (key && statistics(key)?.averageWidth) ?? usualWidth;

/** Distinct keys, columns taken as independent up to half of the rows. */
function distinctOf(keys: readonly IndexKey[], rows: number, statistics: FiguresOf): number {
  const each = keys.map((key) => {
    const known = statistics(key)?.distinct ?? -0.5;
    return known < 0 ? -known * rows : known;
  });
  const product = each.reduce((sum, one) => sum * Math.max(1, one), 1);
  return Math.max(Math.min(product, rows * 0.9), ...each);
}
