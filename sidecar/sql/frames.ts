/** A PostgreSQL frame after the start-up: a type byte, an Int32 that counts itself and the payload, the payload. */
export const headerBytes = 5;

/** What is kept of a frame longer than the reader's limit: enough for its names and the start of its text. */
export const prefixBytes = 16 * 1024;

/** PostgreSQL's own bound for one frame (PQ_LARGE_MESSAGE_LIMIT). */
const frameBytesMax = 0x4000_0000;

/**
 * Called for each frame; the payload lies in `bytes` from `start` up to `end`. `isCut` tells that only the first
 * `prefixBytes` of a longer frame are there.
 */
export type FrameCall = (type: number, bytes: Buffer, start: number, end: number, isCut: boolean) => void;

export interface FrameRules {
  /** 256 flags: frames of these types are counted and hopped over by their length. */
  readonly hops: Uint8Array;
  /** A longer frame is shown as a prefix and then hopped over. */
  readonly maxBytes: number;
}

export class FrameError extends Error {}

/** Finds frames in bytes that come in pieces of any size; copies only what straddles two pieces. */
export class FrameReader {
  /** Frames hopped over since whoever reads this last set it to 0. */
  hopped = 0;
  readonly #rules: FrameRules;
  readonly #call: FrameCall;
  readonly #header = Buffer.alloc(headerBytes);
  /** Bytes of an incomplete header in `#header`. */
  #headerHave = 0;
  /** A frame that began in an earlier piece, header and all. */
  #carry: Buffer | null = null;
  #carryHave = 0;
  #isCut = false;
  /** Bytes still to come of a frame that is not looked at. */
  #skip = 0;

  constructor(rules: FrameRules, call: FrameCall) {
    this.#rules = rules;
    this.#call = call;
  }

  get isAtBoundary(): boolean {
    return this.#skip === 0 && this.#headerHave === 0 && this.#carry === null;
  }

  /** Throws `FrameError` on a length that cannot be. */
  push(chunk: Buffer): void {
    let at = this.isAtBoundary ? 0 : this.#finishFrame(chunk);
    const { hops, maxBytes } = this.#rules;
    while (chunk.length - at >= headerBytes) {
      const type = chunk[at] ?? 0;
      const next = at + frameSize(chunk, at);
      if (hops[type] === 1) this.hopped++;
      else if (next - at > maxBytes || next > chunk.length) return this.#begin(chunk, at);
      else this.#call(type, chunk, at + headerBytes, next, false);
      if (next > chunk.length) {
        this.#skip = next - chunk.length;
        return;
      }
      at = next;
    }
    if (at < chunk.length) this.#headerHave = chunk.copy(this.#header, 0, at);
  }

  /** How many bytes of the piece belong to the frame that is under way; all of them when it does not end here. */
  bytesToBoundary(chunk: Buffer): number {
    if (this.isAtBoundary) return 0;
    if (this.#carry) return Math.min(chunk.length, this.#carry.length - this.#carryHave + this.#skip);
    if (this.#headerHave === 0) return Math.min(chunk.length, this.#skip);
    const missing = headerBytes - this.#headerHave;
    if (chunk.length < missing) return chunk.length;
    const header = Buffer.concat([this.#header.subarray(0, this.#headerHave), chunk.subarray(0, missing)]);
    return Math.min(chunk.length, frameSize(header, 0) - this.#headerHave);
  }

  /** Takes the rest of a frame that began earlier; tells where the next one begins in the piece. */
  #finishFrame(chunk: Buffer): number {
    let at = 0;
    if (this.#headerHave > 0) at = this.#finishHeader(chunk);
    if (this.#carry) at = this.#finishCarry(this.#carry, chunk, at);
    if (this.#carry || this.#skip === 0) return at;
    const hop = Math.min(this.#skip, chunk.length - at);
    this.#skip -= hop;
    return at + hop;
  }

  #finishHeader(chunk: Buffer): number {
    const copied = chunk.copy(this.#header, this.#headerHave, 0, headerBytes - this.#headerHave);
    this.#headerHave += copied;
    if (this.#headerHave < headerBytes) return copied;
    this.#headerHave = 0;
    if (this.#rules.hops[this.#header[0] ?? 0] === 1) {
      this.hopped++;
      this.#skip = frameSize(this.#header, 0) - headerBytes;
      return copied;
    }
    this.#allocate(frameSize(this.#header, 0));
    this.#carryHave = headerBytes;
    this.#carry?.set(this.#header);
    return copied;
  }

  #begin(chunk: Buffer, at: number): void {
    this.#allocate(frameSize(chunk, at));
    const rest = this.#finishFrame(at === 0 ? chunk : chunk.subarray(at)) + at;
    if (rest < chunk.length) this.push(chunk.subarray(rest));
  }

  #allocate(size: number): void {
    this.#isCut = size > this.#rules.maxBytes;
    const kept = this.#isCut ? Math.min(size, headerBytes + prefixBytes) : size;
    this.#carry = Buffer.allocUnsafe(kept);
    this.#carryHave = 0;
    this.#skip = size - kept;
  }

  #finishCarry(carry: Buffer, chunk: Buffer, from: number): number {
    const copied = chunk.copy(carry, this.#carryHave, from);
    this.#carryHave += copied;
    if (this.#carryHave < carry.length) return from + copied;
    this.#carry = null;
    this.#call(carry[0] ?? 0, carry, headerBytes, carry.length, this.#isCut);
    return from + copied;
  }
}

/** The whole size of the frame whose header is at `at`, type byte included. */
export function frameSize(bytes: Buffer, at: number): number {
  const length =
    ((bytes[at + 1] ?? 0) << 24) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 8) |
    (bytes[at + 4] ?? 0);
  if (length < 4 || length > frameBytesMax) throw new FrameError(`A frame says it is ${length} bytes long.`);
  return length + 1;
}

/** Flags for `FrameRules.hops` from type letters. */
export function hopsOf(letters: string): Uint8Array {
  const hops = new Uint8Array(256);
  for (const letter of letters) hops[letter.charCodeAt(0)] = 1;
  return hops;
}

/** A whole frame of a type and payload. */
export function frame(type: string, ...payload: readonly Buffer[]): Buffer {
  const size = payload.reduce((sum, part) => sum + part.length, 4);
  const header = Buffer.alloc(headerBytes);
  header.write(type, 0, 'latin1');
  header.writeInt32BE(size, 1);
  return Buffer.concat([header, ...payload]);
}
