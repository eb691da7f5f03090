import { randomBytes } from 'node:crypto';

/** Ids of the events this process records: sortable by the time of its start, and told from those of other sidecars. */
export interface EventIds {
  newId(): string;
  isOwn(id: string): boolean;
}

export function createEventIds(nowMs: number): EventIds {
  const prefix = `${nowMs.toString(36).padStart(9, '0')}${randomBytes(6).toString('hex')}-`;
  let count = 0;
  return {
    newId: () => prefix + (count += 1).toString(36),
    isOwn: (id) => id.startsWith(prefix),
  };
}
