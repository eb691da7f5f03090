import { panel, type Action, type Cell, type Row, type Tone, type View } from '../../shared/index.ts';
import { keysOf, knownAtFirst, knownKeys, knownUsage, type Known } from './known-keys.ts';
import { actionsFor } from './key-actions.ts';
import { endMsOf, statusOf, type KeyStatus, type PublicKey } from './key-record.ts';
import { since, type KeyUsage } from './usage.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const create: Action = { label: 'Create a key', command: 'api-keys/create', asks: true };
const importOne: Action = { label: 'Import a key', command: 'api-keys/import', asks: true };

/** Every key with what can be done about it; the live ones first. */
export const keysPanel = panel<Known>({
  id: 'keys',
  title: 'API keys',
  dashboard: 'keys',
  initial: knownAtFirst,
  fold: [...knownKeys, ...knownUsage],
  view(known, moment): View {
    const nowMs = moment.getTime();
    const all = keysOf(known).toReversed();
    const live = all.filter((key) => isLive(key, nowMs));
    const rows = [...live, ...all.filter((key) => !isLive(key, nowMs))];
    return {
      kind: 'stack',
      children: [
        { kind: 'columns', children: stats(known, live, nowMs) },
        { kind: 'actions', actions: [create, importOne] },
        {
          kind: 'table',
          columns: [
            { label: 'Key' },
            { label: 'Label' },
            { label: 'Owner' },
            { label: 'Status' },
            { label: 'Scopes' },
            { label: 'Ends' },
            { label: 'Last used' },
            { label: 'Requests, 24 h', align: 'end' },
            { label: 'Refused, 24 h', align: 'end' },
          ],
          rows: rows.map((key) => rowOf(key, known.usage[key.id], nowMs)),
          empty: 'There is no key yet. Create one, and callers can show who they are.',
        },
      ],
    };
  },
});

function stats(known: Known, live: readonly PublicKey[], nowMs: number): readonly View[] {
  const soon = live.filter((key) => endMsOf(key) - nowMs < 14 * dayMs);
  const used = live.filter((key) => since(known.usage[key.id], nowMs - dayMs, nowMs).requests > 0);
  return [
    { kind: 'stat', label: 'Live keys', value: String(live.length), note: rotatingNote(live) },
    { kind: 'stat', label: 'Used in 24 hours', value: String(used.length) },
    {
      kind: 'stat',
      label: 'End within 14 days',
      value: String(soon.length),
      tone: soon.length > 0 ? 'warning' : 'neutral',
      ...(soon.length > 0 && {
        note: soon
          .slice(0, 3)
          .map(({ label }) => label)
          .join(', '),
      }),
    },
  ];
}

function rotatingNote(live: readonly PublicKey[]): string {
  const rotating = live.filter(({ replacedBy }) => replacedBy !== null).length;
  return rotating === 0 ? 'none is being rotated' : `${rotating} being rotated`;
}

function rowOf(key: PublicKey, usage: KeyUsage | undefined, nowMs: number): Row {
  const status = statusOf(key, nowMs);
  const day = since(usage, nowMs - dayMs, nowMs);
  const endMs = endMsOf(key);
  const cells: readonly Cell[] = [
    { text: `${key.start}…`, code: true },
    key.label,
    key.owner ?? '',
    { text: status, tone: toneOf[status] },
    { text: key.scopes.join(', ') || 'none', code: true },
    ending(key, endMs),
    usage?.lastAt ? { text: usage.lastAt, sortBy: Date.parse(usage.lastAt) } : 'never',
    { text: String(day.requests), sortBy: day.requests },
    { text: String(day.refusals), sortBy: day.refusals, tone: day.refusals > 0 ? 'warning' : 'neutral' },
  ];
  const open: Action = { label: 'Open', command: 'api-keys/open', input: { id: key.id } };
  return { key: key.id, cells, open, actions: actionsFor(key, status) };
}

/** When it ended, or will. */
function ending(key: PublicKey, endMs: number): Cell {
  const atMs = key.revokedAt === null ? endMs : Math.min(endMs, Date.parse(key.revokedAt));
  return atMs === Infinity
    ? { text: 'never', sortBy: atMs }
    : { text: new Date(atMs).toISOString(), sortBy: atMs };
}

const toneOf: Record<KeyStatus, Tone> = {
  active: 'good',
  rotating: 'warning',
  expired: 'neutral',
  revoked: 'neutral',
};

function isLive(key: PublicKey, nowMs: number): boolean {
  const status = statusOf(key, nowMs);
  return status === 'active' || status === 'rotating';
}
