import type { z } from 'zod';
import {
  AnyEvent,
  CommandRun,
  panel,
  step,
  type Panel,
  type Row,
  type TimelineEntry,
  type View,
} from '../../shared/index.ts';
import { Audited, type AuditEntry } from './audit.ts';

const mostLatest = 100;
const mostStreams = 500;
const mostEntries = 200;
const mostTypes = 300;

/** Traffic, counts and the audit have panels of their own; here they would drown everything else. */
const tooMany = (type: string): boolean =>
  type.startsWith('http/') || type.startsWith('sql/') || type === Audited.name;

const latest = panel<{ entries: TimelineEntry[] }>({
  id: 'latest',
  title: 'Latest events',
  dashboard: 'events',
  initial: () => ({ entries: [] }),
  fold: [
    step(AnyEvent, (state: { entries: TimelineEntry[] }, event) => {
      if (tooMany(event.type)) return state;
      state.entries.unshift({
        key: event.id,
        at: event.at,
        title: event.type,
        detail: [event.stream, briefOf(event.data)].filter(Boolean).join(' · '),
        ...(event.position > 0 && {
          open: { label: 'Open', command: 'event-store/open-event', input: { position: event.position } },
        }),
      });
      state.entries.length = Math.min(state.entries.length, mostLatest);
      return state;
    }),
  ],
  view: ({ entries }) => ({
    kind: 'timeline',
    entries,
    empty: 'Nothing was recorded yet besides traffic and its audit.',
  }),
});

interface Streams {
  streams: Record<string, { version: number; lastAt: string; lastType: string }>;
}

const streams = panel<Streams>({
  id: 'streams',
  title: 'Streams, the latest changed first',
  dashboard: 'events',
  initial: () => ({ streams: {} }),
  fold: [
    step(AnyEvent, (state: Streams, { stream, streamVersion, at, type }) => {
      if (stream === null) return state;
      // Put anew each time, so the members are in order of their last change and the first one can be forgotten.
      delete state.streams[stream];
      state.streams[stream] = { version: streamVersion ?? 0, lastAt: at, lastType: type };
      const names = Object.keys(state.streams);
      if (names.length > mostStreams && names[0] !== undefined) delete state.streams[names[0]];
      return state;
    }),
  ],
  view: (state): View => ({
    kind: 'table',
    columns: [
      { label: 'Stream' },
      { label: 'Version', align: 'end' },
      { label: 'Last event' },
      { label: 'At' },
    ],
    rows: Object.entries(state.streams)
      .toSorted(([, a], [, b]) => (a.lastAt < b.lastAt ? 1 : -1))
      .map(([name, { version, lastAt, lastType }]) => ({
        key: name,
        cells: [{ text: name, code: true }, { text: String(version), sortBy: version }, lastType, lastAt],
        open: { label: 'Open', command: 'event-store/open-stream', input: { stream: name } },
      })),
    empty: 'There is no stream yet: append an event to one.',
  }),
});

interface AuditState {
  changes: Change[];
}

type CommandBrief = Pick<z.output<typeof CommandRun.schema>, 'actor' | 'command' | 'outcome'>;
/** What happened as it was recorded. Rows are made when somebody looks: under load most are forgotten unseen. */
type Change = { readonly at: string; readonly id: string; readonly position: number } & (
  { readonly exchange: AuditEntry } | { readonly command: CommandBrief }
);

const auditLog = panel<AuditState>({
  id: 'audit',
  title: 'Audit log',
  dashboard: 'events',
  initial: () => ({ changes: [] }),
  fold: [
    step(Audited, (state: AuditState, { at, id, position, data }) =>
      withChange(state, { at, id, position, exchange: data }),
    ),
    step(CommandRun, (state: AuditState, { at, id, position, data }) =>
      withChange(state, { at, id, position, command: briefly(data) }),
    ),
  ],
  view: ({ changes }): View => ({
    kind: 'table',
    columns: [
      { label: 'At' },
      { label: 'Who' },
      { label: 'What' },
      { label: 'Outcome' },
      { label: 'Tables written' },
    ],
    rows: changes.map(rowOf),
    empty: 'Nobody has changed anything yet.',
  }),
});

interface Counts {
  counts: Record<string, { count: number; lastAt: string }>;
}

const counts = panel<Counts>({
  id: 'types',
  title: 'Events by type',
  dashboard: 'events',
  initial: () => ({ counts: {} }),
  fold: [
    step(AnyEvent, (state: Counts, { type, at }) => {
      const isRoom = Object.hasOwn(state.counts, type) || Object.keys(state.counts).length < mostTypes;
      const name = isRoom ? type : '(other)';
      const counted = Object.hasOwn(state.counts, name) ? state.counts[name] : undefined;
      if (counted === undefined) state.counts[name] = { count: 1, lastAt: at };
      else {
        counted.count += 1;
        counted.lastAt = at;
      }
      return state;
    }),
  ],
  view: (state): View => ({
    kind: 'table',
    columns: [{ label: 'Type' }, { label: 'Events', align: 'end' }, { label: 'Last at' }],
    rows: Object.entries(state.counts)
      .toSorted(([, a], [, b]) => b.count - a.count)
      .map(([type, { count, lastAt }]) => ({
        key: type,
        cells: [{ text: type, code: true }, { text: String(count), sortBy: count }, lastAt],
      })),
    empty: 'Nothing was recorded yet.',
  }),
});

/** The events dashboard, top to bottom. */
export const panels: readonly Panel[] = [auditLog, streams, latest, counts];

function withChange(state: AuditState, change: Change): AuditState {
  state.changes.unshift(change);
  if (state.changes.length > mostEntries) state.changes.length = mostEntries;
  return state;
}

function rowOf(change: Change): Row {
  const { at, id, position } = change;
  const open = { label: 'Open', command: 'event-store/open-event', input: { position } };
  const cells = 'exchange' in change ? cellsOfExchange(change.exchange) : cellsOfCommand(change.command);
  return { key: id, cells: [at, ...cells], ...(position > 0 && { open }) };
}

const cellsOfExchange = (entry: AuditEntry): Row['cells'] => [
  entry.principal
    ? `${entry.principal.label} (${entry.principal.kind})`
    : `unknown, from ${entry.clientAddress}`,
  `${entry.method} ${entry.target}`,
  { text: String(entry.status), sortBy: entry.status, tone: entry.status < 400 ? 'good' : 'warning' },
  entry.tables.join(', '),
];

/** Without the input: it may be large, and the row does not show it. */
const briefly = ({ actor, command, outcome }: CommandBrief): CommandBrief => ({ actor, command, outcome });

const cellsOfCommand = ({ actor, command, outcome }: CommandBrief): Row['cells'] => [
  `${actor.label} (${actor.kind})`,
  command,
  { text: outcome, tone: outcome === 'done' ? 'good' : 'warning' },
  '',
];

function briefOf(data: unknown): string {
  const text = JSON.stringify(data) ?? '';
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}
