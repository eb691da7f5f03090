import {
  SqlSummary,
  addBuckets,
  durationCell,
  emptyBuckets,
  panel,
  percentileMs,
  readableSql,
  step,
  type Panel,
  type Row,
  type View,
} from '../../shared/index.ts';
import { changePanels } from './panel-changes.ts';
import { overFetchPanel } from './panel-over-fetch.ts';
import { routesPanel } from './panel-routes.ts';
import { IndexSuggested, SlowQueryExplained, SlowQuerySeen } from './events.ts';

const mostShapes = 500;
const mostRows = 100;
const mostSuggestions = 100;
const mostTextCharacters = 400;

interface Shape {
  text: string;
  count: number;
  errors: number;
  rows: number;
  durationMsSum: number;
  durationMsMax: number;
  buckets: number[];
}

interface Statements {
  shapes: Record<string, Shape>;
}

/** Statements by the time they took together, as pg_stat_statements counts them. */
const statements = panel<Statements>({
  id: 'statements',
  title: 'Statements, by total time',
  dashboard: 'queries',
  initial: () => ({ shapes: {} }),
  fold: [
    step(SqlSummary, (state: Statements, { data }) => {
      for (const row of data.rows) addTo(shapeIn(state.shapes, row.fingerprint, row.text), row);
      return state;
    }),
  ],
  view: ({ shapes }): View => {
    const totalMs = Object.values(shapes).reduce((sum, each) => sum + each.durationMsSum, 0);
    const ranked = Object.entries(shapes).sort(([, a], [, b]) => b.durationMsSum - a.durationMsSum);
    return {
      kind: 'table',
      columns: [
        { label: 'Statement' },
        { label: 'Calls', align: 'end' },
        { label: 'Of all time', align: 'end' },
        { label: 'Mean', align: 'end' },
        { label: 'p95', align: 'end' },
        { label: 'p99', align: 'end' },
        { label: 'Longest', align: 'end' },
        { label: 'Rows', align: 'end' },
        { label: 'Failed', align: 'end' },
      ],
      rows: ranked.slice(0, mostRows).map(([fingerprint, shape]) => shapeRow(fingerprint, shape, totalMs)),
      empty: 'No statement was seen. Point DATABASE_URL of the backend at the SQL tap.',
    };
  },
});

interface Slow {
  /** In order of the last time, the latest last. */
  shapes: Record<
    string,
    { text: string; times: number; worstMs: number; lastAt: string; isExplained: boolean }
  >;
}

const slow = panel<Slow>({
  id: 'slow',
  title: 'Slow queries',
  dashboard: 'queries',
  initial: () => ({ shapes: {} }),
  fold: [
    step(SlowQuerySeen, (state: Slow, { at, data }) => {
      const before = state.shapes[data.fingerprint];
      delete state.shapes[data.fingerprint];
      state.shapes[data.fingerprint] = {
        text: readableSql(data.text).slice(0, mostTextCharacters),
        times: (before?.times ?? 0) + 1,
        worstMs: Math.max(before?.worstMs ?? 0, data.durationMs),
        lastAt: at,
        isExplained: before?.isExplained ?? false,
      };
      const names = Object.keys(state.shapes);
      if (names.length > mostRows && names[0] !== undefined) delete state.shapes[names[0]];
      return state;
    }),
    step(SlowQueryExplained, (state: Slow, { data }) => {
      const shape = state.shapes[data.fingerprint];
      if (shape) shape.isExplained = true;
      return state;
    }),
  ],
  view: ({ shapes }): View => ({
    kind: 'table',
    columns: [
      { label: 'Query' },
      { label: 'Times', align: 'end' },
      { label: 'Longest', align: 'end' },
      { label: 'Last' },
      { label: 'Plan' },
    ],
    rows: Object.entries(shapes)
      .toReversed()
      .map(([fingerprint, shape]) => ({
        key: fingerprint,
        cells: [
          { text: shape.text, code: true },
          number(shape.times),
          { ...durationCell(shape.worstMs), tone: 'bad' },
          shape.lastAt,
          shape.isExplained ? 'explained' : 'none yet',
        ],
        open: { label: 'Open', command: 'slow-queries/open', input: { fingerprint } },
      })),
    empty: 'No query took as long as the threshold.',
  }),
});

interface Suggestions {
  rows: Record<string, Row>;
}

const suggestions = panel<Suggestions>({
  id: 'indexes',
  title: 'Suggested indexes',
  dashboard: 'queries',
  initial: () => ({ rows: {} }),
  fold: [
    step(IndexSuggested, (state: Suggestions, { at, data }) => {
      delete state.rows[data.ddl];
      state.rows[data.ddl] = {
        key: data.ddl,
        cells: [
          { text: `${data.schema}.${data.table}`, code: true },
          { text: data.columns.join(', '), code: true },
          promise(data.costBefore, data.costAfter),
          { text: data.ddl, code: true },
          { text: data.undo, code: true },
          at,
        ],
        open: { label: 'Open', command: 'slow-queries/open', input: { fingerprint: data.fingerprint } },
      };
      const names = Object.keys(state.rows);
      if (names.length > mostSuggestions && names[0] !== undefined) delete state.rows[names[0]];
      return state;
    }),
  ],
  view: ({ rows }): View => ({
    kind: 'table',
    columns: [
      { label: 'Table' },
      { label: 'Columns' },
      { label: 'Promise' },
      { label: 'Make it' },
      { label: 'Undo it' },
      { label: 'Suggested' },
    ],
    rows: Object.values(rows).toReversed(),
    empty: 'No index is suggested.',
  }),
});

/** The queries dashboard, top to bottom. */
export const panels: readonly Panel[] = [
  slow,
  suggestions,
  overFetchPanel,
  ...changePanels,
  statements,
  routesPanel,
];

function promise(before: number, after: number | null): Row['cells'][number] {
  if (after === null) return { text: 'unverified', tone: 'warning' };
  return { text: `cost ${Math.round(before)} → ${Math.round(after)}`, tone: 'good', sortBy: after / before };
}

/** A shape that is not remembered when all places are taken is counted under `(other)`. */
function shapeIn(shapes: Record<string, Shape>, wanted: string, text: string): Shape {
  const isRoom = Object.hasOwn(shapes, wanted) || Object.keys(shapes).length < mostShapes;
  const fingerprint = isRoom ? wanted : '(other)';
  const found = Object.hasOwn(shapes, fingerprint) ? shapes[fingerprint] : undefined;
  if (found) return found;
  const added: Shape = {
    text: isRoom ? readableSql(text).slice(0, mostTextCharacters) : '(other statements)',
    count: 0,
    errors: 0,
    rows: 0,
    durationMsSum: 0,
    durationMsMax: 0,
    buckets: emptyBuckets(),
  };
  shapes[fingerprint] = added;
  return added;
}

function addTo(shape: Shape, row: Omit<Shape, 'text'>): void {
  shape.count += row.count;
  shape.errors += row.errors;
  shape.rows += row.rows;
  shape.durationMsSum += row.durationMsSum;
  shape.durationMsMax = Math.max(shape.durationMsMax, row.durationMsMax);
  addBuckets(shape.buckets, row.buckets);
}

function shapeRow(fingerprint: string, shape: Shape, totalMs: number): Row {
  const share = totalMs === 0 ? 0 : shape.durationMsSum / totalMs;
  return {
    key: fingerprint,
    cells: [
      { text: shape.text, code: true },
      number(shape.count),
      { text: `${(share * 100).toFixed(1)} %`, sortBy: share },
      durationCell(shape.durationMsSum / shape.count),
      durationCell(percentileMs(shape.buckets, 0.95, shape.durationMsMax) ?? 0),
      durationCell(percentileMs(shape.buckets, 0.99, shape.durationMsMax) ?? 0),
      durationCell(shape.durationMsMax),
      number(shape.rows),
      { ...number(shape.errors), tone: shape.errors > 0 ? 'bad' : 'neutral' },
    ],
    // A text that was cut is no statement any more, so it has no plan.
    ...(shape.text.length < mostTextCharacters && {
      actions: [{ label: 'Explain', command: 'slow-queries/explain', input: { text: shape.text } }],
    }),
  };
}

function number(value: number): { text: string; sortBy: number } {
  return { text: String(value), sortBy: value };
}
