import { OutriderError, type SharedState, type Store } from '../../shared/index.ts';
import type { KeyIndex } from './key-index.ts';
import { keyRecord, type KeyRecord } from './key-record.ts';

/** Keys as they lie in the store, kept equal to the index in memory on every sidecar. */
export interface KeyStore {
  load(): Promise<void>;
  add(record: KeyRecord): Promise<void>;
  /** Changes one key, tried again when another sidecar was faster; `change` may throw to refuse. */
  change(id: string, change: (record: KeyRecord) => KeyRecord): Promise<KeyRecord>;
  /** Reads what other sidecars changed since the last time: one small row when nothing did. */
  sync(): Promise<void>;
  /** Calls `sync` when another sidecar says it changed something; the result ends that. */
  follow(failed: (error: unknown) => void): () => void;
  /** Tells the others again that a key was changed: should whoever changed it not have come to it. */
  announce(id: string): Promise<void>;
  /** Keeps the encrypted text of a key for its holder to collect, for 30 days. */
  keepSealed(id: string, text: string): Promise<void>;
  sealed(id: string): Promise<string | undefined>;
  /** True for the one sidecar that claims it first. */
  claim(what: string): Promise<boolean>;
}

interface Changes {
  readonly sequence: number;
  /** Ids of the latest changes, the last one last. */
  readonly ids: readonly string[];
}

const channel = 'api-keys/changed';
/** Changes remembered by id; a sidecar that missed more reads every key again. */
const mostChanges = 100;
const tries = 20;

export function keyStore(store: Store, shared: SharedState, index: KeyIndex): KeyStore {
  let sequence = 0;
  let running: Promise<void> | null = null;
  let isAskedAgain = false;

  async function readAll(): Promise<void> {
    for await (const { value } of store.list<unknown>('keys/')) index.put(keyRecord.parse(value));
  }

  async function readOne(id: string): Promise<void> {
    const value = await store.get<unknown>(`keys/${id}`);
    if (value !== undefined) index.put(keyRecord.parse(value));
  }

  async function syncOnce(): Promise<void> {
    // A change that was kept and could not be announced: the others must learn it all the same.
    if (untold.size > 0 && announcing === null) await announceUntold();
    const changes = await store.get<Changes>('changes');
    if (!changes || changes.sequence === sequence) return;
    const missed = changes.sequence - sequence;
    if (missed < 0 || missed > changes.ids.length) await readAll();
    else for (const id of new Set(changes.ids.slice(-missed))) await readOne(id);
    sequence = changes.sequence;
  }

  /** One at a time; who asks meanwhile is served by one more round. */
  async function sync(): Promise<void> {
    if (running) {
      isAskedAgain = true;
      return running;
    }
    running = (async () => {
      do {
        isAskedAgain = false;
        await syncOnce();
      } while (isAskedAgain);
    })().finally(() => {
      running = null;
    });
    return running;
  }

  /** Changes that the others do not know of yet. */
  const untold = new Set<string>();
  let announcing: Promise<void> | null = null;

  /** One announcement at a time, of all that changed meanwhile: many changes at once do not get into each other's way. */
  async function announce(id: string): Promise<void> {
    untold.add(id);
    await announcing?.catch(() => undefined);
    if (!untold.has(id)) return;
    announcing ??= announceUntold().finally(() => {
      announcing = null;
    });
    await announcing;
  }

  async function announceUntold(): Promise<void> {
    const ids = Array.from(untold);
    for (let left = tries; left > 0; left -= 1) {
      const before = await store.get<Changes>('changes');
      const after: Changes = {
        sequence: (before?.sequence ?? 0) + ids.length,
        ids: [...(before?.ids ?? []), ...ids].slice(-mostChanges),
      };
      if (!(await store.replace('changes', before, after))) continue;
      for (const id of ids) untold.delete(id);
      // Lost messages are made good by the next sync, so a failing publish fails nothing.
      await shared.publish(channel, ids.at(-1) ?? '').catch(() => undefined);
      return;
    }
    throw new OutriderError('version_conflict', 'Too many keys are being changed at once.');
  }

  return {
    sync,
    announce,
    async load() {
      const changes = await store.get<Changes>('changes');
      await readAll();
      sequence = changes?.sequence ?? 0;
    },
    async add(record) {
      if (!(await store.replace(`digests/${record.digest}`, undefined, record.id)))
        throw new OutriderError('input_invalid', 'A key with this digest exists already.', {
          issues: [{ path: 'digest', message: 'A key with this digest exists already.' }],
        });
      await store.set(`keys/${record.id}`, record);
      index.put(record);
      await announce(record.id);
    },
    async change(id, change) {
      for (let left = tries; left > 0; left -= 1) {
        const before = await store.get<KeyRecord>(`keys/${id}`);
        if (before === undefined) throw new OutriderError('key_not_found', id);
        const after = change(keyRecord.parse(before));
        if (!(await store.replace(`keys/${id}`, before, after))) continue;
        index.put(after);
        await announce(id);
        return after;
      }
      throw new OutriderError('version_conflict', id);
    },
    follow(failed) {
      const again = (): void => void sync().catch(failed);
      const ends = [shared.subscribe(channel, again), shared.onReconnected(again)];
      return () => ends.forEach((end) => end());
    },
    keepSealed: (id, text) => store.set(`sealed/${id}`, text, { ttlSeconds: 30 * 86_400 }),
    sealed: (id) => store.get<string>(`sealed/${id}`),
    claim: (what) => store.replace(`claims/${what}`, undefined, true),
  };
}
