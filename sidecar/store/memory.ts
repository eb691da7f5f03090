import type { SharedState } from '../../shared/index.ts';
import { channels } from './channels.ts';

/** Shared state of one sidecar alone: without Redis, or while it is away. */
export interface LocalState extends SharedState {
  clear(): void;
}

interface Value {
  readonly text: string;
  readonly endsMs: number;
}

/** Bounds memory against keys made from what clients send, such as addresses. */
const maxKeys = 200_000;

/** Past the most keys, those that ended go first, then the oldest: everything here may be lost at any moment. */
export function memoryState(now: () => Date, limitKeys = maxKeys): LocalState {
  const values = new Map<string, Value>();
  const heard = channels();

  function alive(key: string): Value | undefined {
    const found = values.get(key);
    if (found && found.endsMs > now().getTime()) return found;
    if (found) values.delete(key);
    return undefined;
  }

  function put(key: string, value: Value): void {
    if (!values.has(key) && values.size >= limitKeys) makeRoom();
    values.set(key, value);
  }

  /** A tenth at once, so that a flood of keys does not search the map for each of them. */
  function makeRoom(): void {
    const nowMs = now().getTime();
    for (const [key, { endsMs }] of values) if (endsMs <= nowMs) values.delete(key);
    for (const key of values.keys()) {
      if (values.size <= limitKeys * 0.9) return;
      values.delete(key);
    }
  }

  return {
    isShared: false,
    async increment(key, by, ttlSeconds) {
      const before = alive(key);
      const sum = Number(before?.text ?? 0) + by;
      put(key, { text: String(sum), endsMs: before?.endsMs ?? now().getTime() + ttlSeconds * 1000 });
      return sum;
    },
    get: async (key) => alive(key)?.text ?? null,
    async set(key, value, ttlSeconds) {
      put(key, { text: value, endsMs: now().getTime() + ttlSeconds * 1000 });
    },
    async delete(key) {
      values.delete(key);
    },
    async publish(channel, message) {
      heard.tell(channel, message);
    },
    subscribe: (channel, call) => heard.add(channel, call),
    onReconnected: () => () => undefined,
    clear: () => values.clear(),
  };
}
