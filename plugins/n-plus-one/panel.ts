import { durationCell, panel, readableSql, step, type Row, type View } from '../../shared/index.ts';
import { BurstSeen, RepetitionSeen } from './events.ts';

interface Seen {
  readonly kind: string;
  readonly route: string;
  readonly text: string;
  readonly fingerprint: string;
  readonly orm: string;
  fix: string;
  parent: string;
  exchanges: number;
  statements: number;
  worst: number;
  totalMs: number;
  lastAt: string;
  exchangeId: string;
}

interface State {
  readonly repetitions: Record<string, Seen>;
  readonly bursts: Record<
    string,
    {
      route: string;
      who: string;
      batchRoute: string;
      times: number;
      worst: number;
      totalMs: number;
      lastAt: string;
    }
  >;
}

const mostRows = 200;

export const repetitions = panel<State>({
  id: 'repetitions',
  title: 'N+1 and duplicate statements',
  dashboard: 'queries',
  initial: () => ({ repetitions: {}, bursts: {} }),
  fold: [
    step(RepetitionSeen, (state, { data, at }) => {
      const key = `${data.kind} ${data.route} ${data.fingerprint}`;
      const { kind, route, text, fingerprint, orm } = data;
      const seen = (state.repetitions[key] ??= {
        kind,
        route,
        text,
        fingerprint,
        orm,
        fix: data.fix,
        parent: '',
        exchangeId: data.exchangeId,
        lastAt: at,
        exchanges: 0,
        statements: 0,
        worst: 0,
        totalMs: 0,
      });
      seen.exchanges += 1;
      seen.statements += data.count;
      seen.worst = Math.max(seen.worst, data.count);
      seen.totalMs += data.totalMs;
      seen.lastAt = at;
      seen.exchangeId = data.exchangeId;
      seen.fix = data.fix;
      seen.parent = data.parent?.text ?? '';
      return bounded(state);
    }),
    step(BurstSeen, (state, { data, at }) => {
      const key = `${data.who} ${data.route}`;
      const seen = (state.bursts[key] ??= {
        route: data.route,
        who: data.who,
        batchRoute: data.batchRoute ?? '',
        times: 0,
        worst: 0,
        totalMs: 0,
        lastAt: at,
      });
      seen.times += 1;
      seen.worst = Math.max(seen.worst, data.count);
      seen.totalMs += data.totalMs;
      seen.lastAt = at;
      return bounded(state);
    }),
  ],
  view: ({ repetitions: all, bursts }) => ({
    kind: 'stack',
    children: [repetitionTable(all), ...(Object.keys(bursts).length > 0 ? [burstTable(bursts)] : [])],
  }),
});

function repetitionTable(all: State['repetitions']): View {
  const rows = Object.entries(all).sort(([, a], [, b]) => b.totalMs - a.totalMs);
  return {
    kind: 'table',
    title: 'Statements repeated within one exchange',
    columns: [
      { label: 'Route' },
      { label: 'Statement' },
      { label: 'For each row of' },
      { label: 'What' },
      { label: 'Written by' },
      { label: 'Exchanges', align: 'end' },
      { label: 'Most in one', align: 'end' },
      { label: 'Time', align: 'end' },
    ],
    rows: rows.map(([key, seen]): Row => ({
      key,
      cells: [
        seen.route,
        { text: oneLine(seen.text), code: true },
        { text: oneLine(seen.parent), code: true },
        { text: seen.kind === 'n-plus-one' ? 'N+1' : 'duplicates', tone: 'warning' },
        seen.orm,
        String(seen.exchanges),
        String(seen.worst),
        durationCell(seen.totalMs),
      ],
      open: {
        label: 'Open',
        command: 'n-plus-one/open',
        input: { exchangeId: seen.exchangeId, fingerprint: seen.fingerprint },
      },
    })),
    empty: 'No statement was repeated for each row of another yet.',
  };
}

function burstTable(bursts: State['bursts']): View {
  return {
    kind: 'table',
    title: 'One by one over HTTP: a batch route would do',
    columns: [
      { label: 'Route' },
      { label: 'Caller' },
      { label: 'Times', align: 'end' },
      { label: 'Most at once', align: 'end' },
      { label: 'Time', align: 'end' },
      { label: 'One route that would do' },
    ],
    rows: Object.entries(bursts).map(([key, seen]) => ({
      key,
      cells: [
        seen.route,
        seen.who,
        String(seen.times),
        String(seen.worst),
        durationCell(seen.totalMs),
        { text: seen.batchRoute, code: true },
      ],
    })),
  };
}

function oneLine(text: string): string {
  const line = readableSql(text).replace(/\s+/g, ' ');
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}

/** Keeps the state from growing: what was not seen for longest goes first. */
function bounded(state: State): State {
  for (const rows of [state.repetitions, state.bursts]) {
    const keys = Object.keys(rows);
    if (keys.length <= mostRows) continue;
    const [oldest] = keys.sort((a, b) => ((rows[a]?.lastAt ?? '') < (rows[b]?.lastAt ?? '') ? -1 : 1));
    if (oldest !== undefined) delete rows[oldest];
  }
  return state;
}
