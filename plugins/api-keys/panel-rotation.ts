import { panel, type Row, type View } from '../../shared/index.ts';
import { keysOf, knownAtFirst, knownKeys, knownUsage, type Known } from './known-keys.ts';
import { statusOf, type PublicKey } from './key-record.ts';
import { since } from './usage.ts';

/** Who still uses a key that was rotated, and how long it goes on. */
export const rotationPanel = panel<Known>({
  id: 'rotation',
  title: 'Rotations under way',
  dashboard: 'keys',
  initial: knownAtFirst,
  fold: [...knownKeys, ...knownUsage],
  view(state, moment): View {
    const nowMs = moment.getTime();
    const rotating = keysOf(state).filter((key) => statusOf(key, nowMs) === 'rotating');
    return {
      kind: 'table',
      columns: [
        { label: 'Old key' },
        { label: 'Label' },
        { label: 'Successor' },
        { label: 'Goes on until' },
        { label: 'Requests since', align: 'end' },
        { label: 'Last used' },
        { label: 'From' },
      ],
      rows: rotating.map((key) => rowOf(key, state, nowMs)),
      empty: 'No key is being rotated.',
    };
  },
});

function rowOf(key: PublicKey, state: Known, nowMs: number): Row {
  const successor = state.keys[key.replacedBy ?? ''];
  const rotatedAt = key.rotatedAt ?? key.createdAt;
  const rotatedMs = Date.parse(rotatedAt);
  const used = since(state.usage[key.id], rotatedMs, nowMs).requests;
  const clients = Object.entries(state.usage[key.id]?.clients ?? {});
  const addresses = clients.filter(([, { lastAt }]) => lastAt >= rotatedAt).map(([address]) => address);
  return {
    key: key.id,
    cells: [
      { text: `${key.start}…`, code: true },
      key.label,
      { text: `${successor?.start ?? key.replacedBy ?? ''}…`, code: true },
      key.graceEndsAt ?? '',
      { text: String(used), sortBy: used, tone: used > 0 ? 'warning' : 'good' },
      state.usage[key.id]?.lastAt ?? 'not since',
      addresses.join(', '),
    ],
    actions: [
      {
        label: 'End it now',
        command: 'api-keys/revoke',
        input: { id: key.id, reason: 'rotation finished' },
        confirm: used > 0 ? 'It is still in use. Refuse its callers at once?' : 'End the old key now?',
      },
    ],
  };
}
