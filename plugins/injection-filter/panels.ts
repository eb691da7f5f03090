import {
  GuardDenied,
  panel,
  step,
  type Panel,
  type Recorded,
  type TimelineEntry,
} from '../../shared/index.ts';
import { MatchReported, matchDetails, type MatchDetails } from './events.ts';

/** One attempt, refused or only told. */
interface Attempt {
  readonly key: string;
  readonly at: string;
  readonly method: string;
  readonly route: string;
  readonly clientAddress: string;
  readonly outcome: 'refused' | 'would refuse' | 'told';
  readonly details: MatchDetails;
}

const plugin = 'injection-filter';
const mostAttempts = 200;
const mostMinutes = 24 * 60;

function refusedAttempt({
  position,
  at,
  data,
}: Recorded<(typeof GuardDenied)['schema']['_output']>): Attempt | null {
  const details = data.plugin === plugin && !data.statement ? matchDetails.safeParse(data.details) : null;
  if (!details?.success) return null;
  const { method, route, clientAddress } = data;
  return {
    key: String(position),
    at,
    method,
    route,
    clientAddress,
    outcome: data.isEnforced ? 'refused' : 'would refuse',
    details: details.data,
  };
}

function toldAttempt({ id, at, data }: Recorded<(typeof MatchReported)['schema']['_output']>): Attempt {
  const { method, route, clientAddress, why: _why, ...details } = data;
  return { key: id, at, method, route, clientAddress, outcome: 'told', details };
}

/** A panel over attempts of some classes, fed by refusals and reports alike. */
function attemptPanel<State>(definition: {
  readonly id: string;
  readonly title: string;
  readonly initial: () => State;
  readonly add: (state: State, attempt: Attempt) => State;
  readonly view: Parameters<typeof panel<State>>[0]['view'];
}): Panel {
  const { id, title, initial, add, view } = definition;
  return panel<State>({
    id,
    title,
    dashboard: 'security',
    initial,
    fold: [
      step(GuardDenied, (state, event) => {
        const attempt = refusedAttempt(event);
        return attempt ? add(state, attempt) : state;
      }),
      step(MatchReported, (state, event) => add(state, toldAttempt(event))),
    ],
    view,
  });
}

type PerMinute = Record<string, number>;

function minuteChart(id: string, title: string, attack: string): Panel {
  return attemptPanel<PerMinute>({
    id,
    title,
    initial: () => ({}),
    add(counts, { at, details }) {
      if (details.class !== attack) return counts;
      const minute = `${at.slice(0, 16)}:00.000Z`;
      counts[minute] = (counts[minute] ?? 0) + 1;
      const minutes = Object.keys(counts);
      if (minutes.length > mostMinutes) delete counts[minutes.sort()[0] ?? ''];
      return counts;
    },
    view: (counts) => ({
      kind: 'chart',
      title,
      shape: 'bar',
      x: 'time',
      unit: 'attempts a minute',
      series: [
        {
          label: title,
          tone: 'bad',
          points: Object.entries(counts)
            .map(([minute, count]) => [Date.parse(minute), count] as const)
            .sort(([a], [b]) => a - b),
        },
      ],
    }),
  });
}

function entryOf({ key, at, method, route, clientAddress, outcome, details }: Attempt): TimelineEntry {
  return {
    key,
    at,
    title: `${details.rule} in ${details.place} ${details.field}`.trim(),
    detail: `${outcome} · ${method} ${route} from ${clientAddress} · ${details.excerpt}`,
    tone: outcome === 'refused' ? 'bad' : 'warning',
  };
}

function liveLog(id: string, title: string, attack: string): Panel {
  return attemptPanel<Attempt[]>({
    id,
    title,
    initial: () => [],
    add: (attempts, attempt) =>
      attempt.details.class === attack ? [attempt, ...attempts].slice(0, mostAttempts) : attempts,
    view: (attempts) => ({ kind: 'timeline', entries: attempts.map(entryOf), empty: 'No attempt was seen.' }),
  });
}

const mostCounted = 500;

function topTable(id: string, title: string, label: string, keyOf: (attempt: Attempt) => string): Panel {
  return attemptPanel<Record<string, number>>({
    id,
    title,
    initial: () => ({}),
    add(counts, attempt) {
      const key = keyOf(attempt);
      if (key in counts || Object.keys(counts).length < mostCounted) counts[key] = (counts[key] ?? 0) + 1;
      return counts;
    },
    view: (counts) => ({
      kind: 'table',
      columns: [{ label }, { label: 'Attempts', align: 'end' }],
      rows: Object.entries(counts)
        .sort(([, a], [, b]) => b - a)
        .slice(0, 20)
        .map(([key, count]) => ({ key, cells: [key, { text: String(count), sortBy: count }] })),
      empty: 'No attempt was seen.',
    }),
  });
}

export const securityPanels: readonly Panel[] = [
  minuteChart('sql-attempts', 'SQL injection attempts', 'sqli'),
  liveLog('xss-attempts', 'XSS attempts', 'xss'),
  liveLog('command-attempts', 'Command injection attempts', 'command'),
  topTable('top-sources', 'Top sources', 'Source', ({ clientAddress }) => clientAddress),
  topTable('top-routes', 'Top routes', 'Route', ({ method, route }) => `${method} ${route}`),
  topTable('top-rules', 'Top rules', 'Rule', ({ details }) => details.rule),
];
