import type { Socket } from 'node:net';
import { FrameReader, type FrameCall } from './frames.ts';
import { HeldFrames, type HeldFramesOptions } from './held-frames.ts';

export interface DirectionOptions {
  /** Its bytes are given to `push`, which keeps none of them; it is paused and resumed here. */
  readonly source: Socket;
  readonly target: Socket;
  readonly take: FrameCall;
  readonly held: Omit<HeldFramesOptions, 'forward' | 'wentOn' | 'failed'>;
  readonly rules: HeldFramesOptions['rules'];
  /** True while frames must be decided before they leave. */
  readonly isHeld: () => boolean;
  /** Called with each piece of bytes, before anything else. */
  readonly arrived: () => void;
  /** What could not be decoded: from now on bytes are passed and not looked at. */
  readonly failed: (error: unknown) => void;
}

/**
 * One direction of a connection: bytes are forwarded first and looked at after. A full target pauses the source,
 * so at most the target's high-water mark and one piece wait in memory.
 */
export class Direction {
  readonly #options: DirectionOptions;
  readonly #reader: FrameReader;
  #held: HeldFrames | null = null;
  #isOpaque = false;
  #isBlocked = false;
  #isEnding = false;

  constructor(options: DirectionOptions) {
    this.#options = options;
    this.#reader = new FrameReader(options.rules, options.take);
    options.source.on('end', () => this.#end());
    options.target.on('drain', () => {
      this.#isBlocked = false;
      this.#resume();
    });
  }

  push(chunk: Buffer): void {
    if (this.#isOpaque) return this.#forward(chunk);
    this.#options.arrived();
    if (this.#held || this.#options.isHeld()) return this.#hold(chunk);
    this.#forward(chunk);
    this.#look(chunk);
  }

  /** Frames hopped over since the last call. */
  takeHopped(): number {
    const count = this.#reader.hopped + (this.#held?.hopped ?? 0);
    this.#reader.hopped = 0;
    if (this.#held) this.#held.hopped = 0;
    return count;
  }

  /** Bytes are passed and not looked at from here on; what was held back leaves first. */
  goOpaque(): void {
    this.#isOpaque = true;
    const heldBack = this.#held?.release();
    this.#held = null;
    if (heldBack && heldBack.length > 0) this.#forward(heldBack);
    this.#resume();
    if (this.#isEnding) this.#options.target.end();
  }

  #forward(bytes: Buffer): void {
    if (this.#options.target.write(bytes)) return;
    this.#isBlocked = true;
    this.#options.source.pause();
  }

  #look(chunk: Buffer): void {
    try {
      this.#reader.push(chunk);
    } catch (error) {
      this.#options.failed(error);
    }
  }

  /** What belongs to a frame that has partly left goes on; the next frame is the first one held. */
  #hold(chunk: Buffer): void {
    try {
      const passed = this.#held ? 0 : this.#reader.bytesToBoundary(chunk);
      if (passed > 0) {
        this.#forward(chunk.subarray(0, passed));
        this.#reader.push(chunk.subarray(0, passed));
      }
      if (passed === chunk.length || !this.#reader.isAtBoundary) return;
      this.#held ??= this.#newHeld();
      const rest = passed === 0 ? chunk : chunk.subarray(passed);
      // The bytes are overwritten once this returns.
      this.#held.push(Buffer.from(rest));
      this.#settle(this.#held);
    } catch (error) {
      this.#options.failed(error);
    }
  }

  #newHeld(): HeldFrames {
    const forward = (bytes: Buffer): void => this.#forward(bytes);
    const wentOn = (): void => this.#wentOn();
    return new HeldFrames({ ...this.#options.held, forward, wentOn, failed: this.#options.failed });
  }

  #wentOn(): void {
    const held = this.#held;
    if (!held) return;
    try {
      this.#options.arrived();
      held.push(Buffer.alloc(0));
      this.#settle(held);
    } catch (error) {
      this.#options.failed(error);
    }
  }

  #settle(held: HeldFrames): void {
    if (held.isWaiting) return void this.#options.source.pause();
    if (held.isAtBoundary && !this.#options.isHeld()) {
      this.#reader.hopped += held.hopped;
      this.#held = null;
    }
    this.#resume();
    if (this.#isEnding) this.#options.target.end();
  }

  #resume(): void {
    if (!this.#isBlocked && !(this.#held?.isWaiting ?? false)) this.#options.source.resume();
  }

  /** The other side learns of the end once everything held back has left. */
  #end(): void {
    this.#isEnding = true;
    if (!(this.#held?.isWaiting ?? false)) this.#options.target.end();
  }
}
