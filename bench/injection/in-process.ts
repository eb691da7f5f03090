import { createServer, type Server } from 'node:http';
import { judge } from '../../plugins/injection-filter/judge.ts';
import injectionFilter from '../../plugins/injection-filter/index.ts';
import { fakeExchange, testHost, type FakeExchange } from '../../shared/testing.ts';
import type { Guard } from '../../shared/index.ts';

/** The filter's guard with its default options, in this process. */
export async function filterGuard(options: unknown = {}): Promise<Guard> {
  const { hooks } = await testHost(injectionFilter, { options });
  if (!hooks.guard) throw new Error('The injection filter has no guard.');
  return hooks.guard;
}

export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

/** A tiny HTTP server that asks the guard about each request and answers 200 or its status. */
export async function guardedServer(guard: Guard): Promise<Listening> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const exchange = fakeExchange({
        method: request.method ?? 'GET',
        target: request.url ?? '/',
        headers: headersOf(request.headers),
        ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
      }).withBodyUpTo(guard.body?.maxBytes ?? 0);
      void Promise.resolve(guard.check(exchange)).then((verdict) => {
        response.writeHead(verdict.allow ? 200 : verdict.status).end();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${portOf(server)}`, close: () => closed(server) };
}

function headersOf(headers: NodeJS.Dict<string | string[]>): Record<string, string | readonly string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

/** CPU time of one check in microseconds, after the compiler has seen it; the best of several rounds. */
export function costOf(guard: Guard, exchange: FakeExchange, checks: number): number {
  const seen = exchange.withBodyUpTo(guard.body?.maxBytes ?? 0);
  const round = (): number => {
    const before = process.cpuUsage();
    for (let count = 0; count < checks; count += 1) void guard.check(seen);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / checks;
  };
  round();
  return Math.min(...Array.from({ length: 7 }, round));
}

/** The slowest of some texts, each judged several times: the least of its runs, in milliseconds of CPU. */
export function slowestMs(texts: readonly string[]): number {
  const least = (text: string): number =>
    Math.min(
      ...Array.from({ length: 5 }, () => {
        const before = process.cpuUsage();
        judge(text);
        const { user, system } = process.cpuUsage(before);
        return (user + system) / 1000;
      }),
    );
  return Math.max(...texts.map(least));
}
