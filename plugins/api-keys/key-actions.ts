import type { Action } from '../../shared/index.ts';
import type { KeyStatus, PublicKey } from './key-record.ts';

/** What can be done about a key, the same wherever it is shown. */
export function actionsFor(key: PublicKey, status: KeyStatus): readonly Action[] {
  if (status === 'active') return [rotate(key), change(key), revoke(key)];
  return status === 'rotating' ? [endNow(key, false)] : [];
}

/** Ends a key that was rotated before its grace is over. */
export function endNow({ id, label, start }: PublicKey, isInUse: boolean): Action {
  const question = `End the old key of “${label}” (${start}…) now?`;
  return {
    label: 'End it now',
    command: 'api-keys/revoke',
    input: { id, reason: 'rotation finished' },
    confirm: isInUse ? `${question} It is still in use: its callers are refused at once.` : question,
  };
}

function rotate({ id, label, start }: PublicKey): Action {
  return {
    label: 'Rotate',
    command: 'api-keys/rotate',
    input: { id },
    asks: true,
    confirm: `“${label}” (${start}…) gets a successor with the same scopes, limits and expiry. The old key goes on for a while, so that its callers can change over.`,
  };
}

/** What a form of changes begins with: what is set now. */
const changeable = [
  'id',
  'label',
  'owner',
  'scopes',
  'addresses',
  'rateLimit',
  'quota',
  'expiresAt',
  'rotateEveryDays',
  'sealTo',
  'metadata',
] as const satisfies readonly (keyof PublicKey)[];

function change(key: PublicKey): Action {
  const input = Object.fromEntries(changeable.map((name) => [name, key[name]]));
  return { label: 'Change', command: 'api-keys/update', input, asks: true };
}

function revoke({ id, label, start }: PublicKey): Action {
  return {
    label: 'Revoke',
    command: 'api-keys/revoke',
    input: { id },
    asks: true,
    confirm: `Revoke “${label}” (${start}…)? Its callers are refused at once, and it cannot be undone.`,
  };
}
