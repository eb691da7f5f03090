import { WebSocket } from 'ws';
import type { ServerMessage } from '../../shared/index.ts';

/** What is on its way to one watcher: bounded, so that one who does not read costs no memory. */
export interface Outbox {
  /** Sends, or returns false when too much is on its way already. */
  send(message: ServerMessage): boolean;
  /** False while too much is on its way; `onRoom` tells when that is over. */
  hasRoom(): boolean;
  /** Calls back each time there is room again after there was none; the result ends that. */
  onRoom(call: () => void): () => void;
  close(code: number, reason: string): void;
  /** The socket is closed. */
  ended(): void;
}

/** Above this nothing more is accepted; one message (a view has 2 MiB at most) may go over it. */
export const maxBufferedBytes = 1024 * 1024;
/** Full for so long without a break: the watcher does not keep up and never will. */
const slowMs = 30_000;
/** A peer that does not answer a close is cut off. */
const closeMs = 5_000;

export function createOutbox(socket: WebSocket, after: (ms: number, call: () => void) => () => void): Outbox {
  const roomCalls = new Set<() => void>();
  let cancelSlow: (() => void) | null = null;
  let cancelClose: (() => void) | null = null;

  const isFull = (): boolean => socket.bufferedAmount > maxBufferedBytes;

  function hasRoom(): boolean {
    if (socket.readyState !== WebSocket.OPEN) return false;
    if (!isFull()) return true;
    cancelSlow ??= after(slowMs, () => close(1013, 'Too slow: more was to be sent than was read.'));
    return false;
  }

  function send(message: ServerMessage): boolean {
    if (!hasRoom()) return false;
    socket.send(JSON.stringify(message), sent);
    return true;
  }

  function sent(): void {
    if (!cancelSlow || isFull()) return;
    cancelSlow();
    cancelSlow = null;
    for (const call of roomCalls) call();
  }

  function close(code: number, reason: string): void {
    socket.close(code, reason);
    cancelClose ??= after(closeMs, () => socket.terminate());
  }

  return {
    send,
    hasRoom,
    onRoom(call) {
      roomCalls.add(call);
      return () => void roomCalls.delete(call);
    },
    close,
    ended() {
      cancelSlow?.();
      cancelClose?.();
      roomCalls.clear();
    },
  };
}
