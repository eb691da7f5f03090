import { HttpFinished, panel, step, type Row, type View } from '../../shared/index.ts';
import { keysOf, knownAtFirst, knownKeys, knownUsage, type Known } from './known-keys.ts';
import { statusOf, type PublicKey } from './key-record.ts';
import { since } from './usage.ts';

interface Watched extends Known {
  /** Where a key was used from lately: key id → address → when. */
  clients: Record<string, Record<string, string>>;
}

const mostClients = 20;
const mostWatched = 200;

/** Who still uses a key that was rotated, and how long it goes on. */
export const rotationPanel = panel<Watched>({
  id: 'rotation',
  title: 'Rotations under way',
  dashboard: 'keys',
  initial: () => ({ ...knownAtFirst(), clients: {} }),
  fold: [
    ...(knownKeys as Panelled),
    ...(knownUsage as Panelled),
    step(HttpFinished, (state: Watched, { at, data }) => {
      const keyId = data.principal?.kind === 'api-key' ? data.principal.id : null;
      if (keyId === null || typeof state.keys[keyId]?.replacedBy !== 'string') return state;
      const clients = state.clients[keyId] ?? {};
      clients[data.clientAddress] = at;
      const [oldest] = Object.entries(clients).sort(([, a], [, b]) => (a < b ? -1 : 1));
      if (Object.keys(clients).length > mostClients && oldest) delete clients[oldest[0]];
      state.clients[keyId] = clients;
      const watched = Object.keys(state.clients);
      if (watched.length > mostWatched && watched[0] !== undefined) delete state.clients[watched[0]];
      return state;
    }),
  ],
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

/** The steps of `Known` keep what else the state holds, since they change it in place. */
type Panelled = readonly ReturnType<typeof step<Watched, unknown>>[];

function rowOf(key: PublicKey, state: Watched, nowMs: number): Row {
  const successor = state.keys[key.replacedBy ?? ''];
  const rotatedMs = Date.parse(successor?.createdAt ?? key.createdAt);
  const used = since(state.usage[key.id], rotatedMs, nowMs).requests;
  const addresses = Object.keys(state.clients[key.id] ?? {});
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
