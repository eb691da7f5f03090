import { Socket } from 'node:net';

/**
 * Gives a socket's bytes to `take`, which must be done with them when it returns unless `isKept` then says that
 * somebody still needs them (a write that the system has not taken whole).
 */
export type Receive = (take: (bytes: Buffer) => void, isKept: () => boolean) => void;

/** As much as the system gives in one read. */
const bufferBytes = 64 * 1024;

/**
 * The `onread` option of `net.Socket`, as Node documents it: one buffer is read into again and again. Node's other way,
 * a new 64 KiB buffer for each read, costs more than relaying a small reply.
 */
export function reusedBuffer(): {
  readonly onread: { readonly buffer: () => Buffer; readonly callback: (bytes: number) => boolean };
  readonly receive: Receive;
} {
  let take: (bytes: Buffer) => void = () => undefined;
  let isKept = (): boolean => false;
  let buffer = Buffer.allocUnsafeSlow(bufferBytes);
  return {
    onread: {
      buffer() {
        if (isKept()) buffer = Buffer.allocUnsafeSlow(bufferBytes);
        return buffer;
      },
      callback(bytes) {
        take(buffer.subarray(0, bytes));
        return true;
      },
    },
    receive(newTake, newIsKept) {
      take = newTake;
      isKept = newIsKept;
    },
  };
}

/**
 * The same for a socket that a server accepted. Node has no option for those, so the fields that `onread` sets are set
 * here; where they are not as expected (a TLS socket, another Node) bytes come as `data` events, which only costs time.
 * The socket must be paused.
 */
export function receiveFrom(socket: Socket): Receive {
  return (take, isKept) => {
    const waiting: unknown = socket.read();
    if (Buffer.isBuffer(waiting)) take(waiting);
    if (!canReuse(socket)) return void socket.on('data', take);
    const { onread, receive } = reusedBuffer();
    receive(take, isKept);
    const buffer = onread.buffer();
    socket[fields.buffer] = buffer;
    socket[fields.callback] = onread.callback;
    socket[fields.generator] = onread.buffer;
    socket._handle.useUserBuffer(buffer);
  };
}

interface Fields {
  readonly buffer: symbol;
  readonly callback: symbol;
  readonly generator: symbol;
}

type Reusing = Socket &
  Record<symbol, unknown> & { readonly _handle: { useUserBuffer(buffer: Buffer): void } };

const probeOptions = { writable: true, onread: { buffer: Buffer.alloc(1), callback: () => true } };
const fields: Fields = fieldsOf(new Socket(probeOptions));

function fieldsOf(probe: Socket): Fields {
  const symbols = Object.getOwnPropertySymbols(probe);
  const named = (name: string): symbol =>
    symbols.find(({ description }) => description === name) ?? Symbol('absent');
  return { buffer: named('kBuffer'), callback: named('kBufferCb'), generator: named('kBufferGen') };
}

function canReuse(socket: Socket): socket is Reusing {
  if (Object.getPrototypeOf(socket) !== Socket.prototype) return false;
  if (!Object.values(fields).every((field) => field in socket)) return false;
  const handle: unknown = Reflect.get(socket, '_handle');
  return typeof handle === 'object' && handle !== null && 'useUserBuffer' in handle;
}
