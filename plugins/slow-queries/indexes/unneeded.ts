import type { Catalog, ExistingIndex, Table } from './catalog.ts';
import { dropStatement } from './definition.ts';

/** An index that only costs: nobody reads it, another serves the same, or it was left half made. */
export interface UnneededIndex {
  readonly schema: string;
  readonly name: string;
  readonly table: string;
  readonly reason: 'unused' | 'duplicate' | 'invalid';
  /** The index that serves the same; null unless it is a duplicate. */
  readonly servedBy: string | null;
  readonly bytes: number;
  readonly ddl: string;
  readonly undo: string;
}

/** A smaller index costs nothing to speak of. */
const leastPages = 16;
/** With fewer scans of its table nothing can be said about use: statistics may just have been reset. */
const leastTableUse = 1_000;
const pageBytes = 8192;

/** Indexes to drop; never one that a constraint or a partitioned table needs. */
export function unneededIndexes({ tables, indexes }: Catalog): readonly UnneededIndex[] {
  // A unique index says what may be stored, whoever reads it; one that is invalid holds nobody to it.
  const plain = indexes.filter(
    ({ isConstraint, parentOid, isUnique, isValid }) =>
      !isConstraint && parentOid === null && (!isUnique || !isValid),
  );
  const gone = new Set<number>();
  return plain.flatMap((index) => {
    const table = tables.find(({ oid }) => oid === index.tableOid);
    if (!table || table.kind === 'p') return [];
    const other = indexes.find((each) => !gone.has(each.oid) && servesSame(each, index));
    const reason = reasonFor(index, table, indexes, other);
    if (reason === null) return [];
    gone.add(index.oid);
    return [
      {
        schema: index.schema,
        name: index.name,
        table: table.name,
        reason,
        servedBy: reason === 'duplicate' ? (other?.name ?? null) : null,
        bytes: index.pages * pageBytes,
        ddl: dropStatement(index.schema, index.name, true),
        undo: `${index.ddl.replace(/^CREATE (UNIQUE )?INDEX /, 'CREATE $1INDEX CONCURRENTLY ')};`,
      },
    ];
  });
}

function reasonFor(
  index: ExistingIndex,
  table: Table,
  indexes: readonly ExistingIndex[],
  other: ExistingIndex | undefined,
): UnneededIndex['reason'] | null {
  if (!index.isValid) return index.isBeingMade ? null : 'invalid';
  if (other) return 'duplicate';
  const scans = indexes
    .filter(({ tableOid }) => tableOid === table.oid)
    .reduce((sum, each) => sum + each.scans, table.sequentialScans);
  return index.scans === 0 && index.pages >= leastPages && scans >= leastTableUse ? 'unused' : null;
}

/** True when `having` is another valid index with the same columns first, in the same order and for the same rows. */
function servesSame(having: ExistingIndex, wanted: ExistingIndex): boolean {
  if (having.oid === wanted.oid || having.tableOid !== wanted.tableOid || !having.isValid) return false;
  if (having.method !== wanted.method || having.predicate !== wanted.predicate) return false;
  const isSame = having.keys.length === wanted.keys.length;
  if (!isSame && having.method !== 'btree') return false;
  const isPrefix = wanted.keys.every(
    (key, place) =>
      having.keys[place] === key &&
      having.options[place] === wanted.options[place] &&
      having.classes[place] === wanted.classes[place],
  );
  return isPrefix && wanted.include.every((each) => [...having.keys, ...having.include].includes(each));
}
