import { z } from 'zod';
import { listedApiKey, type ListedApiKey } from '../../shared/api-key-client.ts';
import type { Session } from '../dashboards/session.ts';
import { timeOf } from '../dashboards/clock.ts';
import { knownCommands } from '../dashboards/known-commands.ts';
import { digestOf } from './live-keys.ts';

const identified = z.object({ key: listedApiKey.nullable() });
const format = z.object({ prefix: z.string() });

/** Whose key this is; only its SHA-256 leaves the editor. Null when the sidecar does not know it. */
export async function whoIs(session: Pick<Session, 'client'>, key: string): Promise<ListedApiKey | null> {
  const answer = await session.client.run(knownCommands.identifyKey, { digest: digestOf(key) });
  return identified.parse(answer).key;
}

/** With which letters the sidecar's keys begin; null when it has no API keys. */
export async function prefixTold(session: Pick<Session, 'client' | 'catalogue'>): Promise<string | null> {
  if (!session.catalogue.commands.some(({ id }) => id === knownCommands.keyFormat)) return null;
  return format.parse(await session.client.run(knownCommands.keyFormat, {})).prefix;
}

/** Everything a person wants to know about a key found in a file, as sentences. */
export function whoText(key: ListedApiKey | null): string {
  if (key === null) return 'The sidecar does not know this key: it may belong to another one.';
  const owner = key.owner === null ? 'nobody is named as its owner' : `it belongs to ${key.owner}`;
  const used = key.lastUsedAt === null ? 'It was never used.' : `It was last used ${timeOf(key.lastUsedAt)}.`;
  return [
    `“${key.label}” (${key.start}…) is ${key.status}; ${owner}.`,
    `It may: ${key.scopes.join(', ') || 'nothing'}.`,
    used,
    endText(key),
  ]
    .filter(Boolean)
    .join(' ');
}

function endText({ expiresAt, graceEndsAt, status }: ListedApiKey): string {
  if (status === 'rotating' && graceEndsAt !== null) return `Its grace ends ${timeOf(graceEndsAt)}.`;
  return expiresAt === null ? '' : `It expires ${timeOf(expiresAt)}.`;
}
