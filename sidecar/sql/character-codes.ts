import { endianness } from 'node:os';

/**
 * The UTF-16 codes of one text after the other, in memory that is used again: a lexer that reads them from an array takes half
 * the time of one that asks a string for each.
 */
export class CharacterCodes {
  /** Those of the last text read, then a 0: what looks one ahead needs no check for the end. */
  codes: Uint16Array;
  /** The same memory, two codes at a time. */
  pairs: Uint32Array;
  #bytes: Buffer;

  /** Grows when it must hold more. */
  constructor(mostCharacters: number) {
    const buffer = new ArrayBuffer(4 * pairsOf(mostCharacters + 1));
    this.codes = new Uint16Array(buffer);
    this.pairs = new Uint32Array(buffer);
    this.#bytes = Buffer.from(buffer);
  }

  /** Makes room for so many codes; what was there may be gone. */
  hold(characters: number): void {
    if (characters < this.codes.length) return;
    const { codes, pairs } = new CharacterCodes(characters);
    this.codes = codes;
    this.pairs = pairs;
    this.#bytes = Buffer.from(codes.buffer);
  }

  read(text: string): void {
    this.hold(text.length);
    this.#bytes.write(text, 0, 'utf16le');
    if (isBigEndian) this.#bytes.subarray(0, text.length * 2).swap16();
    this.codes[text.length] = 0;
  }

  /** The first so many codes as a text. */
  text(length: number): string {
    if (!isBigEndian) return this.#bytes.toString('utf16le', 0, length * 2);
    return Buffer.from(this.#bytes.subarray(0, length * 2))
      .swap16()
      .toString('utf16le');
  }
}

/** How many pairs hold so many codes. */
export const pairsOf = (codes: number): number => (codes + 1) >> 1;

const isBigEndian = endianness() === 'BE';
