import { connect, type Socket } from 'node:net';

/** A connection to PostgreSQL that reads into one buffer of its own, again and again. */
export interface Upstream {
  readonly socket: Socket;
  /**
   * Bytes go to `take` and are overwritten after it returns, unless `isKept` then says that somebody still
   * needs them (a write that the system has not taken whole): the next bytes get a new buffer.
   */
  receive(take: (bytes: Buffer) => void, isKept: () => boolean): void;
}

/** As much as the system gives in one read; allocating it anew for each costs more than relaying a small reply. */
const bufferBytes = 64 * 1024;

/** Begins to connect; `socket` tells how that went. */
export function connectUpstream(address: { readonly host: string; readonly port: number }): Upstream {
  let take: (bytes: Buffer) => void = () => undefined;
  let isKept = (): boolean => false;
  let buffer = Buffer.allocUnsafeSlow(bufferBytes);
  const socket = connect({
    ...address,
    noDelay: true,
    keepAlive: true,
    allowHalfOpen: true,
    onread: {
      buffer: () => {
        if (isKept()) buffer = Buffer.allocUnsafeSlow(bufferBytes);
        return buffer;
      },
      callback(count) {
        take(buffer.subarray(0, count));
        return true;
      },
    },
  });
  return {
    socket,
    receive(newTake, newIsKept) {
      take = newTake;
      isKept = newIsKept;
    },
  };
}
