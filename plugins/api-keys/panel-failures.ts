import type { z } from 'zod';
import {
  GuardDenied,
  errorTable,
  isErrorCode,
  panel,
  step,
  type TimelineEntry,
  type Tone,
  type View,
} from '../../shared/index.ts';

interface Failures {
  /** Refusals per minute, the oldest first. */
  minutes: { atMs: number; count: number }[];
  latest: Attempt[];
  sources: Record<string, number>;
  codes: Record<string, number>;
}

const mostMinutes = 180;
const mostLatest = 100;
const mostSources = 500;
/** Only among the latest is looked for one alike. */
const mostCompared = 10;

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
      addLatest(state.latest, id, at, data);
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
      {
        kind: 'columns',
        children: [ranking('By source', 'Source', sources), ranking('By reason', 'Reason', meanings(codes))],
      },
      { kind: 'timeline', entries: latest.map(entryOf), empty: 'Nobody was refused.' },
    ],
  }),
});

/** Refusals that are alike, in a row: one entry with how many there were. */
interface Attempt {
  readonly key: string;
  readonly at: string;
  readonly title: string;
  readonly from: string;
  readonly isEnforced: boolean;
  readonly tone: Tone;
  readonly count: number;
}

function addLatest(
  latest: Attempt[],
  key: string,
  at: string,
  data: z.output<typeof GuardDenied.schema>,
): void {
  const fresh: Attempt = {
    key,
    at,
    title: `${data.reason.replace(/\.$/, '')}: ${data.method} ${data.route}`,
    from: [data.clientAddress, startOf(data.details)].filter((part) => part !== null).join(' with '),
    isEnforced: data.isEnforced,
    tone: data.status === 429 ? 'warning' : 'bad',
    count: data.count,
  };
  const index = latest
    .slice(0, mostCompared)
    .findIndex(
      ({ title, from, isEnforced }) =>
        title === fresh.title && from === fresh.from && isEnforced === fresh.isEnforced,
    );
  const same = latest[index];
  if (!same || Date.parse(at) - Date.parse(same.at) > 60_000) return void latest.unshift(fresh);
  latest.splice(index, 1);
  latest.unshift({ ...same, at, count: same.count + fresh.count });
}

function entryOf({ key, at, title, from, isEnforced, tone, count }: Attempt): TimelineEntry {
  const times = count > 1 ? `, ${count} times` : '';
  return { key, at, title, detail: `from ${from}${times}${isEnforced ? '' : ' (only observed)'}`, tone };
}

function startOf(details: unknown): string | null {
  if (typeof details !== 'object' || details === null || !('start' in details)) return null;
  return typeof details.start === 'string' ? `${details.start}…` : null;
}

/** What a code means, as a person reads it. */
function meaningOf(code: string): string {
  return isErrorCode(code) ? errorTable[code].title.replace(/\.$/, '') : code;
}

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

function meanings(codes: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(codes).map(([code, count]) => [meaningOf(code), count]));
}

function ranking(title: string, label: string, counts: Record<string, number>): View {
  const ranked = Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 20);
  return {
    kind: 'table',
    title,
    columns: [{ label }, { label: 'Refused', align: 'end' }],
    rows: ranked.map(([name, count]) => ({
      key: name,
      cells: [name, { text: String(count), sortBy: count }],
    })),
    empty: 'None.',
  };
}
