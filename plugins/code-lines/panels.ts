import {
  HttpSummary,
  addBuckets,
  durationCell,
  emptyBuckets,
  panel,
  percentileMs,
  step,
  type Cell,
  type Panel,
  type View,
} from '../../shared/index.ts';
import { LinesCounted } from './events.ts';

const mostShown = 200;
const mostKnown = 2000;

interface Counted {
  count: number;
  errors: number;
  durationMsSum: number;
  buckets: number[];
}

interface Line extends Counted {
  function: string;
  text: string;
}

/** Rows are keyed by `file:line`; an editor reads calls, p95 and total from the second to the fourth cell. */
const lines = panel<{ lines: Record<string, Line> }>({
  id: 'lines',
  title: 'Lines of code, by the time of their statements',
  dashboard: 'queries',
  initial: () => ({ lines: {} }),
  fold: [
    step(LinesCounted, (state: { lines: Record<string, Line> }, { data }) => {
      for (const { file, line, function: name = '', text, ...more } of data.rows) {
        const known = entryOf(state.lines, `${file}:${line}`, () => ({
          ...nothing(),
          function: '',
          text: '',
        }));
        if (!known) continue;
        Object.assign(known, { function: name, text });
        add(known, more);
      }
      return state;
    }),
  ],
  view: (state): View => ({
    kind: 'table',
    columns: [
      { label: 'Line' },
      { label: 'Calls', align: 'end' },
      { label: 'p95', align: 'end' },
      { label: 'Total', align: 'end' },
      { label: 'Failed', align: 'end' },
      { label: 'Function' },
      { label: 'Statement' },
    ],
    rows: ranked(state.lines).map(([key, line]) => ({
      key,
      cells: [{ text: key, code: true }, ...figures(line), line.function, { text: line.text, code: true }],
    })),
    empty:
      'No statement said which line sent it. Preload the probe into a Node backend (`node --import outrider/probe app.js`), or turn on sqlcommenter.',
  }),
});

/** Rows are keyed by method and route, with the same figures of their requests. */
const routes = panel<{ routes: Record<string, Counted> }>({
  id: 'routes',
  title: 'Routes, by the time of their requests',
  dashboard: 'queries',
  initial: () => ({ routes: {} }),
  fold: [
    step(HttpSummary, (state: { routes: Record<string, Counted> }, { data }) => {
      for (const row of data.rows) {
        const known = entryOf(state.routes, `${row.method} ${row.route}`, nothing);
        if (known) add(known, { ...row, errors: row.status >= 500 ? row.count : 0 });
      }
      return state;
    }),
  ],
  view: (state): View => ({
    kind: 'table',
    columns: [
      { label: 'Route' },
      { label: 'Calls', align: 'end' },
      { label: 'p95', align: 'end' },
      { label: 'Total', align: 'end' },
      { label: 'Failed', align: 'end' },
    ],
    rows: ranked(state.routes).map(([key, route]) => ({
      key,
      cells: [{ text: key, code: true }, ...figures(route)],
    })),
    empty: 'No request was seen.',
  }),
});

export const panels: readonly Panel[] = [lines, routes];

const nothing = (): Counted => ({ count: 0, errors: 0, durationMsSum: 0, buckets: emptyBuckets() });

/** Undefined when all places are taken. */
function entryOf<Entry>(entries: Record<string, Entry>, key: string, make: () => Entry): Entry | undefined {
  if (Object.hasOwn(entries, key)) return entries[key];
  if (Object.keys(entries).length >= mostKnown) return undefined;
  return (entries[key] = make());
}

function add(into: Counted, more: Omit<Counted, 'buckets'> & { readonly buckets: readonly number[] }): void {
  into.count += more.count;
  into.errors += more.errors;
  into.durationMsSum += more.durationMsSum;
  addBuckets(into.buckets, more.buckets);
}

function ranked<Entry extends Counted>(
  entries: Readonly<Record<string, Entry>>,
): (readonly [string, Entry])[] {
  return Object.entries(entries)
    .sort(([, a], [, b]) => b.durationMsSum - a.durationMsSum)
    .slice(0, mostShown);
}

function figures({ count, errors, durationMsSum, buckets }: Counted): readonly Cell[] {
  return [
    { text: String(count), sortBy: count },
    durationCell(percentileMs(buckets, 0.95) ?? 0),
    durationCell(durationMsSum),
    { text: String(errors), sortBy: errors, tone: errors > 0 ? 'bad' : 'neutral' },
  ];
}
