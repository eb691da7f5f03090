/** The part of a request's body that has arrived and was not sent on yet. Bounded by whoever pauses the client. */
export class HeldBody {
  private pieces: Uint8Array[] = [];
  size = 0;

  add(piece: Uint8Array): void {
    this.pieces.push(piece);
    this.size += piece.length;
  }

  /** Everything in one piece, and kept. */
  whole(): Buffer {
    const [only] = this.pieces;
    if (this.pieces.length === 1 && only !== undefined)
      return Buffer.from(only.buffer, only.byteOffset, only.length);
    const joined = Buffer.concat(this.pieces);
    this.pieces = [joined];
    return joined;
  }

  /** Everything in one piece, and kept no longer; null when there is nothing. */
  take(): Buffer | null {
    if (this.size === 0) return null;
    const whole = this.whole();
    this.pieces = [];
    this.size = 0;
    return whole;
  }
}
