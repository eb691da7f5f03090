import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import express, { type Express, type Request } from 'express';
import { OutriderError, problem, type Log, type Status } from '../../shared/index.ts';
import type { GatewayConfig } from '../config-schema.ts';
import type { PluginHost } from '../plugins/plugin-host.ts';
import type { Panels } from '../record/panels.ts';
import type { Recorder } from '../record/recorder.ts';
import { createAccess, type Access } from './access.ts';
import { endWithProblem, problemFor, problemHandler, sendJson } from './answer.ts';
import { commandRoutes, refuseMethod } from './command-routes.ts';
import { cors, checkOrigin, requireToken } from './guards.ts';
import { createLive, type LiveServer } from './live.ts';
import { createMcp } from './mcp.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { openApiDocument } from './openapi.ts';
import { probes } from './probes.ts';
import { answerOf, routes, type Route } from './routes.ts';
import { dashboards } from './dashboards.ts';

export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly host: PluginHost;
  readonly panels: Panels;
  readonly recorder: Pick<Recorder, 'read' | 'head' | 'log' | 'subscribe' | 'stats'>;
  readonly status: () => Status;
  readonly token: string;
  /** The built dashboards; left out when they were not built: the page then says so. */
  readonly webDir?: string;
  readonly log: Log;
  readonly now: () => Date;
  /** Calls back after a time; the result takes it back. Node's own timers when left out. */
  readonly after?: (ms: number, call: () => void) => () => void;
  readonly newId?: () => string;
  /** Whether this sidecar recorded an event, where several share one log. */
  readonly isOwnEvent?: (id: string) => boolean;
}

/** The second face: everything people, scripts and coding agents ask of the sidecar. No traffic goes through it. */
export interface Gateway {
  /** Resolves with `http://HOST:PORT`; rejects with `port_taken`. */
  listen(): Promise<string>;
  /** Tells every watcher, ends requests under way after `timeoutMs`. */
  close(timeoutMs?: number): Promise<void>;
}

/** What a request may take of the gateway's port; the data ports have limits of their own (`limits`). */
const limits = {
  bodyBytes: 1024 * 1024,
  headerBytes: 16 * 1024,
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 5_000,
  connections: 512,
};

export function createGateway(options: GatewayOptions): Gateway {
  const { config, token, log, now, after = afterMs, newId = randomUUID } = options;
  const nowMs = (): number => now().getTime();
  const access = createAccess({ config, token, nowMs, log });
  const metrics = createMetrics(options);
  const live = createLive({ ...options, access, nowMs, after });
  const commands = commandRoutes(options.host);
  const app = createApp(options, { access, metrics, commands, newId });
  const server = createHttpServer(app, { access, live, log, newId });

  return {
    listen: () => listen(server, config.listen),
    async close(timeoutMs = 5_000) {
      live.close();
      commands.close();
      metrics.close();
      await closeServer(server, after, timeoutMs);
    },
  };
}

interface Parts {
  readonly access: Access;
  readonly metrics: Metrics;
  readonly commands: ReturnType<typeof commandRoutes>;
  readonly newId: () => string;
}

/** The order is the policy: probes, who may ask, the public page, who holds the token, what there is. */
function createApp(options: GatewayOptions, { access, metrics, commands, newId }: Parts): Express {
  const { host, status, log } = options;
  const app = express().disable('x-powered-by').disable('etag').enable('case sensitive routing');
  app.use(probes(status));
  app.use(checkOrigin(access), cors(access));
  app.use(dashboards(options.webDir));
  app.use(requireToken(access));
  app.get('/metrics', async (_request, response) => {
    response.set('content-type', metrics.contentType).send(await metrics.text());
  });
  app.get('/api/openapi.json', (_request, response) => sendJson(response, 200, openApiDocument(options)));
  for (const route of routes) app.get(route.path, (request, response) => answer(route, request, response));
  for (const { path } of [...routes, { path: '/metrics' }, { path: '/api/openapi.json' }]) {
    app.all(path, (_request, response) => refuseMethod(response, ['GET', 'HEAD']));
  }
  app.use(express.json({ limit: limits.bodyBytes, strict: false, type: isJson }));
  app.use(createMcp({ host, log, version: () => status().version }));
  app.use(commands.router);
  app.use(() => {
    throw new OutriderError('not_found');
  });
  return app.use(problemHandler(log, newId));

  async function answer(route: Route, request: Request, response: express.Response): Promise<void> {
    // Safe: no route has a repeated parameter.
    const path = request.params as Record<string, string>;
    sendJson(response, 200, await answerOf(route, options, path, request.query));
  }
}

/** A body of another type is refused, also because a page of the web can send those without asking first. */
function isJson(request: IncomingMessage): boolean {
  if (request.headers['content-length'] === '0') return false;
  const type = request.headers['content-type'] ?? '';
  if (/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type)) return true;
  throw new OutriderError('body_not_json');
}

interface ServerParts {
  readonly access: Access;
  readonly live: LiveServer;
  readonly log: Log;
  readonly newId: () => string;
}

function createHttpServer(app: Express, { access, live, log, newId }: ServerParts): Server {
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      // A missing Host is refused by us, with a sentence.
      requireHostHeader: false,
    },
    app,
  );
  server.maxConnections = limits.connections;
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    try {
      access.checkOrigin(request);
      if (request.url?.split('?')[0] !== '/live') throw new OutriderError('not_found');
      live.accept(request, socket, head);
    } catch (error) {
      endWithProblem(socket, problemFor(error, log, newId));
    }
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
    endWithProblem(socket, problem(codeOf(error)));
  });
  return server;
}

function codeOf({
  code,
}: NodeJS.ErrnoException): 'header_too_large' | 'header_timeout' | 'request_malformed' {
  if (code === 'HPE_HEADER_OVERFLOW') return 'header_too_large';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'header_timeout' : 'request_malformed';
}

function listen(server: Server, address: string): Promise<string> {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? [];
  const bare = host.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(cause.code === 'EADDRINUSE' ? new OutriderError('port_taken', address, { cause }) : cause);
    });
    server.listen({ port: Number(port), ...(bare && { host: bare }) }, () => {
      // Safe: a server that listens on a port has an address with one.
      const { port: taken } = server.address() as AddressInfo;
      resolve(`http://${host || '127.0.0.1'}:${taken}`);
    });
  });
}

function closeServer(
  server: Server,
  after: NonNullable<GatewayOptions['after']>,
  timeoutMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    const cancel = after(timeoutMs, () => server.closeAllConnections());
    server.close(() => {
      cancel();
      resolve();
    });
    server.closeIdleConnections();
  });
}

function afterMs(ms: number, call: () => void): () => void {
  const timer = setTimeout(call, ms);
  timer.unref();
  return () => clearTimeout(timer);
}
