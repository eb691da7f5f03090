/** Entries set before the map is made anew, at the least. */
const fewest = 1024;

/**
 * A map for keys that come and go all the time, as exchanges do. A `Map` of V8 moves to a new table whenever entries that were
 * deleted fill the old one, and the old one points to the new (`next_table` of `OrderedHashTable`, for iterators that are
 * under way). Once a table was promoted it holds on to every later one, and so to all that was ever in them: each entry is then
 * copied twice and promoted, until a full collection, and soon again. Here the map itself is replaced now and then, which
 * ends that chain; an entry costs half a copy more at most.
 */
export class ChurnMap<Key, Value> {
  #map = new Map<Key, Value>();
  #setsLeft = fewest;

  get size(): number {
    return this.#map.size;
  }

  get(key: Key): Value | undefined {
    return this.#map.get(key);
  }

  has(key: Key): boolean {
    return this.#map.has(key);
  }

  set(key: Key, value: Value): void {
    if ((this.#setsLeft -= 1) < 0) this.#renew();
    this.#map.set(key, value);
  }

  delete(key: Key): boolean {
    return this.#map.delete(key);
  }

  clear(): void {
    this.#map = new Map();
    this.#setsLeft = fewest;
  }

  /** In the order in which they were set first. Entries may be deleted meanwhile; of those set meanwhile some may be missed. */
  keys(): MapIterator<Key> {
    return this.#map.keys();
  }

  values(): MapIterator<Value> {
    return this.#map.values();
  }

  [Symbol.iterator](): MapIterator<[Key, Value]> {
    return this.#map.entries();
  }

  #renew(): void {
    this.#map = new Map(this.#map);
    this.#setsLeft = Math.max(fewest, 2 * this.#map.size);
  }
}
