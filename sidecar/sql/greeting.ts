import type { Socket } from 'node:net';
import { errorResponse } from './messages.ts';
import { readStartup, type StartupPacket } from './startup.ts';

export type SessionPacket = Extract<StartupPacket, { kind: 'session' }>;

export interface GreetingOptions {
  /** Whether this socket is inside TLS already. */
  readonly isSecure: boolean;
  /** Takes a socket into TLS; null when TLS is refused. */
  readonly secure: ((socket: Socket) => void) | null;
  readonly timeoutMs: number;
  readonly began: (socket: Socket, packet: SessionPacket, first: Buffer, rest: Buffer) => void;
  readonly cancel: (socket: Socket, packet: Buffer) => void;
  /** A client left, or was told to, before it had a session. */
  readonly ended: (why: string) => void;
  /** The client asked for TLS, was told no, and left: `sslmode=require`. */
  readonly leftWithoutTls: () => void;
}

/** Talks to a client until it is known what it wants: TLS, a cancellation or a session. */
export function greet(socket: Socket, options: GreetingOptions): void {
  let held: Buffer = Buffer.alloc(0);
  let wasRefusedTls = false;
  let isOver = false;
  const finish = (): void => {
    isOver = true;
    clearTimeout(late);
    socket.off('data', onData).off('close', onClose).off('end', onClose);
    socket.pause();
  };
  const turnAway = (why: string): void => {
    finish();
    options.ended(why);
    refuse(socket, '08P01', why);
  };
  const onClose = (): void => {
    finish();
    if (wasRefusedTls) options.leftWithoutTls();
    socket.destroy();
  };
  const onData = (chunk: Buffer): void => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    while (!isOver && step(readStartup(held)));
  };
  /** True when there may be another packet in what is held. */
  const step = (packet: StartupPacket): boolean => {
    if (packet.kind === 'incomplete') return false;
    if (packet.kind === 'invalid') turnAway(packet.why);
    else if (packet.kind === 'directTls') startTls(held);
    else if (packet.kind === 'tls') answerTls(packet.bytes);
    else if (packet.kind === 'gss') answerNo(packet.bytes);
    else handOver(packet);
    return !isOver && held.length > 0;
  };
  const answerNo = (bytes: number): void => {
    held = held.subarray(bytes);
    socket.write('N');
  };
  const answerTls = (bytes: number): void => {
    if (options.secure === null || options.isSecure) {
      wasRefusedTls = true;
      return answerNo(bytes);
    }
    // Bytes sent along in plain text could have been put there by somebody else (CVE-2021-23214).
    if (held.length > bytes) return turnAway('received unencrypted data after SSL request');
    socket.write('S');
    startTls(Buffer.alloc(0));
  };
  const startTls = (first: Buffer): void => {
    if (options.secure === null || options.isSecure) return turnAway('TLS is not offered here');
    finish();
    if (first.length > 0) socket.unshift(first);
    options.secure(socket);
  };
  const handOver = (packet: Extract<StartupPacket, { kind: 'cancel' | 'session' }>): void => {
    finish();
    const first = held.subarray(0, packet.bytes);
    if (packet.kind === 'cancel') options.cancel(socket, first);
    else options.began(socket, packet, first, held.subarray(packet.bytes));
  };
  const late = setTimeout(() => turnAway('no startup packet arrived in time'), options.timeoutMs);
  socket.on('data', onData).on('close', onClose).on('end', onClose);
  socket.resume();
}

/** Ends a client's connection with a FATAL error that its driver can read. */
export function refuse(socket: Socket, sqlstate: string, message: string, hint?: string): void {
  socket.on('data', () => undefined).resume();
  socket.end(errorResponse({ severity: 'FATAL', sqlstate, message, ...(hint !== undefined && { hint }) }));
  const late = setTimeout(() => socket.destroy(), closeMs);
  socket.once('close', () => clearTimeout(late));
}

/** How long a client that was told to go may take to hear it. */
const closeMs = 2000;
