import { GuardDenied, panel, step, type TimelineEntry, type View } from '../../shared/index.ts';

interface Failures {
  /** Refusals per minute, the oldest first. */
  minutes: { atMs: number; count: number }[];
  latest: TimelineEntry[];
  sources: Record<string, number>;
  codes: Record<string, number>;
}

const mostMinutes = 180;
const mostLatest = 100;
const mostSources = 500;

/** Requests refused for their key, or for want of one. */
export const failuresPanel = panel<Failures>({
  id: 'failures',
  title: 'Failed authentications',
  dashboard: 'keys',
  initial: () => ({ minutes: [], latest: [], sources: {}, codes: {} }),
  fold: [
    step(GuardDenied, (state: Failures, { at, id, data }) => {
      if (data.plugin !== 'api-keys') return state;
      countMinute(state.minutes, Date.parse(at), data.count);
      countNamed(state.sources, data.clientAddress, data.count);
      countNamed(state.codes, data.code, data.count);
      state.latest.unshift({
        key: id,
        at,
        title: `${data.reason} ${data.method} ${data.route}`,
        detail: `from ${data.clientAddress}${data.count > 1 ? `, ${data.count} times` : ''}${data.isEnforced ? '' : ' (only observed)'}`,
        tone: data.status === 429 ? 'warning' : 'bad',
      });
      state.latest.length = Math.min(state.latest.length, mostLatest);
      return state;
    }),
  ],
  view: ({ minutes, latest, sources, codes }): View => ({
    kind: 'stack',
    children: [
      {
        kind: 'chart',
        title: 'Refused per minute',
        shape: 'bar',
        x: 'time',
        series: [{ label: 'Refused', tone: 'bad', points: minutes.map(({ atMs, count }) => [atMs, count]) }],
      },
      { kind: 'columns', children: [ranking('By source', sources), ranking('By reason', codes)] },
      { kind: 'timeline', entries: latest, empty: 'Nobody was refused.' },
    ],
  }),
});

function countMinute(minutes: Failures['minutes'], atMs: number, count: number): void {
  const startMs = Math.floor(atMs / 60_000) * 60_000;
  const last = minutes.at(-1);
  if (last && last.atMs >= startMs) last.count += count;
  else minutes.push({ atMs: startMs, count });
  if (minutes.length > mostMinutes) minutes.shift();
}

function countNamed(counts: Record<string, number>, name: string, count: number): void {
  const isRoom = Object.hasOwn(counts, name) || Object.keys(counts).length < mostSources;
  const key = isRoom ? name : '(other)';
  counts[key] = (counts[key] ?? 0) + count;
}

function ranking(title: string, counts: Record<string, number>): View {
  const ranked = Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 20);
  return {
    kind: 'table',
    title,
    columns: [{ label: title.slice(3) }, { label: 'Refused', align: 'end' }],
    rows: ranked.map(([name, count]) => ({
      key: name,
      cells: [name, { text: String(count), sortBy: count }],
    })),
    empty: 'None.',
  };
}
