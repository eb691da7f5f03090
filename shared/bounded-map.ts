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
  return new Generations<Value>(mostEach, mostCharacters);
}

/** A class: V8 keeps an object literal with a getter as a dictionary, and these are asked for every request. */
class Generations<Value> implements BoundedMap<Value> {
  readonly #mostEach: number;
  readonly #mostCharacters: number;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();
  #characters = 0;

  constructor(mostEach: number, mostCharacters: number) {
    this.#mostEach = mostEach;
    this.#mostCharacters = mostCharacters;
  }

  set(key: string, value: Value): void {
    if (!this.#young.has(key)) this.#makeRoom(key.length);
    this.#young.set(key, value);
  }

  #makeRoom(characters: number): void {
    if (this.#young.size >= this.#mostEach || this.#characters + characters > this.#mostCharacters) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#characters = 0;
    }
    this.#characters += characters;
  }

  get(key: string): Value | undefined {
    const found = this.#young.get(key);
    if (found !== undefined) return found;
    const older = this.#old.get(key);
    if (older === undefined) return undefined;
    this.#old.delete(key);
    this.set(key, older);
    return older;
  }

  delete(key: string): void {
    if (this.#young.delete(key)) this.#characters -= key.length;
    this.#old.delete(key);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#characters = 0;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }
}
