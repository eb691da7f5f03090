import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import httpProxy from 'http-proxy';
import { ChurnMap } from '../../shared/index.ts';
import type { Machine } from './machine.ts';
import type { RequestHead } from './request-head.ts';
import { Tunnel } from './tunnel.ts';

/**
 * WebSockets and other upgrades: guards first, then through http-proxy. No other file touches that library;
 * its name is an alias of a maintained successor (see DECISIONS.md).
 */
export class UpgradeTunnels {
  private readonly machine: Machine;
  private readonly target: URL;
  private readonly proxy = httpProxy.createProxyServer({ ws: true });
  private readonly tunnels = new ChurnMap<IncomingMessage, Tunnel>();

  constructor(machine: Machine, target: URL) {
    this.machine = machine;
    this.target = target;
    this.proxy.on('proxyReqWs', (outgoing: ClientRequest, message: IncomingMessage) =>
      this.tunnels.get(message)?.watch(outgoing),
    );
    // Errors come with the callback of each tunnel; without a listener those of late sockets would end the process.
    this.proxy.on('error', (error: Error) => machine.log.warn('an upgrade failed', { error: error.message }));
  }

  get size(): number {
    return this.tunnels.size;
  }

  /** Takes a socket on which a client asked for another protocol; `ahead` are bytes it already sent in it. */
  take(request: RequestHead, message: IncomingMessage, socket: Socket, ahead: Buffer): void {
    const tunnel = new Tunnel(this.machine, request, socket, () => this.tunnels.delete(message));
    this.tunnels.set(message, tunnel);
    // Given back to the socket, so that whoever reads it sees everything.
    if (ahead.length > 0) socket.unshift(ahead);
    tunnel.run((headers, client) => this.open(tunnel, message, client, headers));
  }

  sweep(nowMs: number): void {
    for (const tunnel of this.tunnels.values()) tunnel.sweep(nowMs);
  }

  /** http-proxy takes GET and `websocket` only; what the client really asked for goes in the options. */
  private open(
    tunnel: Tunnel,
    message: IncomingMessage,
    client: Duplex,
    headers: Record<string, string | string[]>,
  ): void {
    const method = message.method ?? 'GET';
    message.headers = { upgrade: 'websocket' };
    message.method = 'GET';
    const options = { target: this.target, headers: headers as Record<string, string>, method };
    // Safe: of a socket http-proxy uses what every Duplex has and what a watched one adds.
    this.proxy.ws(message, client as Socket, Buffer.alloc(0), options, (error) => tunnel.onFailed(error));
  }
}
