import type { ListedApiKey } from '../../shared/api-key-client.ts';
import { commandIds, itemKinds } from '../contributions.ts';
import { tones, type TreeIcon, type TreeNode } from './node.ts';

/** A key, as far as a tree shows it. */
export type ListedKey = Pick<ListedApiKey, 'id' | 'label' | 'status'> &
  Partial<Pick<ListedApiKey, 'start' | 'lastUsedAt' | 'expiresAt'>>;

/** Keys that work first, then those that ended; each in the order of its label. */
export function keyNodes(keys: readonly ListedKey[]): readonly TreeNode[] {
  return [...keys]
    .sort((a, b) => Number(hasEnded(a)) - Number(hasEnded(b)) || a.label.localeCompare(b.label))
    .map((key) => ({
      id: key.id,
      label: key.label,
      description: [key.status, key.start].filter(Boolean).join(' · '),
      tooltip: [`**${key.label}** (${key.status})`, usedText(key), endText(key)].filter(Boolean).join('\n\n'),
      icon: iconOf(key),
      ...(!hasEnded(key) && { kind: itemKinds.key }),
      open: { command: commandIds.openKey, argument: key.id },
      subject: key,
    }));
}

function hasEnded({ status }: ListedKey): boolean {
  return status === 'revoked' || status === 'expired';
}

function iconOf(key: ListedKey): TreeIcon {
  if (hasEnded(key)) return { name: 'circle-slash', color: tones.dim };
  return { name: 'key', color: key.status === 'rotating' ? tones.warning : tones.good };
}

function usedText({ lastUsedAt }: ListedKey): string {
  return lastUsedAt ? `Last used ${lastUsedAt}` : 'Not used yet';
}

function endText({ expiresAt }: ListedKey): string {
  return expiresAt ? `Expires ${expiresAt}` : '';
}
