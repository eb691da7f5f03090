/** WebSocket frames (RFC 6455 §5.2), their heads only: payloads are nobody's business here. */
export interface FrameHead {
  readonly isFinal: boolean;
  /** The three bits of extensions; nothing here agrees on any, so they must be 0. */
  readonly reserved: number;
  readonly opcode: number;
  /** Four bytes; null for a frame that is not masked. */
  readonly mask: Uint8Array | null;
  readonly payloadBytes: number;
  /** The head as it was received. */
  readonly bytes: Buffer;
}

export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** From here on opcodes are of control frames. */
const firstControl = 8;
const longestHead = 14;
const longestControlPayload = 125;

export const isControl = ({ opcode }: FrameHead): boolean => opcode >= firstControl;

/** Puts heads together that arrive in pieces. */
export class FrameHeadReader {
  private readonly bytes = Buffer.allocUnsafe(longestHead);
  private size = 0;

  /** Takes bytes from `at` on; answers where it stopped. The head is there once `done` answers one. */
  take(piece: Uint8Array, at: number): number {
    let next = at;
    while (next < piece.length && this.size < this.wanted()) {
      this.bytes[this.size] = piece[next] ?? 0;
      this.size += 1;
      next += 1;
    }
    return next;
  }

  /** The head when it is whole, and the reader is ready for the next one; null while bytes are missing. */
  done(): FrameHead | null {
    if (this.size < this.wanted()) return null;
    const head = headOf(Buffer.from(this.bytes.subarray(0, this.size)));
    this.size = 0;
    return head;
  }

  /** True when no byte of a head was taken yet. */
  get isEmpty(): boolean {
    return this.size === 0;
  }

  private wanted(): number {
    if (this.size < 2) return 2;
    const second = this.bytes[1] ?? 0;
    return 2 + lengthBytes(second & 127) + (second & 128 ? 4 : 0);
  }
}

function lengthBytes(short: number): number {
  if (short < 126) return 0;
  return short === 126 ? 2 : 8;
}

function headOf(bytes: Buffer): FrameHead {
  const [first = 0, second = 0] = bytes;
  const isMasked = (second & 128) !== 0;
  return {
    isFinal: (first & 128) !== 0,
    reserved: (first >> 4) & 7,
    opcode: first & 15,
    mask: isMasked ? bytes.subarray(bytes.length - 4) : null,
    payloadBytes: payloadBytes(bytes, second & 127),
    bytes,
  };
}

function payloadBytes(bytes: Buffer, short: number): number {
  if (short < 126) return short;
  return short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
}

/** What of RFC 6455 a client's frame breaks, as a phrase; null for a good one. `isInside` says that a message has begun. */
export function wrongWith(head: FrameHead, isInside: boolean): string | null {
  const { opcode, payloadBytes: size, isFinal, mask, reserved, bytes } = head;
  if (reserved !== 0) return 'a bit of an extension that was not agreed on';
  if (mask === null) return 'a frame without a mask';
  if (opcode > Opcode.pong || (opcode > Opcode.binary && opcode < firstControl)) return 'an unknown opcode';
  const written = bytes.length - 6;
  if (written !== lengthBytes(size < 126 ? size : size < 65_536 ? 126 : 127))
    return 'a length not in its shortest form';
  if (!Number.isSafeInteger(size)) return 'a length beyond all bounds';
  if (isControl(head))
    return isFinal && size <= longestControlPayload ? null : 'a control frame in pieces or too long';
  return (opcode === Opcode.continuation) === isInside
    ? null
    : 'a message inside another, or a continuation of none';
}

/** A frame's head; lengths in their shortest form. */
export function writtenHead(opcode: number, isFinal: boolean, mask: Uint8Array | null, size: number): Buffer {
  const extra = lengthBytes(size < 126 ? size : size < 65_536 ? 126 : 127);
  const head = Buffer.alloc(2 + extra);
  head[0] = (isFinal ? 128 : 0) | opcode;
  head[1] = (mask ? 128 : 0) | (extra === 0 ? size : extra === 2 ? 126 : 127);
  if (extra === 2) head.writeUInt16BE(size, 2);
  if (extra === 8) head.writeBigUInt64BE(BigInt(size), 2);
  return mask ? Buffer.concat([head, mask]) : head;
}

/** XORs in place with the mask, whose first byte belongs to `offset` bytes before (RFC 6455 §5.3). */
export function applyMask(bytes: Uint8Array, mask: Uint8Array, offset = 0): void {
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = (bytes[at] ?? 0) ^ (mask[(at + offset) & 3] ?? 0);
}

/** The mask for what follows after so many bytes of a payload. */
export function maskFrom(mask: Uint8Array, offset: number): Uint8Array {
  return Uint8Array.from([0, 1, 2, 3], (at) => mask[(at + offset) & 3] ?? 0);
}

/** A close frame; the reason is cut to what one may hold (RFC 6455 §5.5). */
export function closeFrame(code: number, reason: string, mask: Uint8Array | null): Buffer {
  const payload = Buffer.alloc(2 + Math.min(Buffer.byteLength(reason), longestControlPayload - 2));
  payload.writeUInt16BE(code, 0);
  payload.write(reason, 2);
  const head = writtenHead(Opcode.close, true, mask, payload.length);
  if (mask) applyMask(payload, mask);
  return Buffer.concat([head, payload]);
}
