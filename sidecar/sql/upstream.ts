import { connect, type Socket } from 'node:net';
import { reusedBuffer, type Receive } from './reading.ts';

/** A connection to PostgreSQL. */
export interface Upstream {
  readonly socket: Socket;
  readonly receive: Receive;
}

/** Small messages leave at once; a peer that vanished is noticed in some minutes; either side may end first. */
export const socketOptions = {
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
  allowHalfOpen: true,
} as const;

/** Begins to connect; the socket's events tell how that went. */
export function connectUpstream(address: { readonly host: string; readonly port: number }): Upstream {
  const { onread, receive } = reusedBuffer();
  const socket = connect({ ...address, ...socketOptions, onread });
  return { socket, receive };
}

/** `HOST:PORT` or `:PORT`, the configuration's schema has checked it; IPv6 in brackets. */
export function addressOf(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, Math.max(0, colon)).replace(/^\[|\]$/g, '');
  return { host: host === '' ? '127.0.0.1' : host, port: Number(address.slice(colon + 1)) };
}
