import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { OutriderError, type Log } from '../../shared/index.ts';
import type { HttpConfig, Limits } from '../config-schema.ts';
import { Lane, type LaneOwner } from './lane.ts';
import type { Machine } from './machine.ts';
import { NodeLane } from './node-lane.ts';
import type { Pipeline } from './pipeline.ts';
import { bareProblem } from './problem-reply.ts';
import { redactorOf } from './redacted-headers.ts';
import { routerOf } from './route.ts';
import { UpgradeTunnels } from './upgrade.ts';
import { UpstreamPool, type UpstreamAddress } from './upstream-pool.ts';

/** The HTTP data path of a sidecar. */
export interface HttpProxy {
  /** Listens and tells where. Rejects with `port_taken`. */
  listen(): Promise<AddressInfo>;
  /** Stops accepting, lets what is on its way finish for so long, then cuts the rest. */
  close(drainSeconds: number): Promise<void>;
  readonly stats: HttpStats;
}

export interface HttpStats {
  /** Of clients, upgraded ones included. */
  readonly connections: number;
  readonly inFlight: number;
  readonly upgrades: number;
  /** To the backend. */
  readonly backendConnections: { readonly open: number; readonly idle: number; readonly waiting: number };
  /** Since the start. */
  readonly requests: number;
  readonly handedOver: number;
  readonly malformed: number;
}

export interface HttpProxyOptions {
  readonly config: HttpConfig;
  readonly limits: Limits;
  readonly pipeline: Pipeline;
  readonly log: Log;
  /** A fresh id for an exchange whose request brings none. */
  readonly newId: () => string;
  /** Milliseconds that never go back. */
  readonly monotonicMs?: () => number;
}

/** Deadlines are looked at this often: exact enough for limits in seconds, and no timer for each request. */
const sweepMs = 250;

/** Puts the data path together: two lanes for clients, one pool of connections to the backend. */
export function createHttpProxy(options: HttpProxyOptions): HttpProxy {
  const machine = machineOf(options);
  const lanes = new Set<Lane>();
  const upgrades = new UpgradeTunnels(machine, upstreamOf(options.config));
  const nodeLane = new NodeLane(machine, (...upgrade) => upgrades.take(...upgrade));
  const owner: LaneOwner = {
    handOver(lane, socket, bytes) {
      lanes.delete(lane);
      machine.counts.handedOver += 1;
      nodeLane.take(socket, bytes);
    },
    onClosed: (lane) => void lanes.delete(lane),
  };
  const connections = (): number => lanes.size + nodeLane.size;
  const server = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
    if (connections() >= machine.limits.connections) return turnAway(socket);
    lanes.add(new Lane(machine, socket, owner));
  });
  const sweeper = setInterval(() => {
    machine.sweptMs = machine.monotonicMs();
    machine.pool.sweep(machine.sweptMs);
    nodeLane.sweep(machine.sweptMs);
    upgrades.sweep(machine.sweptMs);
    for (const lane of lanes) lane.sweep(machine.sweptMs);
  }, sweepMs);
  sweeper.unref();

  return {
    listen: () => listen(server, options.config.listen),
    async close(drainSeconds) {
      machine.isDraining = true;
      const closed = new Promise((resolve) => server.close(resolve));
      for (const lane of lanes) lane.drain();
      nodeLane.drain();
      await emptied(() => connections() === 0, drainSeconds * 1000);
      for (const lane of lanes) lane.destroy();
      nodeLane.destroy();
      await closed;
      clearInterval(sweeper);
      machine.pool.close();
    },
    get stats() {
      return {
        connections: connections(),
        inFlight: machine.inFlight,
        upgrades: upgrades.size,
        backendConnections: machine.pool.stats,
        ...machine.counts,
      };
    },
  };
}

function machineOf({ config, limits, pipeline, log, newId, monotonicMs }: HttpProxyOptions): Machine {
  const clock = monotonicMs ?? (() => performance.now());
  const upstream = upstreamOf(config);
  const prefix = upstream.pathname.replace(/\/+$/, '');
  return {
    pipeline,
    limits,
    log,
    monotonicMs: clock,
    pool: new UpstreamPool(addressOf(upstream), limits.backendConnections, clock),
    rules: {
      trustedHops: config.trustedHops,
      host: config.host === 'rewrite' ? upstream.host : null,
      prefix,
    },
    settings: {
      trustedHops: config.trustedHops,
      redacted: redactorOf(config.credentialHeaders),
      router: routerOf(config.routes),
      newId,
    },
    sweptMs: clock(),
    isDraining: false,
    inFlight: 0,
    counts: { requests: 0, handedOver: 0, malformed: 0 },
  };
}

function upstreamOf(config: HttpConfig): URL {
  if (config.upstream === undefined) throw new OutriderError('config_invalid', 'http.upstream is missing.');
  return new URL(config.upstream);
}

function addressOf({ protocol, hostname, port }: URL): UpstreamAddress {
  const isTls = protocol === 'https:';
  const host = hostname.replace(/^\[|\]$/g, '');
  return { host, isTls, port: port === '' ? (isTls ? 443 : 80) : Number(port) };
}

function turnAway(socket: Socket): void {
  socket.on('error', () => socket.destroy());
  socket.end(bareProblem('overloaded'), 'latin1');
  // It was accepted paused; its end is heard only when it is read.
  socket.resume();
}

function listen(server: Server, address: string): Promise<AddressInfo> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  const port = Number(address.slice(colon + 1));
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new OutriderError('port_taken', address, { cause: error })));
    server.listen({ port, ...(host !== '' && { host }) }, () => {
      const bound = server.address();
      if (bound !== null && typeof bound === 'object') resolve(bound);
    });
  });
}

/** Resolves when it holds or the time is up. */
function emptied(holds: () => boolean, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    let waitedMs = 0;
    const timer = setInterval(() => {
      waitedMs += 20;
      if (!holds() && waitedMs < withinMs) return;
      clearInterval(timer);
      resolve();
    }, 20);
  });
}
