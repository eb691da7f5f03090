/**
 * First in, first out, without copying what waits and without making anything for it: one array fills while the other is
 * emptied, and then they change places.
 */
export class Fifo<Item> {
  #incoming: (Item | undefined)[] = [];
  #outgoing: (Item | undefined)[] = [];
  #next = 0;

  get length(): number {
    return this.#incoming.length + this.#outgoing.length - this.#next;
  }

  push(item: Item): void {
    this.#incoming.push(item);
  }

  /** The oldest, left where it is. */
  head(): Item | undefined {
    if (this.#next === this.#outgoing.length) this.#change();
    return this.#outgoing[this.#next];
  }

  /** The oldest, taken out and let go of. */
  shift(): Item | undefined {
    const item = this.head();
    if (this.#next < this.#outgoing.length) this.#outgoing[this.#next++] = undefined;
    return item;
  }

  /** The oldest first; nothing may be put in or taken out meanwhile. */
  *[Symbol.iterator](): Iterator<Item> {
    for (let at = this.#next; at < this.#outgoing.length; at++) {
      const item = this.#outgoing[at];
      if (item !== undefined) yield item;
    }
    for (const item of this.#incoming) if (item !== undefined) yield item;
  }

  clear(): void {
    this.#incoming = [];
    this.#outgoing = [];
    this.#next = 0;
  }

  #change(): void {
    const emptied = this.#outgoing;
    emptied.length = 0;
    this.#outgoing = this.#incoming;
    this.#incoming = emptied;
    this.#next = 0;
  }
}
