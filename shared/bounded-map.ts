/**
 * A map that forgets: two generations, and when the young one is full the old one is let go whole; what was asked for since
 * is carried over. Everything is O(1) and memory stays flat. Not a Map whose oldest keys go one by one: finding those steps
 * over every key deleted before.
 */
export interface BoundedMap<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  delete(key: string): void;
  clear(): void;
  readonly size: number;
}

/** Holds up to twice as much as it is given: one full generation and one that fills. `mostCharacters` counts the keys. */
export function boundedMap<Value>(mostEach: number, mostCharacters = Infinity): BoundedMap<Value> {
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();
  let characters = 0;

  function set(key: string, value: Value): void {
    if (!young.has(key)) {
      if (young.size >= mostEach || characters + key.length > mostCharacters) {
        old = young;
        young = new Map();
        characters = 0;
      }
      characters += key.length;
    }
    young.set(key, value);
  }

  return {
    set,
    get(key) {
      const found = young.get(key);
      if (found !== undefined) return found;
      const older = old.get(key);
      if (older === undefined) return undefined;
      old.delete(key);
      set(key, older);
      return older;
    },
    delete(key) {
      if (young.delete(key)) characters -= key.length;
      old.delete(key);
    },
    clear() {
      young.clear();
      old.clear();
      characters = 0;
    },
    get size() {
      return young.size + old.size;
    },
  };
}
