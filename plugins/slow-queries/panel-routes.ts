import {
  durationCell,
  panel,
  percentileMs,
  readableSql,
  step,
  type Row,
  type View,
} from '../../shared/index.ts';
import { RoutesCounted } from './events.ts';
import { addRoute, type RouteCount } from './route-statements.ts';

interface Routes {
  routes: Record<string, RouteCount>;
}

const mostRoutes = 500;
const mostRows = 100;

/** What each route asks of the database. */
export const routesPanel = panel<Routes>({
  id: 'routes',
  title: 'Routes, by their time in the database',
  dashboard: 'queries',
  initial: () => ({ routes: {} }),
  fold: [
    step(RoutesCounted, ({ routes }: Routes, { data }) => {
      for (const row of data.rows) {
        const known = Object.hasOwn(routes, row.route) ? routes[row.route] : undefined;
        if (known !== undefined || Object.keys(routes).length < mostRoutes)
          routes[row.route] = addRoute(known, row);
      }
      return { routes };
    }),
  ],
  view: ({ routes }): View => ({
    kind: 'table',
    columns: [
      { label: 'Route' },
      { label: 'Requests', align: 'end' },
      { label: 'Statements each', align: 'end' },
      { label: 'SQL each', align: 'end' },
      { label: 'SQL p95', align: 'end' },
      { label: 'Of its time', align: 'end' },
      { label: 'The dearest' },
    ],
    rows: Object.values(routes)
      .sort((a, b) => b.sqlMsSum - a.sqlMsSum)
      .slice(0, mostRows)
      .map(rowOf),
    empty: 'No request was seen together with its statements.',
  }),
});

function rowOf(counted: RouteCount): Row {
  const { route, exchanges, statements, durationMsSum, sqlMsSum, sqlMsMax, buckets, dearest } = counted;
  // Statements that run side by side take more together than the request they are of.
  const share = durationMsSum === 0 ? 0 : Math.min(1, sqlMsSum / durationMsSum);
  return {
    key: route,
    cells: [
      { text: route, code: true },
      { text: String(exchanges), sortBy: exchanges },
      { text: (statements / exchanges).toFixed(1), sortBy: statements / exchanges },
      durationCell(sqlMsSum / exchanges),
      durationCell(percentileMs(buckets, 0.95, sqlMsMax) ?? 0),
      { text: `${Math.round(share * 100)} %`, sortBy: share },
      { text: readableSql(dearest.text), code: true },
    ],
  };
}
