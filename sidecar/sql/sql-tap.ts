import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { OutriderError, errorTable, type Log } from '../../shared/index.ts';
import type { SqlConfig } from '../config-schema.ts';
import { systemClock } from '../plugins/clock.ts';
import { createCompletions } from './completions.ts';
import { Connection } from './connection.ts';
import { greet, refuse, type SessionPacket } from './greeting.ts';
import { errorResponse } from './messages.ts';
import { createRedactor } from './redact.ts';
import { MeterAllowance } from './result-meter.ts';
import { loadParser } from './shape.ts';
import { shapeThread } from './shape-thread.ts';
import { createShapes } from './shapes.ts';
import { isReplication } from './startup.ts';
import type { InFlight, StatementPipeline } from './statements.ts';
import { createTlsDoor, type TlsDoor } from './tls-door.ts';
import { addressOf, connectUpstream, socketOptions, type Upstream } from './upstream.ts';
import { calmed } from './calm-log.ts';

export interface SqlTapOptions {
  readonly config: SqlConfig;
  readonly statements: StatementPipeline;
  readonly inFlight: InFlight;
  readonly log: Log;
  /** Milliseconds since 1970 with a fraction, never going back: `performance.timeOrigin + performance.now()`. */
  readonly nowMs: () => number;
}

export interface SqlTap {
  /** Resolves with the address it listens on; rejects with `port_taken`. */
  listen(): Promise<{ readonly host: string; readonly port: number }>;
  /** Stops accepting, ends each connection once it is idle, and the rest when the time is over. */
  close(drainSeconds: number): Promise<void>;
  readonly stats: SqlTapStats;
}

export interface SqlTapStats {
  /** Open now. */
  readonly connections: number;
  /** Of these, those whose bytes are passed without being understood. */
  readonly opaqueConnections: number;
  /** Executions told since the start. */
  readonly statements: number;
  /** Of these, those told without what parsing them would have said, because that did not come in time. */
  readonly unparsed: number;
  /** False while the thread that parses new shapes is started again. */
  readonly isParsing: boolean;
  /** How often that was. */
  readonly parserRestarts: number;
}

/** The tap between the backend and PostgreSQL: relays every byte and tells of each statement. */
export function createSqlTap(options: SqlTapOptions): SqlTap {
  return new Tap(options);
}

/** Connections that may be greeted, refused or cancelling besides those with a session. */
const connectionsBesides = 100;
const drainPollMs = 50;
const parserBeginsMs = 10_000;

/** Linux's own choice for outgoing connections: a listener there finds its port taken now and then. */
const ephemeralPorts = { from: 32_768, to: 60_999 };

class Tap implements SqlTap {
  readonly #options: SqlTapOptions;
  readonly #server: Server;
  readonly #tls: TlsDoor | null;
  readonly #parser;
  readonly #shapes;
  readonly #allowance = new MeterAllowance();
  readonly #completions;
  readonly #sockets = new Set<Socket>();
  readonly #connections = new Map<Socket, Connection>();
  /** Connections with a session or about to have one. */
  #sessions = 0;
  #connectionNumber = 0;
  #isDraining = false;

  constructor(options: SqlTapOptions) {
    this.#options = { ...options, log: calmed(options.log, options.nowMs) };
    const { config, statements } = options;
    const redactor = createRedactor(config.redactStatements);
    this.#parser = shapeThread({
      broke: (why) =>
        this.#options.log.warn('The thread that parses statements broke and is started again.', { why }),
    });
    this.#shapes = createShapes({
      analyst: this.#parser,
      nowMs: options.nowMs,
      answered: () => this.#completions.answered(),
    });
    this.#completions = createCompletions({
      statements,
      shapes: this.#shapes,
      redactor,
      clock: systemClock,
      failed: (error) => this.#options.log.warn('A statement could not be told of.', { why: String(error) }),
    });
    this.#tls = createTlsDoor(config, this.#options.log, (socket) => this.#greet(socket, true));
    this.#server = createServer(socketOptions, (socket) => this.#accept(socket));
    this.#server.maxConnections = config.connections + connectionsBesides;
  }

  get stats(): SqlTapStats {
    const all = [...this.#connections.values()];
    return {
      connections: all.length,
      opaqueConnections: all.filter(({ isOpaque }) => isOpaque).length,
      statements: this.#completions.count(),
      unparsed: this.#completions.unparsed(),
      isParsing: this.#parser.isReady,
      parserRestarts: this.#parser.restarts,
    };
  }

  async listen(): Promise<{ readonly host: string; readonly port: number }> {
    await this.#prepareParsers();
    const { host, port } = addressOf(this.#options.config.listen);
    if (port >= ephemeralPorts.from && port <= ephemeralPorts.to)
      this.#options.log.warn(
        'The port of the SQL tap is one that the system gives to outgoing connections.',
        {
          port,
        },
      );
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) =>
        reject(new OutriderError('port_taken', `${host}:${port}`, { cause })),
      );
      this.#server.listen({ host, port }, resolve);
    });
    // Safe: a server that listens on a host and port has an address of this kind.
    const address = this.#server.address() as AddressInfo;
    return { host: address.address, port: address.port };
  }

  async close(drainSeconds: number): Promise<void> {
    this.#isDraining = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const untilMs = this.#options.nowMs() + drainSeconds * 1000;
    while (this.#sockets.size > 0 && this.#options.nowMs() < untilMs) {
      this.#endIdle();
      await new Promise((resolve) => setTimeout(resolve, drainPollMs));
    }
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    this.#completions.flush();
    await this.#parser.close();
  }

  /** The one here answers guards, who cannot wait, and tells what is left at the end. */
  async #prepareParsers(): Promise<void> {
    const [hasBegun] = await Promise.all([this.#parser.begun(parserBeginsMs), loadParser()]);
    if (!hasBegun) this.#options.log.warn('The thread that parses statements has not begun yet.', {});
  }

  /** Tells idle clients what PostgreSQL tells them when it stops: admin_shutdown. */
  #endIdle(): void {
    for (const [socket, { session, isOpaque }] of this.#connections)
      if (session.isIdle && !isOpaque && !socket.writableEnded)
        socket.end(
          errorResponse({ severity: 'FATAL', sqlstate: '57P01', message: errorTable.draining.title }),
          () => socket.destroySoon(),
        );
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
    this.#greet(socket, false);
  }

  #greet(socket: Socket, isSecure: boolean): void {
    const { log, config } = this.#options;
    greet(socket, {
      isSecure,
      secure: this.#tls,
      timeoutMs: config.connectSeconds * 1000,
      began: (client, packet, first, rest) => this.#begin(client, packet, first, rest),
      cancel: (client, packet) => this.#cancel(client, packet),
      ended: (why) => log.warn('A client of the SQL tap was turned away.', { why }),
      leftWithoutTls: () =>
        log.warn(
          'A client asked the SQL tap for TLS, was told no, and left; it seems to require TLS (sslmode=require). ' +
            'Set sql.tls to terminate with a certificate, or sslmode=disable for connections to the tap.',
          { address: socket.remoteAddress },
        ),
    });
  }

  #begin(client: Socket, packet: SessionPacket, first: Buffer, rest: Buffer): void {
    const { config } = this.#options;
    if (this.#isDraining) return refuse(client, '57P03', errorTable.draining.title);
    if (this.#sessions >= config.connections)
      return refuse(
        client,
        '53300',
        `Outrider's SQL tap has its limit of ${config.connections} connections.`,
        'Use fewer connections, or raise sql.connections.',
      );
    this.#sessions++;
    client.once('close', () => this.#sessions--);
    this.#connectUpstream(
      (upstream) => this.#tie(client, upstream, packet, first, rest),
      (why) => this.#unreachable(client, why),
      client,
    );
  }

  #unreachable(client: Socket, why: string): void {
    const { title, todo } = errorTable.tap_upstream_unreachable;
    this.#options.log.warn(title, { upstream: this.#options.config.upstream, why });
    refuse(client, '08006', `${title} (${why})`, todo);
  }

  #connectUpstream(
    connected: (upstream: Upstream) => void,
    failed: (why: string) => void,
    client: Socket,
  ): void {
    const opened = connectUpstream(addressOf(this.#options.config.upstream ?? ''));
    const upstream = opened.socket;
    const late = setTimeout(() => upstream.destroy(new Error('no answer in time')), this.#connectMs);
    const onError = (error: Error): void => failed(error.message);
    const onClientGone = (): void => void upstream.destroy();
    client.once('close', onClientGone);
    upstream.once('error', onError);
    upstream.once('close', () => clearTimeout(late));
    upstream.once('connect', () => {
      clearTimeout(late);
      upstream.off('error', onError);
      client.off('close', onClientGone);
      connected(opened);
    });
  }

  get #connectMs(): number {
    return this.#options.config.connectSeconds * 1000;
  }

  #tie(client: Socket, upstream: Upstream, packet: SessionPacket, first: Buffer, rest: Buffer): void {
    const { config, statements, inFlight, log, nowMs } = this.#options;
    const user = packet.parameters.get('user') ?? '';
    const facts = {
      connection: ++this.#connectionNumber,
      user,
      database: packet.parameters.get('database') ?? user,
    };
    upstream.socket.write(first);
    const connection = new Connection({
      client,
      upstream,
      facts,
      isDecoded: packet.protocol.major === 3 && !isReplication(packet.parameters),
      decodeBytes: config.decodeBytes,
      statements,
      inFlight,
      shapes: this.#shapes,
      allowance: this.#allowance,
      ended: (execution) => this.#completions.push(execution),
      wentOpaque: (why) =>
        log.warn('A connection of the SQL tap is not understood any more; its bytes are passed on.', {
          ...facts,
          why,
        }),
      nowMs,
    });
    this.#connections.set(client, connection);
    client.once('close', () => this.#connections.delete(client));
    connection.begin(rest);
  }

  /** On a connection of its own, as the client's; PostgreSQL answers by closing it. */
  #cancel(client: Socket, packet: Buffer): void {
    this.#connectUpstream(
      ({ socket: upstream }) => {
        upstream.on('error', () => undefined).resume();
        upstream.once('close', () => client.destroySoon());
        client.once('close', () => upstream.destroySoon());
        upstream.setTimeout(this.#connectMs, () => upstream.destroy());
        upstream.on('end', () => upstream.end());
        client.on('end', () => client.end());
        client.resume();
        upstream.write(packet);
      },
      (why) => {
        this.#options.log.warn('A cancel request did not reach PostgreSQL.', { why });
        client.destroy();
      },
      client,
    );
  }
}
