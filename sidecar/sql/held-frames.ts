import { frameSize, headerBytes, prefixBytes, type FrameRules } from './frames.ts';

/** `null` lets the frame pass; bytes go in its place. */
export type Decision = Buffer | null;

export interface HeldFramesOptions {
  readonly rules: FrameRules;
  readonly decide: (
    type: number,
    bytes: Buffer,
    start: number,
    end: number,
    isCut: boolean,
  ) => Decision | Promise<Decision>;
  readonly forward: (bytes: Buffer) => void;
  /** Called when a promised decision is there, after the frames behind it were looked at. */
  readonly wentOn: () => void;
  /** Called when a promised decision was rejected. */
  readonly failed: (error: unknown) => void;
}

/**
 * Relays frame by frame: each waits for a decision before any of its bytes leaves. Used only while something may
 * have to be replaced; `FrameReader`, which forwards first, is several times cheaper.
 */
export class HeldFrames {
  /** Frames hopped over since whoever reads this last set it to 0. */
  hopped = 0;
  isWaiting = false;
  readonly #options: HeldFramesOptions;
  #parts: Buffer[] = [];
  #have = 0;
  /** Bytes needed before the next frame can be decided. */
  #want = headerBytes;
  /** Bytes still to come of a frame that was decided by its beginning. */
  #skip = 0;
  #isDropping = false;
  #isClosed = false;

  constructor(options: HeldFramesOptions) {
    this.#options = options;
  }

  get isAtBoundary(): boolean {
    return this.#have === 0 && this.#skip === 0 && !this.isWaiting;
  }

  /** Throws `FrameError` on a length that cannot be. */
  push(chunk: Buffer): void {
    this.#parts.push(chunk);
    this.#have += chunk.length;
    if (!this.isWaiting && (this.#have >= this.#want || this.#skip > 0)) this.#run();
  }

  /** Gives up: the bytes that were held back, undecided. */
  release(): Buffer {
    this.#isClosed = true;
    return this.#join();
  }

  #join(): Buffer {
    const [only] = this.#parts;
    const all = only && this.#parts.length === 1 ? only : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#have = 0;
    return all;
  }

  #run(): void {
    const bytes = this.#join();
    let from = 0;
    let at = 0;
    try {
      for (;;) {
        at = this.#hop(bytes, at);
        if (this.#isDropping && at > from) from = at;
        if (this.#skip === 0) this.#isDropping = false;
        const need = this.#needed(bytes, at);
        if (need === 0 || at + need > bytes.length) break;
        const isCut = frameSize(bytes, at) > need;
        const decision = this.#options.decide(bytes[at] ?? 0, bytes, at + headerBytes, at + need, isCut);
        if (decision instanceof Promise) {
          this.#wait(decision, need);
          break;
        }
        this.#skip = frameSize(bytes, at) - need;
        if (decision) {
          this.#forward(bytes, from, at);
          this.#options.forward(decision);
          from = at + need;
          this.#isDropping = this.#skip > 0;
        }
        at += need;
      }
    } finally {
      this.#forward(bytes, from, at);
      this.#keep(bytes, at);
    }
  }

  /** Over the rest of a decided frame and over frames that nobody decides. */
  #hop(bytes: Buffer, from: number): number {
    let at = from;
    for (;;) {
      const step = Math.min(this.#skip, bytes.length - at);
      at += step;
      this.#skip -= step;
      if (this.#skip > 0 || this.#isDropping || bytes.length - at < headerBytes) return at;
      if (this.#options.rules.hops[bytes[at] ?? 0] !== 1) return at;
      this.hopped++;
      this.#skip = frameSize(bytes, at);
    }
  }

  /** Bytes of the frame at hand that its decision needs; 0 when not even its header is there. */
  #needed(bytes: Buffer, at: number): number {
    this.#want = headerBytes;
    if (bytes.length - at < headerBytes) return 0;
    const size = frameSize(bytes, at);
    this.#want = size > this.#options.rules.maxBytes ? Math.min(size, headerBytes + prefixBytes) : size;
    return this.#want;
  }

  #wait(decision: Promise<Decision>, need: number): void {
    this.isWaiting = true;
    decision.then((decided) => {
      this.isWaiting = false;
      if (this.#isClosed) return;
      this.#decided(decided, need);
      this.#options.wentOn();
    }, this.#options.failed);
  }

  #decided(decision: Decision, need: number): void {
    const bytes = this.#join();
    this.#want = headerBytes;
    this.#skip = frameSize(bytes, 0) - need;
    this.#options.forward(decision ?? bytes.subarray(0, need));
    this.#isDropping = decision !== null && this.#skip > 0;
    this.#keep(bytes, need);
  }

  #forward(bytes: Buffer, from: number, to: number): void {
    if (to > from) this.#options.forward(bytes.subarray(from, to));
  }

  #keep(bytes: Buffer, at: number): void {
    if (at >= bytes.length) return;
    this.#parts.unshift(bytes.subarray(at));
    this.#have += bytes.length - at;
  }
}
