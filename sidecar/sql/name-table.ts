import { ChurnMap } from '../../shared/index.ts';

/** Names a client may define on one connection before the oldest are forgotten; their statements then have no text. */
const namesMax = 10_000;

/** Characters and bytes that all names of one kind may hold on one connection. */
const weightMax = 16 * 1024 * 1024;

/** Prepared statements or portals of one connection by name, bounded in number and size; the oldest go first. */
export class NameTable<Value> {
  readonly #values = new ChurnMap<string, Value>();
  readonly #weigh: (value: Value) => number;
  #weight = 0;

  constructor(weigh: (value: Value) => number) {
    this.#weigh = weigh;
  }

  get(name: string): Value | undefined {
    return this.#values.get(name);
  }

  set(name: string, value: Value): void {
    this.delete(name);
    this.#values.set(name, value);
    this.#weight += this.#weigh(value);
    if (this.#values.size > namesMax || this.#weight > weightMax) this.#makeRoom(name);
  }

  /** A tenth at once: finding the oldest means stepping over all that were deleted before it. */
  #makeRoom(kept: string): void {
    for (const name of this.#values.keys()) {
      if (this.#values.size <= namesMax * 0.9 && this.#weight <= weightMax * 0.9) return;
      if (name !== kept) this.delete(name);
    }
  }

  delete(name: string): void {
    const value = this.#values.get(name);
    if (value === undefined) return;
    this.#weight -= this.#weigh(value);
    this.#values.delete(name);
  }

  clear(): void {
    this.#values.clear();
    this.#weight = 0;
  }

  names(): readonly string[] {
    return [...this.#values.keys()];
  }
}
