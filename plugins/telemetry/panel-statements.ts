import {
  SqlSummary,
  durationCell,
  durationText,
  panel,
  readableSql,
  step,
  type Row,
  type View,
} from '../../shared/index.ts';
import { rateText } from './numbers.ts';
import { between, spanAt, type Ring } from './ring.ts';

interface Minute {
  statements: number;
  errors: number;
  durationMsSum: number;
}

/** A shape of statements since it was seen first. */
interface Shape {
  text: string;
  count: number;
  durationMsSum: number;
  durationMsMax: number;
  lastAtMs: number;
}

interface Statements {
  seconds: Ring<Minute>;
  minutes: Ring<Minute>;
  shapes: Record<string, Shape>;
  connections: number;
  opaqueConnections: number;
}

const fresh = (): Minute => ({ statements: 0, errors: 0, durationMsSum: 0 });
const bySecond = { eachMs: 1000, most: 90, fresh };
const byMinute = { eachMs: 60_000, most: 120, fresh };
/** Shapes remembered; the one not seen for longest makes room. */
const mostShapes = 200;
const mostTextCharacters = 300;

/** What reaches PostgreSQL: how much, how long, and the shapes that take longest. */
export const statementsPanel = panel<Statements>({
  id: 'statements',
  title: 'SQL statements',
  dashboard: 'overview',
  initial: () => ({ seconds: [], minutes: [], shapes: {}, connections: 0, opaqueConnections: 0 }),
  fold: [
    step(SqlSummary, (state: Statements, { at, data }) => {
      const atMs = Date.parse(at);
      const spans = [spanAt(state.seconds, atMs, bySecond), spanAt(state.minutes, atMs, byMinute)];
      for (const row of data.rows) {
        for (const span of spans) {
          span.statements += row.count;
          span.errors += row.errors;
          span.durationMsSum += row.durationMsSum;
        }
        if (row.fingerprint !== '(other)') addShape(state.shapes, row, atMs);
      }
      state.connections = data.connections;
      state.opaqueConnections = data.opaqueConnections;
      return state;
    }),
  ],
  view: (state, moment): View => {
    const nowMs = moment.getTime();
    const last = between(state.seconds, nowMs - 60_000, nowMs);
    const minutes = between(state.minutes, nowMs - byMinute.most * 60_000, nowMs);
    const sum = (pick: (minute: Minute) => number): number =>
      last.reduce((total, each) => total + pick(each), 0);
    const errors = sum((each) => each.errors);
    return {
      kind: 'stack',
      children: [
        {
          kind: 'columns',
          children: [
            {
              kind: 'stat',
              label: 'Statements per second',
              value: rateText(sum((each) => each.statements) / 60),
              note: 'over the last minute',
              trend: minutes.map((each) => each.statements),
            },
            {
              kind: 'stat',
              label: 'Database time per second',
              value: durationText(sum((each) => each.durationMsSum) / 60),
            },
            {
              kind: 'stat',
              label: 'Failed',
              value: String(errors),
              tone: errors > 0 ? 'bad' : 'neutral',
              note: 'in the last minute',
            },
            {
              kind: 'stat',
              label: 'Connections',
              value: String(state.connections),
              ...(state.opaqueConnections > 0 && {
                tone: 'warning' as const,
                note: `${state.opaqueConnections} cannot be decoded`,
              }),
            },
          ],
        },
        {
          kind: 'table',
          title: 'Slowest shapes',
          columns: [
            { label: 'Statement' },
            { label: 'Calls', align: 'end' },
            { label: 'Mean', align: 'end' },
            { label: 'Longest', align: 'end' },
          ],
          rows: slowest(state.shapes),
          empty: 'No statement was seen. Point DATABASE_URL of the backend at the SQL tap.',
        },
      ],
    };
  },
});

function addShape(
  shapes: Record<string, Shape>,
  row: { fingerprint: string; text: string; count: number; durationMsSum: number; durationMsMax: number },
  atMs: number,
): void {
  const found = Object.hasOwn(shapes, row.fingerprint) ? shapes[row.fingerprint] : undefined;
  if (!found && Object.keys(shapes).length >= mostShapes) forgetOldest(shapes);
  const shape = found ?? {
    text: readableSql(row.text).slice(0, mostTextCharacters),
    count: 0,
    durationMsSum: 0,
    durationMsMax: 0,
    lastAtMs: 0,
  };
  shape.count += row.count;
  shape.durationMsSum += row.durationMsSum;
  shape.durationMsMax = Math.max(shape.durationMsMax, row.durationMsMax);
  shape.lastAtMs = atMs;
  shapes[row.fingerprint] = shape;
}

function forgetOldest(shapes: Record<string, Shape>): void {
  const [oldest] = Object.entries(shapes).sort(([, a], [, b]) => a.lastAtMs - b.lastAtMs);
  if (oldest) delete shapes[oldest[0]];
}

function slowest(shapes: Record<string, Shape>): readonly Row[] {
  const ranked = Object.entries(shapes).sort(([, a], [, b]) => b.durationMsMax - a.durationMsMax);
  return ranked.slice(0, 10).map(([fingerprint, shape]) => {
    const mean = shape.durationMsSum / shape.count;
    return {
      key: fingerprint,
      cells: [
        { text: shape.text, code: true },
        { text: String(shape.count), sortBy: shape.count },
        durationCell(mean),
        durationCell(shape.durationMsMax),
      ],
    };
  });
}
