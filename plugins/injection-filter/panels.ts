import {
  GuardDenied,
  panel,
  step,
  type Panel,
  type Recorded,
  type Row,
  type TimelineEntry,
} from '../../shared/index.ts';
import { attemptPanel } from './attempt-panel.ts';
import { attemptOf, type Attempt } from './attempts.ts';
import { changesPanel } from './changes-panel.ts';
import { FieldLearnt, MatchReported, SqlReached } from './events.ts';
import { gradePanel } from './grade-panel.ts';
import { historyPanel } from './history-panel.ts';

/** Minutes charted, entries of a live log, and keys counted: what bounds the panels' state. */
const mostMinutes = 24 * 60;
const mostEntries = 200;
const mostCounted = 500;

type PerMinute = Record<string, number>;

function minuteOf(at: string): string {
  return `${at.slice(0, 16)}:00.000Z`;
}

function count(counts: PerMinute, at: string, by: number): PerMinute {
  const minute = minuteOf(at);
  counts[minute] = (counts[minute] ?? 0) + by;
  const minutes = Object.keys(counts);
  if (minutes.length > mostMinutes) delete counts[minutes.sort()[0] ?? ''];
  return counts;
}

function points(counts: PerMinute): readonly (readonly [x: number, y: number])[] {
  return Object.entries(counts)
    .map(([minute, each]) => [Date.parse(minute), each] as const)
    .sort(([a], [b]) => a - b);
}

interface SqlAttempts {
  readonly attempts: PerMinute;
  /** Values that stood in a statement's text. */
  readonly reached: PerMinute;
}

function sqlAttempted(state: SqlAttempts, event: Recorded): SqlAttempts {
  const attempt = attemptOf(event);
  if (attempt?.details.class === 'sqli') count(state.attempts, attempt.at, attempt.count);
  return state;
}

const sqlAttempts = panel<SqlAttempts>({
  id: 'sql-attempts',
  title: 'SQL injection attempts',
  dashboard: 'security',
  initial: () => ({ attempts: {}, reached: {} }),
  fold: [
    step(GuardDenied, sqlAttempted),
    step(MatchReported, sqlAttempted),
    step(SqlReached, (state, { at }) => {
      count(state.reached, at, 1);
      return state;
    }),
  ],
  view: ({ attempts, reached }) => ({
    kind: 'chart',
    title: 'SQL injection attempts',
    shape: 'bar',
    x: 'time',
    unit: 'a minute',
    series: [
      { label: 'in requests', tone: 'warning', points: points(attempts) },
      { label: 'that reached a statement', tone: 'bad', points: points(reached) },
    ],
  }),
});

function entryOf({
  key,
  at,
  exchangeId,
  method,
  route,
  clientAddress,
  outcome,
  details,
}: Attempt): TimelineEntry {
  return {
    key,
    at,
    title: `${details.rule} in ${details.place} ${details.field}`.trim(),
    detail: `${outcome} · ${method} ${route} from ${clientAddress} · ${details.excerpt}`,
    tone: outcome === 'refused' ? 'bad' : 'warning',
    ...(exchangeId !== null && {
      open: { label: 'Show the attempt', command: 'injection-filter/attempt', input: { exchangeId } },
    }),
  };
}

function liveLog(id: string, title: string, holds: (attempt: Attempt) => boolean): Panel {
  return attemptPanel<Attempt[]>({
    id,
    title,
    initial: () => [],
    add: (attempts, attempt) =>
      holds(attempt) ? [withoutValue(attempt), ...attempts].slice(0, mostEntries) : attempts,
    view: (attempts) => ({ kind: 'timeline', entries: attempts.map(entryOf), empty: 'No attempt was seen.' }),
  });
}

/** A list shows the excerpt; the value would only be weight. */
function withoutValue(attempt: Attempt): Attempt {
  const { value: _value, ...details } = attempt.details;
  return { ...attempt, details };
}

function topTable(
  id: string,
  title: string,
  label: string,
  keyOf: (attempt: Attempt) => string,
  actions: (key: string) => Row['actions'] = () => [],
): Panel {
  return attemptPanel<Record<string, number>>({
    id,
    title,
    initial: () => ({}),
    add(counts, attempt) {
      const key = keyOf(attempt);
      if (key in counts || Object.keys(counts).length < mostCounted)
        counts[key] = (counts[key] ?? 0) + attempt.count;
      return counts;
    },
    view: (counts) => ({
      kind: 'table',
      columns: [{ label }, { label: 'Attempts', align: 'end' }],
      rows: Object.entries(counts)
        .sort(([, a], [, b]) => b - a)
        .slice(0, 20)
        .map(([key, each]) => ({
          key,
          cells: [key, { text: String(each), sortBy: each }],
          actions: actions(key) ?? [],
        })),
      empty: 'No attempt was seen.',
    }),
  });
}

const failedAuthentications = panel<PerMinute>({
  id: 'failed-authentications',
  title: 'Failed authentications',
  dashboard: 'security',
  initial: () => ({}),
  fold: [
    step(GuardDenied, (counts, { at, data }) =>
      data.status === 401 ? count(counts, at, data.count) : counts,
    ),
  ],
  view: (counts) => ({
    kind: 'chart',
    title: 'Failed authentications',
    shape: 'bar',
    x: 'time',
    unit: 'a minute',
    series: [{ label: 'refused with 401', tone: 'warning', points: points(counts) }],
  }),
});

type Learnt = Record<string, { route: string; field: string; kind: string; values: number }>;

const learntFields = panel<Learnt>({
  id: 'learnt-fields',
  title: 'What fields seem to be for',
  dashboard: 'security',
  initial: () => ({}),
  fold: [
    step(FieldLearnt, (learnt, { data }) => {
      const { route, field, kind, values } = data;
      const key = `${route} ${field}`;
      if (key in learnt || Object.keys(learnt).length < mostCounted)
        learnt[key] = { route, field, kind, values };
      return learnt;
    }),
  ],
  view: (learnt) => ({
    kind: 'table',
    columns: [
      { label: 'Route' },
      { label: 'Field' },
      { label: 'Kind' },
      { label: 'From values', align: 'end' },
    ],
    rows: Object.entries(learnt).map(([key, { route, field, kind, values }]) => ({
      key,
      cells: [route, field, kind, { text: String(values), sortBy: values }],
      actions: [{ label: 'Approve', command: 'injection-filter/set-field', input: { route, field, kind } }],
    })),
    empty: 'Nothing was learnt yet. Kinds are proposed here and hold once they are approved.',
  }),
});

export const securityPanels: readonly Panel[] = [
  sqlAttempts,
  liveLog('xss-attempts', 'XSS attempts', ({ details }) => details.class === 'xss'),
  liveLog('command-attempts', 'Command injection attempts', ({ details }) => details.class === 'command'),
  liveLog('attempts', 'All attempts', () => true),
  failedAuthentications,
  topTable(
    'top-sources',
    'Top sources',
    'Source',
    ({ clientAddress }) => clientAddress,
    (address) => [
      {
        label: 'Block for an hour',
        command: 'injection-filter/block-source',
        input: { address, minutes: 60 },
        confirm: `Refuse everything from ${address} for an hour?`,
      },
    ],
  ),
  topTable('top-routes', 'Top routes', 'Route', ({ method, route }) => `${method} ${route}`),
  topTable('top-rules', 'Top rules', 'Rule', ({ details }) => details.rule),
  gradePanel,
  historyPanel,
  changesPanel,
  learntFields,
];
