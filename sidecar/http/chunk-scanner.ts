import { ByteBuffer } from './byte-buffer.ts';
import type { Head } from './head.ts';
import { parseFields } from './head-parser.ts';

/** A chunk's size line, extensions included, and a trailer section may be this long. */
const maxSizeLineBytes = 1024;
const maxTrailerBytes = 16 * 1024;

type State = 'size' | 'size-end' | 'data' | 'data-end' | 'trailers' | 'done' | 'malformed';

/**
 * Follows a chunked body (RFC 9112 §7.1) through pieces cut anywhere. It finds the end and refuses what two
 * parsers could read differently; the bytes themselves can then be passed on as they came.
 */
export class ChunkScanner {
  private state: State = 'size';
  private size = 0;
  private left = 0;
  private lineLength = 0;
  private digits = 0;
  private isPastSize = false;
  private trailerBytes: ByteBuffer | null = null;
  /** The trailer fields, once done; null when there are none. */
  trailers: Head | null = null;

  get isDone(): boolean {
    return this.state === 'done';
  }

  get isMalformed(): boolean {
    return this.state === 'malformed';
  }

  /**
   * Reads on at `from` and returns the place behind the last byte that belongs to the body.
   * The data inside the chunks is added to `data` when it is given.
   */
  scan(bytes: Buffer, from: number, data: Buffer[] | null): number {
    let at = from;
    while (at < bytes.length && this.state !== 'done' && this.state !== 'malformed') {
      at = this.state === 'data' ? this.skipData(bytes, at, data) : this.step(bytes, at);
    }
    return at;
  }

  private skipData(bytes: Buffer, at: number, data: Buffer[] | null): number {
    const taken = Math.min(this.left, bytes.length - at);
    data?.push(bytes.subarray(at, at + taken));
    this.left -= taken;
    if (this.left === 0) this.expectEnd('data-end');
    return at + taken;
  }

  private step(bytes: Buffer, at: number): number {
    if (this.state === 'trailers') return this.trailer(bytes, at);
    const byte = bytes[at] ?? 0;
    if (this.state === 'size') this.sizeByte(byte);
    else this.endByte(byte);
    return at + 1;
  }

  private sizeByte(byte: number): void {
    this.lineLength += 1;
    if (this.lineLength > maxSizeLineBytes) this.state = 'malformed';
    else if (byte === carriageReturn && this.digits > 0) this.expectEnd('size-end');
    else if (this.isPastSize) this.extensionByte(byte);
    else this.digit(byte);
  }

  private digit(byte: number): void {
    const value = hexValue(byte);
    if (value >= 0 && this.digits < maxDigits) {
      this.size = this.size * 16 + value;
      this.digits += 1;
    } else if (this.digits > 0 && (byte === semicolon || byte === space || byte === tab)) {
      // Blanks before an extension are bad whitespace that RFC 9112 §7.1.1 tells us to accept; nothing else may follow them.
      this.isPastSize = true;
      this.isInBlanks = byte !== semicolon;
    } else this.state = 'malformed';
  }

  private isInBlanks = false;

  private extensionByte(byte: number): void {
    const isBlank = byte === space || byte === tab;
    if (this.isInBlanks && !isBlank && byte !== semicolon) this.state = 'malformed';
    else if (byte === semicolon) this.isInBlanks = false;
    else if (!isBlank && (byte < 0x20 || byte === 0x7f)) this.state = 'malformed';
  }

  private sawReturn = false;

  private expectEnd(state: 'size-end' | 'data-end'): void {
    this.sawReturn = state === 'size-end';
    this.state = state;
  }

  private endByte(byte: number): void {
    if (!this.sawReturn && byte === carriageReturn) this.sawReturn = true;
    else if (!this.sawReturn || byte !== lineFeed) this.state = 'malformed';
    else if (this.state === 'data-end') this.startLine('size');
    else if (this.size > 0) this.startData();
    else this.startLine('trailers');
  }

  private startData(): void {
    this.left = this.size;
    this.state = 'data';
  }

  private startLine(state: 'size' | 'trailers'): void {
    this.size = 0;
    this.digits = 0;
    this.lineLength = 0;
    this.isPastSize = false;
    this.isInBlanks = false;
    this.state = state;
  }

  /** Nearly always the two bytes of an empty section, so those are looked for first. */
  private trailer(bytes: Buffer, at: number): number {
    if (this.trailerBytes === null && bytes[at] === carriageReturn && bytes[at + 1] === lineFeed) {
      this.state = 'done';
      return at + 2;
    }
    this.trailerBytes ??= new ByteBuffer();
    const before = this.trailerBytes.size;
    this.trailerBytes.append(bytes.subarray(at, at + maxTrailerBytes));
    const parsed = parseFields(this.trailerBytes.view(), 0);
    if (parsed === 'incomplete' && this.trailerBytes.size < maxTrailerBytes) return bytes.length;
    if (typeof parsed === 'string') return this.refuse(bytes);
    this.trailers = parsed.count > 0 ? parsed : null;
    this.state = 'done';
    return at + parsed.text.length - before;
  }

  private refuse(bytes: Buffer): number {
    this.state = 'malformed';
    return bytes.length;
  }
}

const maxDigits = 12;
const carriageReturn = 13;
const lineFeed = 10;
const semicolon = 0x3b;
const space = 0x20;
const tab = 9;

function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
