import type { Store } from '../../shared/index.ts';
import type { KeyIndex } from './key-index.ts';

/** When each key was used last: noted in memory by the guard, written now and then. */
export interface LastUses {
  load(): Promise<void>;
  flush(): Promise<void>;
  /** The latest use on any sidecar, in milliseconds since 1970, as far as it was written; 0 for never. */
  latest(keyId: string): Promise<number>;
}

export function lastUses(store: Store, index: KeyIndex): LastUses {
  const written = new Map<string, number>();
  return {
    async load() {
      for await (const { key, value } of store.list<number>('used/')) {
        const id = key.slice('used/'.length);
        const ready = index.byId(id);
        if (ready) ready.lastUsedMs = Math.max(ready.lastUsedMs, value);
        written.set(id, value);
      }
    },
    async flush() {
      for (const { record, lastUsedMs: usedMs } of index.all()) {
        const { id } = record;
        if (usedMs <= (written.get(id) ?? 0)) continue;
        await store.set(`used/${id}`, usedMs);
        written.set(id, usedMs);
      }
    },
    async latest(keyId) {
      const stored = (await store.get<number>(`used/${keyId}`)) ?? 0;
      return Math.max(stored, index.byId(keyId)?.lastUsedMs ?? 0);
    },
  };
}
