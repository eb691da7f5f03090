import type { Action, View } from '../../shared/index.ts';
import { statusOf, type PublicKey } from './key-record.ts';
import type { Used } from './quotas.ts';

/** Everything known about one key, for a person. */
export function keyView(key: PublicKey, lastUsedMs: number, used: Used, nowMs: number): View {
  const status = statusOf(key, nowMs);
  const facts: readonly (readonly [string, string])[] = [
    ['Id', key.id],
    ['Starts with', `${key.start}…`],
    ['Owner', key.owner ?? 'nobody named'],
    ['Status', status],
    ['Created', key.createdAt],
    ['Expires', key.expiresAt ?? 'never'],
    ...(key.graceEndsAt === null ? [] : ([['Grace ends', key.graceEndsAt]] as const)),
    ...(key.replaces === null ? [] : ([['Replaces', key.replaces]] as const)),
    ...(key.replacedBy === null ? [] : ([['Replaced by', key.replacedBy]] as const)),
    ['Last used', lastUsedMs === 0 ? 'never' : new Date(lastUsedMs).toISOString()],
    ['Scopes', key.scopes.join(', ') || 'none'],
    ['From', key.addresses.join(', ') || 'anywhere'],
    ['Rate limit', rateText(key)],
    ['Rotation', key.rotateEveryDays === null ? 'by hand' : `every ${key.rotateEveryDays} days`],
    ...quotaFacts(key, used),
    ...Object.entries(key.metadata).map(([name, value]) => [name, value] as const),
  ];
  return {
    kind: 'section',
    title: key.label,
    children: [
      {
        kind: 'table',
        columns: [{ label: 'What' }, { label: 'Value' }],
        rows: facts.map(([what, value]) => ({ key: what, cells: [what, value] })),
      },
      { kind: 'actions', actions: status === 'active' ? actionsOf(key) : [] },
    ],
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

function actionsOf({ id, label }: PublicKey): readonly Action[] {
  return [
    { label: 'Change', command: 'api-keys/update', input: { id }, asks: true },
    {
      label: 'Rotate',
      command: 'api-keys/rotate',
      input: { id },
      confirm: `Make a successor of “${label}”?`,
    },
    { label: 'Revoke', command: 'api-keys/revoke', input: { id }, confirm: `Revoke “${label}” for good?` },
  ];
}
