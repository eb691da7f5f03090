import { cellText } from './table-rows.ts';
import type { Cell, Row, Table, View } from '../../shared/view.ts';

/** What of one view is not the same in the other; asked by the objects of that view themselves. */
export interface Changes {
  /** Columns of a row that differ; 'all' for a row the other side does not have. */
  readonly rows: ReadonlyMap<Row, ReadonlySet<number> | 'all'>;
  /** Stats, texts, charts … and timeline entries that differ. */
  readonly things: ReadonlySet<object>;
  readonly count: number;
}

export const noChanges: Changes = { rows: new Map(), things: new Set(), count: 0 };

/** Compares two views of one panel. Rows are matched by key, everything else by its place. */
export function changesBetween(
  before: View,
  after: View,
): { readonly before: Changes; readonly after: Changes } {
  const [a, b] = [collector(), collector()];
  compare(before, after, a, b);
  return { before: a.done(), after: b.done() };
}

interface Collector {
  row(row: Row, columns: ReadonlySet<number> | 'all'): void;
  thing(thing: object): void;
  done(): Changes;
}

function collector(): Collector {
  const rows = new Map<Row, ReadonlySet<number> | 'all'>();
  const things = new Set<object>();
  return {
    row: (row, columns) => void rows.set(row, columns),
    thing: (thing) => void things.add(thing),
    done: () => ({ rows, things, count: rows.size + things.size }),
  };
}

function compare(a: View | undefined, b: View | undefined, left: Collector, right: Collector): void {
  if (a === undefined || b === undefined || a.kind !== b.kind) {
    if (a) left.thing(a);
    if (b) right.thing(b);
    return;
  }
  if (hasChildren(a) && hasChildren(b)) return compareChildren(a.children, b.children, left, right);
  if (a.kind === 'table' && b.kind === 'table') return compareTables(a, b, left, right);
  if (a.kind === 'timeline' && b.kind === 'timeline') {
    onlyThere(a.entries, b.entries, left);
    return onlyThere(b.entries, a.entries, right);
  }
  if (JSON.stringify(a) === JSON.stringify(b)) return;
  left.thing(a);
  right.thing(b);
}

function hasChildren(view: View): view is Extract<View, { children: readonly View[] }> {
  return view.kind === 'stack' || view.kind === 'columns' || view.kind === 'section';
}

function compareChildren(a: readonly View[], b: readonly View[], left: Collector, right: Collector): void {
  for (let at = 0; at < Math.max(a.length, b.length); at++) compare(a[at], b[at], left, right);
}

function compareTables(a: Table, b: Table, left: Collector, right: Collector): void {
  const others = new Map(b.rows.map((row) => [row.key, row]));
  for (const row of a.rows) {
    const other = others.get(row.key);
    others.delete(row.key);
    if (other === undefined) {
      left.row(row, 'all');
      continue;
    }
    const columns = changedColumns(row.cells, other.cells);
    if (columns.size === 0) continue;
    left.row(row, columns);
    right.row(other, columns);
  }
  for (const row of others.values()) right.row(row, 'all');
}

function changedColumns(a: readonly Cell[], b: readonly Cell[]): ReadonlySet<number> {
  const width = Math.max(a.length, b.length);
  return new Set(
    Array.from({ length: width }, (_, at) => at).filter((at) => cellText(a[at]) !== cellText(b[at])),
  );
}

function onlyThere(
  here: readonly { readonly key: string }[],
  there: readonly { readonly key: string }[],
  collect: Collector,
): void {
  const known = new Set(there.map(({ key }) => key));
  for (const entry of here) if (!known.has(entry.key)) collect.thing(entry);
}
