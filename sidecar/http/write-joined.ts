import type { Socket } from 'node:net';

/** Node copies a string of up to this size to the stack, and hands it to the system from there. */
const stringBytes = 16 * 1024;

/**
 * Writes a head and a body with one system call where they are short, as one string: memory of a string is the
 * collector's own, that of a `Buffer` is not, and a few thousand of them a second were measured to bring full collections on.
 */
export function writeJoined(socket: Socket, head: string, body: Uint8Array | null): boolean {
  if (body === null || body.length === 0) return socket.write(head, 'latin1');
  if (head.length + body.length <= stringBytes) return socket.write(head + latin1Of(body), 'latin1');
  if (head === '') return socket.write(body);
  socket.cork();
  socket.write(head, 'latin1');
  const isWritable = socket.write(body);
  socket.uncork();
  return isWritable;
}

/** The same for bytes that are only lent: what the socket may keep is copied. */
export function writeLent(socket: Socket, head: string, body: Uint8Array | null): boolean {
  const isKept = body !== null && head.length + body.length > stringBytes;
  return writeJoined(socket, head, isKept ? Buffer.from(body) : body);
}

function latin1Of(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString('latin1');
}
