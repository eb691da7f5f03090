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

/** Rounds over all texts: the compiler has seen each kind of work by the second, and settles by the last. */
const textRounds = 6;
const runsInRound = 3;

/** The slowest of some texts, each judged several times, in turn with the others: the least of its runs, in milliseconds of CPU. */
export function slowestMs(texts: readonly string[]): number {
  const least = texts.map(() => Infinity);
  for (let round = 0; round < textRounds; round += 1)
    for (const [index, text] of texts.entries())
      for (let run = 0; run < runsInRound; run += 1)
        least[index] = Math.min(
          least[index] ?? Infinity,
          msOf(() => judge(text)),
        );
  return Math.max(...least);
}

function msOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
