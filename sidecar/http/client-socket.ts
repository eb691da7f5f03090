import { Socket, type OnReadOpts, type SocketConstructorOpts } from 'node:net';
import { Duplex } from 'node:stream';

/** A client's connection whose bytes come to whoever reads it, not out of a stream. */
export interface ClientSocket {
  readonly socket: Socket;
  /** From now on what arrives comes out of the socket, as of any other. */
  toStream(): void;
}

/** Every client connection reads into this one: what is kept of it has to be copied before the reader returns. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * Gives what arrives on an accepted, paused socket to `take`, in a buffer that is only valid during the call. Node
 * allocates 64 KB for each read and gives back what was too much, which was measured to cost more than parsing,
 * checking and answering a small request. It reads into a buffer of ours only on sockets made for it (`onread`), so
 * the accepted handle moves into one. Where a handle cannot be moved, the socket is read as usual.
 */
export function readClient(accepted: Socket, take: (piece: Buffer) => void): ClientSocket {
  const handle = takeHandle(accepted);
  if (handle === null) return readStream(accepted, take);
  let isStream = false;
  const options: SocketConstructorOpts & { readonly handle: object; readonly onread: OnReadOpts } = {
    handle,
    onread: {
      buffer: readBuffer,
      callback(size) {
        const piece = readBuffer.subarray(0, size);
        if (isStream) return socket.push(Buffer.from(piece));
        take(piece);
        return true;
      },
    },
  };
  const socket = new Socket(options);
  // The server counts the socket it accepted, and hears of its end from nobody else.
  socket.once('close', () => accepted.destroy());
  return {
    socket,
    toStream() {
      isStream = true;
      // A socket with `onread` stops reading when it is paused, and would never hear that its client left.
      socket.pause = () => (Duplex.prototype.pause.call(socket), socket);
      socket.resume = () => (Duplex.prototype.resume.call(socket), socket);
    },
  };
}

/** The handle of a connection, for one new owner; null when it is none that can change hands. */
function takeHandle(accepted: Socket): object | null {
  // Safe: looked at before it is used; Node's own modules move handles this way, its types do not tell.
  const owner = accepted as unknown as { _handle?: { readonly useUserBuffer?: unknown } | null };
  const handle = owner._handle;
  if (typeof handle?.useUserBuffer !== 'function') return null;
  owner._handle = null;
  return handle;
}

function readStream(socket: Socket, take: (piece: Buffer) => void): ClientSocket {
  socket.on('data', take);
  socket.resume();
  return { socket, toStream: () => void socket.off('data', take) };
}
