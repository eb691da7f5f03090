/** Bytes that arrive in pieces, kept in one buffer that doubles, so that pieces of one byte stay cheap. */
export class ByteBuffer {
  private bytes = Buffer.allocUnsafe(1024);
  private length = 0;

  get size(): number {
    return this.length;
  }

  append(piece: Uint8Array): void {
    const needed = this.length + piece.length;
    if (needed > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
    this.bytes.set(piece, this.length);
    this.length = needed;
  }

  /** Everything so far; valid until the next `append`. */
  view(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}
