import { FrameHeadReader } from './frame-head.ts';

/** Follows frames by their heads and keeps nothing of them: something may be put in only between two. */
export class FrameFollower {
  private readonly reader = new FrameHeadReader();
  private payloadLeft = 0;

  get isBetween(): boolean {
    return this.payloadLeft === 0 && this.reader.isEmpty;
  }

  follow(piece: Uint8Array): void {
    for (let at = 0; at < piece.length;) at = this.frameEnd(piece, at);
  }

  /** Takes bytes up to the end of the frame they are in; answers where that is, or the piece's end. */
  frameEnd(piece: Uint8Array, from: number): number {
    let at = from;
    if (this.payloadLeft === 0) {
      at = this.reader.take(piece, at);
      this.payloadLeft = this.reader.done()?.payloadBytes ?? 0;
    }
    const taken = Math.min(this.payloadLeft, piece.length - at);
    this.payloadLeft -= taken;
    return at + taken;
  }
}
