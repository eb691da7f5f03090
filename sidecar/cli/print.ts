import type { View } from '../../shared/index.ts';

/** A command's answer for a person at a terminal: tables where there are rows, `name: value` lines elsewhere. */
export function humanText(value: unknown): string {
  if (value === null || value === undefined) return 'Done.\n';
  if (typeof value !== 'object') return `${String(value)}\n`;
  const view = viewIn(value);
  if (view) return `${viewLines(view).join('\n')}\n`;
  const rows = rowsIn(value);
  return `${(rows ? tableLines(rows) : fieldLines(value, '')).join('\n')}\n`;
}

const viewKinds = new Set([
  'stack',
  'columns',
  'section',
  'stat',
  'text',
  'code',
  'table',
  'chart',
  'graph',
  'timeline',
  'plan',
  'actions',
  'secret',
]);

/** The answer itself, or the part of it that is meant for a person. */
function viewIn(value: object): View | null {
  if (isView(value)) return value;
  const inner = 'view' in value ? value.view : null;
  return typeof inner === 'object' && inner !== null && isView(inner) ? inner : null;
}

const isView = (value: object): value is View =>
  'kind' in value && typeof value.kind === 'string' && viewKinds.has(value.kind);

function viewLines(view: View): readonly string[] {
  switch (view.kind) {
    case 'stack':
    case 'columns':
      return view.children.flatMap(viewLines);
    case 'section':
      return ['', view.title.toUpperCase(), ...view.children.flatMap(viewLines)];
    case 'stat':
      return [`${view.label}: ${view.value}${view.note ? ` (${view.note})` : ''}`];
    case 'text':
      return [view.markdown];
    case 'code':
      return view.text.split('\n').map((line) => `  ${line}`);
    case 'secret':
      return [`${view.label}: ${view.value}`, view.note];
    case 'table':
      return [...(view.title ? ['', view.title] : []), ...viewTable(view)];
    case 'timeline':
      return view.entries.length === 0
        ? [view.empty ?? 'Nothing.']
        : view.entries.map(({ at, title, detail }) => [at, title, detail].filter(Boolean).join('  '));
    case 'plan':
      return planLines(view.root, '');
    case 'chart':
      return [
        `${view.title}: ${view.series.map(({ label, points }) => `${label} ${points.at(-1)?.[1] ?? '-'}`).join(', ')}`,
      ];
    case 'graph':
      return view.edges.map(([from, to]) => `${from} → ${to}`);
    case 'actions':
      return [];
  }
}

type TableView = Extract<View, { kind: 'table' }>;

function viewTable({ columns, rows, empty }: TableView): readonly string[] {
  if (rows.length === 0) return [empty ?? 'Nothing.'];
  const cells = rows.map((row) => row.cells.map((cell) => (typeof cell === 'string' ? cell : cell.text)));
  return aligned([columns.map(({ label }) => label), ...cells]);
}

type PlanView = Extract<View, { kind: 'plan' }>['root'];

function planLines({ label, detail, children }: PlanView, indent: string): readonly string[] {
  return [
    `${indent}${label}${detail ? `  ${detail}` : ''}`,
    ...children.flatMap((each) => planLines(each, `${indent}  `)),
  ];
}

type Fields = Readonly<Record<string, unknown>>;

/** The rows of an answer that is a list, or an object whose one list of objects is what was asked for. */
function rowsIn(value: object): readonly Fields[] | null {
  const lists = Array.isArray(value) ? [value] : Object.values(value).filter(Array.isArray);
  const [list] = lists;
  if (lists.length !== 1 || !list) return null;
  if (!Array.isArray(value) && Object.keys(value).length > 3) return null;
  return list.every(isFields) ? list : null;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A terminal is not endless: a cell is cut, `--json` has it whole. */
const maxCell = 60;

function tableLines(rows: readonly Fields[]): readonly string[] {
  if (rows.length === 0) return ['Nothing.'];
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) =>
    rows.some((row) => typeof row[name] !== 'object' || Array.isArray(row[name])),
  );
  return aligned([columns, ...rows.map((row) => columns.map((name) => cellText(row[name])))]);
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '-';
  const text = Array.isArray(value)
    ? value.map(cellText).join(' ')
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
  const line = text.replace(/\s+/g, ' ');
  return line.length > maxCell ? `${line.slice(0, maxCell - 1)}…` : line;
}

function aligned(lines: readonly (readonly string[])[]): readonly string[] {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  );
  return lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function fieldLines(value: object, indent: string): readonly string[] {
  return Object.entries(value).flatMap(([name, each]: [string, unknown]) => {
    if (!isFields(each))
      return [`${indent}${name}: ${Array.isArray(each) ? listText(each) : String(each ?? '-')}`];
    return [`${indent}${name}:`, ...fieldLines(each, `${indent}  `)];
  });
}

const listText = (list: readonly unknown[]): string =>
  list.length === 0
    ? '-'
    : list.map((each) => (typeof each === 'object' ? JSON.stringify(each) : String(each))).join(', ');
