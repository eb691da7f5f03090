import { GuardDenied, HttpSummary, type EventLog, type Recorded, type Store } from '../../shared/index.ts';
import { KeysUsed } from './events.ts';
import { keyIdOf, withRefusal, withSummary, withUse, type KeyUsage, type Usage } from './usage.ts';

/** Use of every key on every sidecar, folded from the log as far as it was read. */
export interface UsageLog {
  load(): Promise<void>;
  /** Reads on to the head of the log. */
  catchUp(): Promise<void>;
  /** Keeps what was folded, so that a restart reads on from there. */
  save(): Promise<void>;
  of(keyId: string): KeyUsage | undefined;
}

interface Saved {
  readonly position: number;
  readonly usage: KeyUsage;
}

const types = [HttpSummary.name, GuardDenied.name, KeysUsed.name];
/** Events read at one go; the rest follows at the next. */
const mostAtOnce = 20_000;

/**
 * The log is the truth, so the figures are those of all sidecars. A restart must not count anything twice: each
 * key's use is kept with the position it was folded up to, and the log is read again from the least of them.
 */
export function usageLog(log: EventLog, store: Store): UsageLog {
  const usage: Usage = {};
  const savedAt = new Map<string, number>();
  const changed = new Set<string>();
  let position = 0;
  let running: Promise<void> | null = null;

  function fold({ position: at, type, data, at: when }: Recorded): void {
    // What a key's kept use already holds is left out.
    const isNew = (keyId: string | null): keyId is string => keyId !== null && at > (savedAt.get(keyId) ?? 0);
    const note = (keyId: string): true => {
      changed.add(keyId);
      return true;
    };
    if (type === HttpSummary.name) {
      const { rows } = HttpSummary.schema.parse(data);
      withSummary(
        usage,
        when,
        rows.filter(({ principalId }) => isNew(principalId) && note(principalId)),
      );
    } else if (type === GuardDenied.name) {
      const denied = GuardDenied.schema.parse(data);
      const keyId = denied.plugin === 'api-keys' ? keyIdOf(denied.details) : null;
      if (isNew(keyId) && note(keyId)) withRefusal(usage, when, denied);
    } else if (type === KeysUsed.name) {
      const { databaseTime, clients } = KeysUsed.schema.parse(data);
      withUse(usage, when, {
        databaseTime: databaseTime.filter(({ keyId }) => isNew(keyId) && note(keyId)),
        clients: clients.filter(({ keyId }) => isNew(keyId) && note(keyId)),
      });
    }
  }

  async function readOn(): Promise<void> {
    const upTo = await log.head();
    for await (const event of log.read({ types, after: position, upTo, limit: mostAtOnce })) {
      fold(event);
      position = event.position;
    }
  }

  async function catchUp(): Promise<void> {
    running ??= readOn().finally(() => {
      running = null;
    });
    return running;
  }

  return {
    catchUp,
    of: (keyId) => (Object.hasOwn(usage, keyId) ? usage[keyId] : undefined),
    async load() {
      for await (const { key, value } of store.list<Saved>('usage/')) {
        const keyId = key.slice('usage/'.length);
        usage[keyId] = value.usage;
        savedAt.set(keyId, value.position);
      }
      // Without anything kept the past is not read: it may be long, and the panels have it.
      position = (await store.get<number>('usage-position')) ?? (await log.head());
    },
    async save() {
      const upTo = position;
      for (const keyId of Array.from(changed)) {
        const key = `usage/${keyId}`;
        changed.delete(keyId);
        const before = await store.get<Saved>(key);
        // Another sidecar may have folded further.
        if ((before?.position ?? 0) >= upTo) continue;
        await store.set(key, { position: upTo, usage: usage[keyId] } satisfies {
          position: number;
          usage: unknown;
        });
      }
      if (((await store.get<number>('usage-position')) ?? -1) < upTo) await store.set('usage-position', upTo);
    },
  };
}
