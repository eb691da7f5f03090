import { nodesOf, numberIn, textIn, textsIn, type PlacedNode } from '../plan.ts';
import type { Case } from './case.ts';
import type { Diagnosis } from './diagnosis.ts';
import type { Facts } from './facts.ts';
import { bytesText, countText } from './figures.ts';

/** What a tuple in memory takes besides its columns: its header and a pointer. */
const overheadBytes = 32;
/** No more memory than this is ever suggested for one step of one statement. */
const mostSuggestedBytes = 512 * 1024 * 1024;

/** Sorts and hash tables that by the planner's estimate do not fit into `work_mem` and are written to disk. */
export function spills({ root, facts }: Case): readonly Diagnosis[] {
  return nodesOf(root).flatMap((placed) => {
    const limitBytes = memoryOf(placed, facts);
    if (limitBytes === null) return [];
    const bytes = rowsHeld(placed) * (numberIn(placed.node, 'Plan Width') + overheadBytes);
    const isPlanned = numberIn(placed.node, 'Planned Partitions') > 0;
    return bytes > limitBytes || isPlanned ? [spill(placed, bytes, facts)] : [];
  });
}

/** Null for nodes that hold no rows. */
function memoryOf({ node }: PlacedNode, { workMemBytes, hashMemMultiplier }: Facts): number | null {
  const type = textIn(node, 'Node Type');
  if (type === 'Sort') return workMemBytes;
  const isHash = type === 'Hash' || (type === 'Aggregate' && textIn(node, 'Strategy') === 'Hashed');
  return isHash ? workMemBytes * hashMemMultiplier : null;
}

/** A sort right below a LIMIT keeps only the first rows. */
function rowsHeld({ node, above }: PlacedNode): number {
  const rows = numberIn(node, 'Plan Rows');
  const limit = above[0];
  return limit && textIn(limit, 'Node Type') === 'Limit'
    ? Math.min(rows, numberIn(limit, 'Plan Rows'))
    : rows;
}

function spill({ node }: PlacedNode, bytes: number, { workMemBytes }: Facts): Diagnosis {
  const type = textIn(node, 'Node Type') === 'Sort' ? 'sort' : 'hash table';
  const keys = [...textsIn(node, 'Sort Key'), ...textsIn(node, 'Group Key')].join(', ');
  const suggested = suggestedMegabytes(bytes);
  return {
    kind: 'spill',
    title: `A ${type} of about ${bytesText(bytes)} does not fit into work_mem and goes to disk`,
    evidence: `${countText(numberIn(node, 'Plan Rows'))} rows of ${numberIn(node, 'Plan Width')} bytes${keys ? ` by ${keys}` : ''}; work_mem is ${bytesText(workMemBytes)}. By the planner's estimate, not measured.`,
    advice:
      suggested === null
        ? 'Select fewer rows or columns before it; so much memory should not be given to one statement.'
        : `Give this transaction more memory, or select fewer rows or columns before it${type === 'sort' ? '; an index in that order needs no sort' : ''}.`,
    sql: suggested === null ? null : `SET LOCAL work_mem = '${suggested}MB';`,
  };
}

/** The next power of two with half as much again: what is sorted takes more in memory than on disk. */
function suggestedMegabytes(bytes: number): number | null {
  const megabytes = 2 ** Math.ceil(Math.log2((bytes * 1.5) / 1024 / 1024));
  return megabytes * 1024 * 1024 <= mostSuggestedBytes ? Math.max(8, megabytes) : null;
}
