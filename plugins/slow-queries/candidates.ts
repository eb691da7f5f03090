import type { PostgresPlanNode } from '../../shared/index.ts';
import { conditionsOf, sortColumn } from './conditions.ts';
import { nodesOf, numberIn, ownCost, textIn, textsIn, type PlacedNode } from './plan.ts';

/** An index that may help one sequential scan. */
export interface Candidate {
  readonly schema: string;
  readonly table: string;
  /** Compared with `=`, in the order of the filter. */
  readonly equals: readonly string[];
  /** What comes after them: one column with a bound, or the columns of the sort. */
  readonly rest: readonly { readonly column: string; readonly isDescending: boolean }[];
  /** Rows the scan is expected to keep. */
  readonly rowsKept: number;
  /** True when the index would also give the order that a LIMIT waits for. */
  readonly servesLimit: boolean;
}

/** A scan that is less than this share of the plan's cost is not worth an index of its own. */
const leastShare = 0.2;
const mostColumns = 4;

/** Candidates of a plan: one for each sequential scan that costs enough and filters, or feeds a sort under a limit. */
export function candidatesOf(root: PostgresPlanNode): readonly Candidate[] {
  const total = nodesOf(root).reduce((sum, placed) => sum + ownCost(placed), 0);
  return nodesOf(root).flatMap((placed) =>
    textIn(placed.node, 'Node Type') === 'Seq Scan' && ownCost(placed) >= total * leastShare
      ? candidateOf(placed)
      : [],
  );
}

function candidateOf({ node, above }: PlacedNode): readonly Candidate[] {
  const table = textIn(node, 'Relation Name');
  if (table === null) return [];
  const conditions = conditionsOf(textIn(node, 'Filter') ?? '', textIn(node, 'Alias') ?? table);
  const equals = unique(conditions.filter(({ kind }) => kind === 'equality').map(({ column }) => column));
  const bounds = unique(conditions.filter(({ kind }) => kind === 'range').map(({ column }) => column));
  const sort = sortAbove(above);
  const range = bounds.filter((column) => !equals.includes(column)).slice(0, 1);
  const rest = sort ?? range.map((column) => ({ column, isDescending: false }));
  const columns = rest.filter(({ column }) => !equals.includes(column));
  if (equals.length + columns.length === 0) return [];
  return [
    {
      schema: textIn(node, 'Schema') ?? 'public',
      table,
      equals: equals.slice(0, mostColumns),
      rest: columns.slice(0, Math.max(0, mostColumns - equals.length)),
      rowsKept: numberIn(node, 'Plan Rows'),
      servesLimit: sort !== null,
    },
  ];
}

/** Nodes that hand rows on in order or without one, so a sort above them is still about the scan. */
const passing = new Set(['Gather', 'Gather Merge', 'Result']);

/** The columns of a sort right above the scan whose rows a LIMIT takes from; null when there is none. */
function sortAbove(above: readonly PostgresPlanNode[]): Candidate['rest'] | null {
  const [first, second] = above.filter((node) => !passing.has(textIn(node, 'Node Type') ?? ''));
  if (!first || textIn(first, 'Node Type') !== 'Sort') return null;
  if (!second || textIn(second, 'Node Type') !== 'Limit') return null;
  const columns = textsIn(first, 'Sort Key').map(sortColumn);
  const known = columns.filter((each) => each !== null);
  return known.length === columns.length && known.length > 0 ? known : null;
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
