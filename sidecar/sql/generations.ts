/**
 * A bounded cache of texts in two generations: when the young one is full the old one is let go whole, and what is still
 * asked for is carried over. Nothing is deleted by itself, so it never slows down as a Map does whose oldest keys go one by one.
 */
export class Generations<Value> {
  readonly #mostEntries: number;
  readonly #mostCharacters: number;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();
  #characters = 0;

  /** Holds up to twice as much as it is given: one full generation and one that fills. */
  constructor(mostEntries: number, mostCharacters = Infinity) {
    this.#mostEntries = mostEntries;
    this.#mostCharacters = mostCharacters;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(text: string): Value | undefined {
    const found = this.#young.get(text);
    if (found !== undefined) return found;
    const older = this.#old.get(text);
    if (older !== undefined) {
      this.#old.delete(text);
      this.set(text, older);
    }
    return older;
  }

  set(text: string, value: Value): void {
    if (this.#young.size >= this.#mostEntries || this.#characters + text.length > this.#mostCharacters) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#characters = 0;
    }
    this.#young.set(text, value);
    this.#characters += text.length;
  }
}
