import type { SharedState, Store } from '../capabilities.ts';
import { OutriderError } from '../errors.ts';

interface Kept {
  readonly json: string;
  readonly endsMs: number;
}

const maxKeyCharacters = 512;
const maxValueBytes = 1024 * 1024;

/** A plugin's own data in a map, with the promises of the durable one. */
export function memoryStore(now: () => Date): Store {
  const kept = new Map<string, Kept>();
  const alive = (key: string): string | undefined => {
    const found = kept.get(key);
    return found && found.endsMs > now().getTime() ? found.json : undefined;
  };
  const put = (key: string, value: unknown, ttlSeconds = Infinity): void => {
    if (key.length === 0 || key.length > maxKeyCharacters || key.includes('\0'))
      throw new OutriderError('input_invalid', `A key has 1 to ${maxKeyCharacters} characters and no NUL.`);
    // Typed as string, but undefined for what JSON does not know.
    const json: string | undefined = JSON.stringify(value);
    if (json === undefined) throw new OutriderError('input_invalid', `The value of ${key} is not JSON.`);
    if (new TextEncoder().encode(json).length > maxValueBytes)
      throw new OutriderError('value_too_large', key);
    kept.set(key, { json, endsMs: now().getTime() + ttlSeconds * 1000 });
  };
  return {
    async get<T>(key: string) {
      const json = alive(key);
      return json === undefined ? undefined : (JSON.parse(json) as T);
    },
    async set(key, value, options) {
      put(key, value, options?.ttlSeconds);
    },
    async replace(key, expected, value) {
      const before = alive(key);
      if (before !== (expected === undefined ? undefined : JSON.stringify(expected))) return false;
      put(key, value);
      return true;
    },
    async *list<T>(prefix: string) {
      for (const key of [...kept.keys()].filter((each) => each.startsWith(prefix)).sort()) {
        const json = alive(key);
        if (json !== undefined) yield { key, value: JSON.parse(json) as T };
      }
    },
    async delete(key) {
      kept.delete(key);
    },
  };
}

/** Shared state of one sidecar alone. */
export function memoryShared(now: () => Date): SharedState {
  const values = new Map<string, { value: string; readonly endsMs: number }>();
  const channels = new Map<string, Set<(message: string) => void>>();
  const alive = (key: string) => {
    const found = values.get(key);
    return found && found.endsMs > now().getTime() ? found : undefined;
  };
  return {
    isShared: false,
    async increment(key, by, ttlSeconds) {
      const before = alive(key);
      const sum = Number(before?.value ?? 0) + by;
      values.set(key, { value: String(sum), endsMs: before?.endsMs ?? now().getTime() + ttlSeconds * 1000 });
      return sum;
    },
    get: async (key) => alive(key)?.value ?? null,
    async set(key, value, ttlSeconds) {
      values.set(key, { value, endsMs: now().getTime() + ttlSeconds * 1000 });
    },
    async delete(key) {
      values.delete(key);
    },
    async publish(channel, message) {
      channels.get(channel)?.forEach((call) => call(message));
    },
    subscribe(channel, call) {
      const calls = channels.get(channel) ?? new Set();
      channels.set(channel, calls.add(call));
      return () => void calls.delete(call);
    },
    onReconnected: () => () => undefined,
  };
}
