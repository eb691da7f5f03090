import { h, type ComponentChild } from 'preact';
import { useContext, useId, useMemo, useRef, useState } from 'preact/hooks';
import type { Cell, Column, Row, Table } from '../../shared/view.ts';
import { timeOf } from '../dashboards/clock.ts';
import { RowActions } from './actions.ts';
import { DrawSurroundings } from './surroundings.ts';
import { cellText, nextOrder, rowAfterKey, shownRows, type Order } from './table-rows.ts';
import { Sentence } from './text.ts';
import { Button, TextField } from './toolkit.ts';

/** Rows drawn at first and with each press of the button, so that a large table stays quick and readable. */
const firstRows = 25;
const moreRows = 75;
/** Fewer rows than this are seen at a glance. */
const filterFrom = 8;

/** Sortable by its headings, filterable, and walked by the arrow keys; order, filter and place survive updates. */
export function TableView({ table }: { readonly table: Table }): ComponentChild {
  const [filter, setFilter] = useState('');
  const [order, setOrder] = useState<Order | null>(null);
  const [limit, setLimit] = useState(firstRows);
  const rows = useMemo(() => shownRows(table.rows, table.columns, filter, order), [table, filter, order]);
  const { title: above } = useContext(DrawSurroundings);
  const title = table.title === above ? undefined : table.title;
  const hasFilter = table.rows.length >= filterFrom || filter !== '';
  return h(
    'div',
    { class: 'table' },
    (title !== undefined || hasFilter) &&
      h(
        'div',
        { class: 'table-head' },
        h('h4', null, title ?? ''),
        hasFilter && h('span', { class: 'dim', role: 'status' }, countOf(rows.length, table.rows.length)),
        hasFilter &&
          h(TextField, {
            name: `Filter ${table.title ?? 'rows'}`,
            placeholder: 'Filter',
            class: 'filter',
            value: filter,
            onValue: setFilter,
          }),
      ),
    table.rows.length === 0
      ? h(Sentence, { class: 'empty', text: table.empty ?? 'There is nothing here yet.' })
      : h(Grid, { table, rows: rows.slice(0, limit), order, setOrder }),
    rows.length > limit &&
      h(
        Button,
        { onPress: () => setLimit(limit + moreRows) },
        `Show ${Math.min(moreRows, rows.length - limit)} more`,
      ),
  );
}

function countOf(shown: number, all: number): string {
  return shown === all ? `${all} rows` : `${shown} of ${all} rows`;
}

interface GridProps {
  readonly table: Table;
  readonly rows: readonly Row[];
  readonly order: Order | null;
  setOrder(order: Order | null): void;
}

function Grid({ table, rows, order, setOrder }: GridProps): ComponentChild {
  const [current, setCurrent] = useState<string | null>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const id = useId();
  const hasActions = table.rows.some(({ actions }) => actions?.length);
  const active = rows.some(({ key }) => key === current) ? current : (rows[0]?.key ?? null);
  const move = (event: KeyboardEvent) => {
    const next = rowAfterKey(
      event.key,
      rows.findIndex(({ key }) => key === active),
      rows.length,
    );
    if (next === null || !isOnRow(event)) return;
    event.preventDefault();
    setCurrent(rows[next]?.key ?? null);
    const element = body.current?.children.item(next);
    if (element instanceof HTMLElement) element.focus();
  };
  return h(
    'div',
    { class: 'scroll' },
    h(
      'table',
      { 'aria-label': table.title, id },
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          table.columns.map((column, index) => h(Heading, { key: index, column, index, order, setOrder })),
          hasActions &&
            h('th', { class: 'actions-column' }, h('span', { class: 'visually-hidden' }, 'Actions')),
        ),
      ),
      h(
        'tbody',
        { ref: body, onKeyDown: move },
        rows.map((row) =>
          h(TableRow, {
            key: row.key,
            row,
            columns: table.columns,
            hasActions,
            isActive: row.key === active,
            isCurrent: row.key === current,
            onCurrent: setCurrent,
          }),
        ),
      ),
    ),
  );
}

function isOnRow(event: KeyboardEvent): boolean {
  return event.target instanceof HTMLTableRowElement;
}

interface HeadingProps {
  readonly column: Column;
  readonly index: number;
  readonly order: Order | null;
  setOrder(order: Order | null): void;
}

function Heading({ column, index, order, setOrder }: HeadingProps): ComponentChild {
  const isSorted = order?.column === index;
  const sort = !isSorted ? 'none' : order.isDescending ? 'descending' : 'ascending';
  return h(
    'th',
    { scope: 'col', class: alignOf(column), 'aria-sort': sort },
    h(
      'button',
      { type: 'button', class: 'sort', onClick: () => setOrder(nextOrder(order, index, column.align)) },
      column.label,
      h(
        'span',
        { class: 'sort-mark', 'aria-hidden': 'true' },
        isSorted ? (order.isDescending ? '↓' : '↑') : '',
      ),
    ),
  );
}

interface TableRowProps {
  readonly row: Row;
  readonly columns: readonly Column[];
  readonly hasActions: boolean;
  readonly isActive: boolean;
  readonly isCurrent: boolean;
  onCurrent(key: string): void;
}

function TableRow({
  row,
  columns,
  hasActions,
  isActive,
  isCurrent,
  onCurrent,
}: TableRowProps): ComponentChild {
  const { act, changes } = useContext(DrawSurroundings);
  const changed = changes.rows.get(row);
  const { open } = row;
  const press = (event: KeyboardEvent) => {
    if (open === undefined || !isOnRow(event) || (event.key !== 'Enter' && event.key !== ' ')) return;
    event.preventDefault();
    act(open);
  };
  const click = () => {
    onCurrent(row.key);
    // A selection of text is not meant as a click.
    if (open !== undefined && String(window.getSelection() ?? '') === '') act(open);
  };
  return h(
    'tr',
    {
      tabIndex: isActive ? 0 : -1,
      class: [open && 'opens', isCurrent && 'current', changed === 'all' && 'changed']
        .filter(Boolean)
        .join(' '),
      'aria-current': isCurrent ? 'true' : undefined,
      'data-key': row.key,
      onClick: click,
      onFocus: () => onCurrent(row.key),
      onKeyDown: press,
    },
    columns.map((column, index) =>
      h(TableCell, {
        key: index,
        cell: row.cells[index],
        column,
        isChanged: changed === 'all' || (changed?.has(index) ?? false),
      }),
    ),
    hasActions &&
      h('td', { class: 'actions-column' }, row.actions && h(RowActions, { actions: row.actions })),
  );
}

interface TableCellProps {
  readonly cell: Cell | undefined;
  readonly column: Column;
  readonly isChanged: boolean;
}

function TableCell({ cell, column, isChanged }: TableCellProps): ComponentChild {
  const text = cellText(cell);
  const about = typeof cell === 'object' ? cell : undefined;
  const shape = [alignOf(column), isChanged && 'changed', about?.tone && `tone-${about.tone}`];
  return h(
    'td',
    { class: shape.filter(Boolean).join(' ') },
    isTime(text)
      ? h('time', { class: 'cell', dateTime: text, title: text }, timeOf(text))
      : h(
          about?.code === true ? 'code' : 'span',
          { class: 'cell', title: text.length > 40 ? text : undefined },
          text,
        ),
  );
}

/** ISO 8601 in UTC is data; a person reads a clock. */
function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/.test(text);
}

function alignOf(column: Column): string {
  return column.align === 'end' ? 'end' : 'start';
}
