import { minuteText, type Stat, type Table, type View } from '../../shared/index.ts';
import { actionsFor } from './key-actions.ts';
import { chartsOf } from './key-charts.ts';
import { statusOf, type KeyStatus, type PublicKey } from './key-record.ts';
import type { Used } from './quotas.ts';
import { since, type KeyUsage } from './usage.ts';

const dayMs = 86_400_000;
const mostRows = 10;

interface Seen {
  readonly key: PublicKey;
  readonly lastUsedMs: number;
  readonly used: Used;
  readonly usage: KeyUsage | undefined;
  readonly nowMs: number;
}

/** Everything known about one key, for a person: how it is used, what it may, what can be done about it. */
export function keyView(seen: Seen): View {
  const { key, usage, nowMs } = seen;
  const status = statusOf(key, nowMs);
  const actions = actionsFor(key, status);
  return {
    kind: 'stack',
    children: [
      { kind: 'text', markdown: `**${plain(key.label)}** · \`${key.start}…\`` },
      { kind: 'columns', children: stats(seen, status) },
      ...(actions.length > 0 ? [{ kind: 'actions', actions } as const] : []),
      ...(usage ? [...chartsOf(usage), routesOf(usage), clientsOf(usage)] : []),
      { kind: 'section', title: 'Details', isOpen: true, children: [factsOf(seen, status)] },
    ],
  };
}

/** A label is text, not markdown. */
function plain(text: string): string {
  return text.replace(/[\\`*_[\]<>#]/g, ' ');
}

function stats({ key, usage, lastUsedMs, nowMs }: Seen, status: KeyStatus): readonly Stat[] {
  const day = since(usage, nowMs - dayMs, nowMs);
  const last = lastUsedMs === 0 ? 'never' : minuteText(new Date(lastUsedMs).toISOString());
  const tone = status === 'active' ? 'good' : status === 'rotating' ? 'warning' : 'neutral';
  return [
    { kind: 'stat', label: 'Status', value: status, tone, note: key.owner ?? 'nobody answers for it' },
    {
      kind: 'stat',
      label: 'Requests, 24 h',
      value: String(day.requests),
      note: `last used: ${last}`,
    },
    {
      kind: 'stat',
      label: 'Refused, 24 h',
      value: String(day.refusals),
      tone: day.refusals > 0 ? 'warning' : 'neutral',
      note: `${day.errors} errors`,
    },
  ];
}

function routesOf({ routes }: KeyUsage): Table {
  const busiest = Object.entries(routes)
    .sort(([, a], [, b]) => b.requests - a.requests)
    .slice(0, mostRows);
  return {
    kind: 'table',
    title: 'Routes',
    columns: [
      { label: 'Route' },
      { label: 'Requests', align: 'end' },
      { label: 'Refused', align: 'end' },
      { label: 'Last used' },
    ],
    rows: busiest.map(([route, { requests, refusals, lastAt }]) => ({
      key: route,
      cells: [
        { text: route, code: true },
        { text: String(requests), sortBy: requests },
        { text: String(refusals), sortBy: refusals },
        lastAt,
      ],
    })),
    empty: 'It was not used yet.',
  };
}

function clientsOf({ clients }: KeyUsage): Table {
  const latest = Object.entries(clients)
    .sort(([, a], [, b]) => (a.lastAt < b.lastAt ? 1 : -1))
    .slice(0, mostRows);
  return {
    kind: 'table',
    title: 'Used from',
    columns: [{ label: 'Address' }, { label: 'Requests', align: 'end' }, { label: 'Last used' }],
    rows: latest.map(([address, { requests, lastAt }]) => ({
      key: address,
      cells: [address, { text: String(requests), sortBy: requests }, lastAt],
    })),
    empty: 'Nobody yet.',
  };
}

function factsOf({ key, used }: Seen, status: KeyStatus): Table {
  const facts: readonly (readonly [string, string])[] = [
    ['Id', key.id],
    ['Status', status],
    ['Created', key.createdAt],
    ['Expires', key.expiresAt ?? 'never'],
    ...(key.graceEndsAt === null ? [] : ([['Grace ends', key.graceEndsAt]] as const)),
    ...(key.revokedAt === null ? [] : ([['Revoked', key.revokedAt]] as const)),
    ...(key.replaces === null ? [] : ([['Replaces', key.replaces]] as const)),
    ...(key.replacedBy === null ? [] : ([['Replaced by', key.replacedBy]] as const)),
    ['Scopes', key.scopes.join(', ') || 'none'],
    ['From', key.addresses.join(', ') || 'anywhere'],
    ['Rate limit', rateText(key)],
    ['Rotation', key.rotateEveryDays === null ? 'by hand' : `every ${key.rotateEveryDays} days`],
    ...quotaFacts(key, used),
    ...Object.entries(key.metadata).map(([name, value]) => [name, value] as const),
  ];
  return {
    kind: 'table',
    columns: [{ label: 'What' }, { label: 'Value' }],
    rows: facts.map(([what, value]) => ({ key: what, cells: [what, value] })),
  };
}

function rateText({ rateLimit }: PublicKey): string {
  if (rateLimit === null) return 'none';
  const burst = rateLimit.burst === undefined ? '' : `, ${rateLimit.burst} at once`;
  return `${rateLimit.requests} requests in ${rateLimit.seconds} s${burst}`;
}

function quotaFacts({ quota }: PublicKey, used: Used): readonly (readonly [string, string])[] {
  const all = [
    ['Requests today', used.dayRequests, quota?.dayRequests],
    ['Requests this month', used.monthRequests, quota?.monthRequests],
    ['Database ms today', used.dayDatabaseMs, quota?.dayDatabaseMs],
    ['Database ms this month', used.monthDatabaseMs, quota?.monthDatabaseMs],
  ] as const;
  return all.flatMap(([what, value, limit]) =>
    limit === undefined ? [] : [[what, `${Math.round(value)} of ${limit}`] as const],
  );
}
