import { connect, type Socket } from 'node:net';
import { reusedBuffer, type Receive } from './reading.ts';

/** A connection to PostgreSQL. */
export interface Upstream {
  readonly socket: Socket;
  readonly receive: Receive;
}

/** Begins to connect; the socket's events tell how that went. */
export function connectUpstream(address: { readonly host: string; readonly port: number }): Upstream {
  const { onread, receive } = reusedBuffer();
  const socket = connect({ ...address, noDelay: true, keepAlive: true, allowHalfOpen: true, onread });
  return { socket, receive };
}
