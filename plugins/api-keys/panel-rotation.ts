import { panel, type Row, type View } from '../../shared/index.ts';
import { keysOf, knownAtFirst, knownKeys, knownUsage, type Known } from './known-keys.ts';
import { endMsOf, statusOf, type PublicKey } from './key-record.ts';
import { endNow } from './key-actions.ts';

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
        { label: 'Left', align: 'end' },
        { label: 'Requests since', align: 'end' },
        { label: 'Last used' },
        { label: 'Still used from' },
      ],
      rows: rotating.map((key) => rowOf(key, state, nowMs)),
      empty: 'No key is being rotated.',
    };
  },
});

function rowOf(key: PublicKey, state: Known, nowMs: number): Row {
  const successor = state.keys[key.replacedBy ?? ''];
  const rotatedAt = key.rotatedAt ?? key.createdAt;
  const used = state.sinceRotation[key.id] ?? 0;
  const clients = Object.entries(state.usage[key.id]?.clients ?? {});
  const addresses = clients.filter(([, { lastAt }]) => lastAt >= rotatedAt).map(([address]) => address);
  return {
    key: key.id,
    cells: [
      { text: `${key.start}…`, code: true },
      key.label,
      { text: `${successor?.start ?? key.replacedBy ?? ''}…`, code: true },
      key.graceEndsAt ?? '',
      { text: timeLeft(key, nowMs), sortBy: endMsOf(key) - nowMs },
      { text: String(used), sortBy: used, tone: used > 0 ? 'warning' : 'good' },
      used > 0 ? (state.usage[key.id]?.lastAt ?? '') : 'not since',
      used > 0 ? addresses.join(', ') : 'nobody',
    ],
    actions: [endNow(key, used > 0)],
  };
}

/** How much of the grace is left. */
function timeLeft(key: PublicKey, nowMs: number): string {
  const minutes = Math.max(0, Math.round((endMsOf(key) - nowMs) / 60_000));
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
