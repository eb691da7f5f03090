/** How often in a row a memory may be of no use before it is only tried now and then. */
const missesBeforeRest = 4;
const restHeads = 64;
/** A longer section is not remembered: it would cost more to compare than it saves. */
const maxBytes = 2048;

/**
 * What one connection's last head held below its start line. Clients and backends repeat themselves byte for byte, and
 * bytes that were parsed once need not be parsed again. One for each connection, so nobody learns by the time it takes
 * what another connection sent.
 */
export class HeadMemory {
  private section: Buffer | null = null;
  /** Of the fields and the empty line; 0 while nothing is remembered. */
  size = 0;
  kinds = 0;
  private offset = 0;
  private places: readonly number[] = [];
  private misses = 0;
  private rest = 0;

  /** True when the bytes at `start` begin with the very section that is remembered. */
  matches(bytes: Buffer, start: number): boolean {
    const { section, size } = this;
    if (section === null || size === 0 || bytes.length - start < size) return false;
    if (bytes.compare(section, 0, size, start, start + size) !== 0) return false;
    this.misses = 0;
    return true;
  }

  /** The places of its fields when the section starts `offset` characters into the text. */
  placesAt(offset: number): readonly number[] {
    const shift = offset - this.offset;
    if (shift === 0) return this.places;
    return this.places.map((place, at) => (at % placesOfField === kindPlace ? place : place + shift));
  }

  /** Remembers a section that was parsed: `bytes` from `start` to `end`. */
  keep(
    bytes: Buffer,
    start: number,
    end: number,
    offset: number,
    places: readonly number[],
    kinds: number,
  ): void {
    if (end - start > maxBytes || this.isResting()) return;
    this.section ??= Buffer.allocUnsafeSlow(maxBytes);
    bytes.copy(this.section, 0, start, end);
    this.size = end - start;
    this.offset = offset;
    this.places = places;
    this.kinds = kinds;
  }

  /** Copying what never comes again would only cost: POSTs differ in length, traced requests in every head. */
  private isResting(): boolean {
    if (this.rest > 0) {
      this.rest -= 1;
      return true;
    }
    this.misses += 1;
    if (this.misses <= missesBeforeRest) return false;
    this.misses = 0;
    this.rest = restHeads;
    this.size = 0;
    return true;
  }
}

/** As `Head` keeps them: name start, name end, value start, value end, kind. */
const placesOfField = 5;
const kindPlace = 4;
