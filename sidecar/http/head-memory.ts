import type { Head } from './head.ts';

/** How often in a row a memory may be of no use before it is only tried now and then. */
const missesBeforeRest = 4;
const restHeads = 64;
/** A longer section is not remembered: it would cost more to compare than it saves. */
const maxBytes = 2048;

/**
 * What one connection's last message held below its start line. Clients and backends repeat themselves byte for byte, and
 * bytes that were parsed once need not be parsed again, nor what was worked out from them. One for each connection, so
 * nobody learns by the time it takes what another connection sent.
 */
export class HeadMemory {
  private section: Buffer | null = null;
  private head: Head | null = null;
  private misses = 0;
  private rest = 0;
  /** Of the fields and the empty line; 0 while nothing is remembered. */
  size = 0;

  /** The head remembered, when the bytes at `start` begin with that very section. */
  recall(bytes: Buffer, start: number): Head | null {
    const { section, size } = this;
    if (section === null || size === 0 || bytes.length - start < size) return null;
    if (bytes.compare(section, 0, size, start, start + size) !== 0) return null;
    this.misses = 0;
    return this.head;
  }

  /** Remembers a section that was parsed: `bytes` from `start` to `end`. Nothing is to do for the one just recalled. */
  keep(bytes: Buffer, start: number, end: number, head: Head): void {
    if (head === this.head || end - start > maxBytes || this.isResting()) return;
    this.section ??= Buffer.allocUnsafeSlow(maxBytes);
    bytes.copy(this.section, 0, start, end);
    this.size = end - start;
    this.head = head;
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
    this.head = null;
    return true;
  }
}
