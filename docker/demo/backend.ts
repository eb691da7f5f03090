import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { acceptSockets } from './progress-socket.ts';
import { routes, type Call } from './routes.ts';
import { traced } from './traced.ts';

export interface Backend {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** A small agent-builder as teams write them: it knows nothing of Outrider, and some of it is faulty on purpose. */
export async function startBackend(options: {
  readonly databaseUrl: string;
  readonly port?: number;
  readonly host?: string;
}): Promise<Backend> {
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    max: 8,
    connectionTimeoutMillis: 10_000,
  });
  pool.on('error', (error) => console.error(`backend: a database connection broke: ${error.message}`));
  const server = createServer((request, response) => void answer(pool, request, response));
  const sockets = acceptSockets(server);
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  // Safe: a server that listens on TCP has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return { url: `http://${host}:${port}`, port, stop: () => stop(server, sockets.close, pool) };
}

async function answer(pool: pg.Pool, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://backend');
  for (const { method, pattern, handle } of routes) {
    const match = method === request.method ? pattern.exec(url.pathname) : null;
    if (!match) continue;
    const call: Call = {
      sql: traced(pool, request),
      parameters: match.slice(1),
      query: url.searchParams,
      request,
      response,
    };
    return handle(call).catch((error: unknown) => failed(response, error));
  }
  send(response, 404, { detail: 'Not Found' });
}

/** Like many a backend in debug mode, it tells the client too much. */
function failed(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy();
  send(response, error instanceof SyntaxError ? 422 : 500, {
    detail: error instanceof Error ? error.message : 'failed',
  });
}

export function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

async function stop(server: Server, closeSockets: () => void, pool: pg.Pool): Promise<void> {
  closeSockets();
  // Connections that break from now on were to be closed anyway.
  pool.removeAllListeners('error').on('error', () => undefined);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await pool.end();
}
