import type { Cell, Column, Row } from '../../shared/view.ts';

export interface Order {
  readonly column: number;
  readonly isDescending: boolean;
}

export function cellText(cell: Cell | undefined): string {
  return typeof cell === 'object' ? cell.text : (cell ?? '');
}

/** Rows whose cells hold every word of the filter, in the order asked for; rows that compare equal keep theirs. */
export function shownRows(
  rows: readonly Row[],
  columns: readonly Column[],
  filter: string,
  order: Order | null,
): readonly Row[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const kept = words.length === 0 ? rows : rows.filter((row) => holds(row, words));
  return order === null ? kept : [...kept].sort(comparison(order, columns[order.column]));
}

/** What a click on a column's heading does next: up, down, as sent. Numbers start with the largest. */
export function nextOrder(
  order: Order | null,
  column: number,
  align: Column['align'] = 'start',
): Order | null {
  const startsDescending = align === 'end';
  if (order?.column !== column) return { column, isDescending: startsDescending };
  return order.isDescending === startsDescending ? { column, isDescending: !startsDescending } : null;
}

function holds(row: Row, words: readonly string[]): boolean {
  const text = row.cells.map(cellText).join('\n').toLowerCase();
  return words.every((word) => text.includes(word));
}

function comparison({ column, isDescending }: Order, info: Column | undefined) {
  const sign = isDescending ? -1 : 1;
  return (a: Row, b: Row) => sign * compareCells(a.cells[column], b.cells[column], info?.align === 'end');
}

function compareCells(a: Cell | undefined, b: Cell | undefined, isNumeric: boolean): number {
  const [x, y] = [sortNumber(a, isNumeric), sortNumber(b, isNumeric)];
  if (x !== null && y !== null && x !== y) return x - y;
  if (x === null && y === null) return cellText(a).localeCompare(cellText(b), undefined, { numeric: true });
  return Number(x === null) - Number(y === null);
}

/** `sortBy` when given; in a column of numbers the number the text starts with, thousands marks ignored. */
function sortNumber(cell: Cell | undefined, isNumeric: boolean): number | null {
  if (typeof cell === 'object' && cell.sortBy !== undefined) return cell.sortBy;
  if (!isNumeric) return null;
  const number = Number.parseFloat(cellText(cell).replaceAll(/[,\u202f\u00a0 ]/g, ''));
  return Number.isNaN(number) ? null : number;
}

/** Where an arrow key leads; null for other keys. */
export function rowAfterKey(key: string, at: number, count: number): number | null {
  if (count === 0) return null;
  if (key === 'ArrowDown') return Math.min(count - 1, at + 1);
  if (key === 'ArrowUp') return Math.max(0, at - 1);
  if (key === 'Home') return 0;
  return key === 'End' ? count - 1 : null;
}
