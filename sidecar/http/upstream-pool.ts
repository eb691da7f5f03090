import { connect as connectPlain, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { UpstreamConnection, type ConnectionOwner } from './upstream-connection.ts';

/** Where requests go. */
export interface UpstreamAddress {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

/** Whoever waits for a connection; called exactly once, unless it was cancelled. */
export interface Waiter {
  onConnection(connection: UpstreamConnection): void;
  onUnreachable(reason: string): void;
}

/** Most backends close idle connections after 5 s (Node, uvicorn), and many do not say so: leave before they do. */
const idleMs = 4000;
/** How long before the time a backend gave a connection is no longer used. */
const marginMs = 1000;
const connectMs = 10_000;

/** Keep-alive connections to the backend, the one used last given first. */
export class UpstreamPool implements ConnectionOwner {
  private readonly address: UpstreamAddress;
  private readonly most: number;
  private readonly monotonicMs: () => number;
  private readonly connections = new Set<UpstreamConnection>();
  private readonly connecting = new Map<Socket, number>();
  private readonly waiters: Waiter[] = [];
  private idle: UpstreamConnection[] = [];
  private isClosed = false;

  constructor(address: UpstreamAddress, most: number, monotonicMs: () => number) {
    this.address = address;
    this.most = most;
    this.monotonicMs = monotonicMs;
  }

  get stats(): { readonly open: number; readonly idle: number; readonly waiting: number } {
    return { open: this.connections.size, idle: this.idle.length, waiting: this.waiters.length };
  }

  /** Gives a connection at once when one is idle, else as soon as one is free or made. */
  acquire(waiter: Waiter): void {
    for (let found = this.idle.pop(); found !== undefined; found = this.idle.pop()) {
      if (!found.isGone) return waiter.onConnection(found);
    }
    this.waiters.push(waiter);
    if (this.connecting.size < this.waiters.length) this.open(null);
  }

  /** Gives a connection that has never been used. */
  acquireFresh(waiter: Waiter): void {
    if (!this.open(waiter)) this.waiters.unshift(waiter);
  }

  cancel(waiter: Waiter): void {
    const at = this.waiters.indexOf(waiter);
    if (at >= 0) this.waiters.splice(at, 1);
  }

  onFree(connection: UpstreamConnection): void {
    const waiter = this.waiters.shift();
    if (waiter !== undefined) return waiter.onConnection(connection);
    connection.idleSinceMs = this.monotonicMs();
    if (this.isClosed) connection.destroy();
    else this.idle.push(connection);
  }

  onClosed(connection: UpstreamConnection): void {
    this.connections.delete(connection);
    if (this.waiters.length > this.connecting.size) this.open(null);
  }

  /** Closes what was idle for too long and gives up connecting that takes too long. */
  sweep(nowMs: number): void {
    const kept = this.idle.filter(
      (each) => !each.isGone && (nowMs - each.idleSinceMs < idleLimitMs(each) || void each.destroy()),
    );
    if (kept.length !== this.idle.length) this.idle = kept;
    for (const [socket, sinceMs] of this.connecting) {
      if (nowMs - sinceMs > connectMs) socket.destroy(new Error(`not connected after ${connectMs} ms`));
    }
  }

  close(): void {
    this.isClosed = true;
    for (const connection of this.connections) connection.destroy();
    for (const socket of this.connecting.keys()) socket.destroy();
  }

  /** False when there are as many connections as there may be. */
  private open(dedicated: Waiter | null): boolean {
    if (this.connections.size + this.connecting.size >= this.most) return false;
    let connection: UpstreamConnection | null = null;
    const socket = this.dial((piece) => connection?.take(piece));
    this.connecting.set(socket, this.monotonicMs());
    let reason = 'the connection was closed';
    const onFailure = (): void => {
      this.connecting.delete(socket);
      (dedicated ?? this.waiters.shift())?.onUnreachable(reason);
    };
    socket.on('error', (error) => (reason = error.message));
    socket.once('close', onFailure);
    socket.once(this.address.isTls ? 'secureConnect' : 'connect', () => {
      socket.off('close', onFailure);
      this.connecting.delete(socket);
      connection = new UpstreamConnection(socket, this);
      this.connections.add(connection);
      if (dedicated !== null) dedicated.onConnection(connection);
      else this.onFree(connection);
    });
    return true;
  }

  private dial(take: (piece: Buffer) => void): Socket {
    const { host, port, isTls } = this.address;
    if (!isTls) return connectPlain({ host, port, noDelay: true, onread: readInto(take) });
    // RFC 6066 §3: a server name is never an address.
    const servername = isIP(host) === 0 ? host : '';
    return connectTls({ host, port, servername, ALPNProtocols: ['http/1.1'] }).on('data', take);
  }
}

/** Every connection reads into this one: what arrived is lent, and no read asks for memory of its own. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

function readInto(take: (piece: Buffer) => void): OnReadOpts {
  return {
    buffer: readBuffer,
    callback(size) {
      take(readBuffer.subarray(0, size));
      return true;
    },
  };
}

/** Never below half of what the backend gave, or short times would leave nothing to reuse. */
function idleLimitMs({ keepAliveMs }: UpstreamConnection): number {
  return Math.min(idleMs, Math.max(keepAliveMs - marginMs, keepAliveMs / 2));
}
