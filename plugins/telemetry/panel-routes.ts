import {
  HttpSummary,
  addBuckets,
  durationCell,
  emptyBuckets,
  panel,
  percentileMs,
  step,
  type Row,
  type View,
} from '../../shared/index.ts';
import { percentText } from './numbers.ts';
import { between, spanAt, type Ring } from './ring.ts';

interface RouteCount {
  count: number;
  errors: number;
  durationMsSum: number;
  durationMsMax: number;
  buckets: number[];
}

/** Ten minutes of every route: `GET /agents/:id` → its counts. */
interface Slot {
  routes: Record<string, RouteCount>;
}

interface Routes {
  slots: Ring<Slot>;
}

/** An hour in six slots of at most 300 routes; further routes are added up as one. */
const slots = { eachMs: 600_000, most: 6, fresh: (): Slot => ({ routes: {} }) };
const mostRoutes = 300;
const mostRows = 50;

/** Where the time goes: routes by the time they took together over the last hour. */
export const routesPanel = panel<Routes>({
  id: 'routes',
  title: 'Routes, by time spent in the last hour',
  dashboard: 'overview',
  initial: () => ({ slots: [] }),
  fold: [
    step(HttpSummary, (state: Routes, { at, data }) => {
      const { routes } = spanAt(state.slots, Date.parse(at), slots);
      for (const row of data.rows) {
        const into = routeIn(routes, `${row.method} ${row.route}`);
        addTo(into, { ...row, errors: row.status >= 500 ? row.count : 0 });
      }
      return state;
    }),
  ],
  view: (state, moment): View => {
    const routes = lastHour(state.slots, moment.getTime());
    const totalMs = [...routes.values()].reduce((sum, each) => sum + each.durationMsSum, 0);
    const ranked = [...routes].sort(([, a], [, b]) => b.durationMsSum - a.durationMsSum).slice(0, mostRows);
    return {
      kind: 'table',
      columns: [
        { label: 'Route' },
        { label: 'Requests', align: 'end' },
        { label: 'Of all time', align: 'end' },
        { label: 'Mean', align: 'end' },
        { label: 'p95', align: 'end' },
        { label: 'Longest', align: 'end' },
        { label: 'Errors', align: 'end' },
      ],
      rows: ranked.map(([route, count]) => rowOf(route, count, totalMs)),
      empty: 'No requests in the last hour.',
    };
  },
});

function lastHour(ring: Ring<Slot>, nowMs: number): ReadonlyMap<string, RouteCount> {
  const sums = new Map<string, RouteCount>();
  for (const { routes } of between(ring, nowMs - slots.most * slots.eachMs, nowMs)) {
    for (const [route, count] of Object.entries(routes)) {
      const sum = sums.get(route) ?? nothing();
      addTo(sum, count);
      sums.set(route, sum);
    }
  }
  return sums;
}

function rowOf(route: string, count: RouteCount, totalMs: number): Row {
  const errors = count.errors / count.count;
  const share = totalMs === 0 ? 0 : count.durationMsSum / totalMs;
  const p95 = percentileMs(count.buckets, 0.95, count.durationMsMax);
  const mean = count.durationMsSum / count.count;
  return {
    key: route,
    cells: [
      { text: route, code: true },
      { text: String(count.count), sortBy: count.count },
      { text: percentText(share), sortBy: share },
      durationCell(mean),
      durationCell(p95),
      durationCell(count.durationMsMax),
      { text: percentText(errors), sortBy: errors, tone: errors > 0 ? 'bad' : 'neutral' },
    ],
  };
}

function routeIn(routes: Record<string, RouteCount>, wanted: string): RouteCount {
  const isRoom = Object.hasOwn(routes, wanted) || Object.keys(routes).length < mostRoutes;
  const route = isRoom ? wanted : '(other)';
  const found = Object.hasOwn(routes, route) ? routes[route] : undefined;
  if (found) return found;
  const added = nothing();
  routes[route] = added;
  return added;
}

function addTo(sum: RouteCount, more: RouteCount): void {
  sum.count += more.count;
  sum.errors += more.errors;
  sum.durationMsSum += more.durationMsSum;
  sum.durationMsMax = Math.max(sum.durationMsMax, more.durationMsMax);
  addBuckets(sum.buckets, more.buckets);
}

function nothing(): RouteCount {
  return { count: 0, errors: 0, durationMsSum: 0, durationMsMax: 0, buckets: emptyBuckets() };
}
