import apiKeys from '../plugins/api-keys/index.ts';
import type { Exchange, Guard, Headers } from '../shared/index.ts';
import { fakeExchange, testHost, type TestHost } from '../shared/testing.ts';
import { attempts } from './keys/attempts.ts';
import { revocations } from './keys/revocation.ts';
import { throughProxy } from './keys/through-proxy.ts';
import { interleaved, measure, median, type Bench } from './measure.ts';

/**
 * What keys, scopes and limits add to one request: the guard of `api-keys` in this process, and the whole sidecar with
 * and without it; and what guessing keys takes and tells.
 */
const storeSizes = [1, 1_000, 100_000] as const;
const rounds = 9;
const callsPerRound = 50_000;
const callers = 64;

const bench: Bench = async ({ progress }) => {
  const contenders: Record<string, () => Promise<number>> = {};
  for (const size of storeSizes) {
    progress(`making ${size} keys …`);
    const run = await contender(size);
    run();
    contenders[String(size)] = async () => run();
  }
  const figures = await interleaved(rounds, contenders);
  const microseconds = (size: number): number => median(figures.get(String(size)) ?? []);
  const one = microseconds(1);
  return [
    ...storeSizes.map((size) =>
      measure({
        name: `guard with scopes and a rate limit, ${size} keys in the store`,
        value: microseconds(size),
        unit: 'µs/request',
        peer: 'with 1 key',
        peerValue: one,
        goal: { valueAtMost: 3 },
      }),
    ),
    measure({
      name: '100,000 keys against 1',
      value: microseconds(100_000),
      unit: 'µs/request',
      peer: 'with 1 key',
      peerValue: one,
      goal: { ratioAtMost: 1.5 },
    }),
    ...(await attempts()),
    ...(await revocations(progress)),
    ...(await throughProxy(progress)),
  ];
};
export default bench;

/** One round: many requests of a few callers out of all keys; answers microseconds for each. */
async function contender(size: number): Promise<() => number> {
  const host = await testHost(apiKeys);
  const keys = await createKeys(host, size);
  const guard = host.hooks.guard;
  if (!guard) throw new Error('api-keys has no guard.');
  const exchanges = keys.map((key, index) => exchangeWith(key, index));
  return () => microsecondsOf(guard, exchanges);
}

async function createKeys(host: TestHost, size: number): Promise<readonly string[]> {
  const keys: string[] = [];
  const spread = Math.max(1, Math.floor(size / callers));
  for (let index = 0; index < size; index += 1) {
    const made = await host.run('create', {
      label: `key ${index}`,
      scopes: ['GET /api/agents/:id', 'POST /api/agents', 'GET /api/workflows/*'],
      rateLimit: { requests: 1_000_000, seconds: 1 },
    });
    // Safe in a bench: the plugin's own answer to `create`.
    if (index % spread === 0) keys.push((made as { key: string }).key);
  }
  return keys;
}

function exchangeWith(key: string, index: number): Exchange {
  const fields = new Map([
    ['x-api-key', key],
    ['accept', 'application/json'],
    ['host', 'api.example.com'],
  ]);
  const headers: Headers = {
    get: (name) => fields.get(name),
    all: (name) => [fields.get(name) ?? []].flat(),
    some: (test) => [...fields].some(([name, value]) => test(name, value)),
    derived: (work) => work(headers),
    [Symbol.iterator]: () => fields[Symbol.iterator](),
  };
  const exchange = fakeExchange(
    { target: `/api/agents/${index}`, route: '/api/agents/:id' },
    `exchange-${index}`,
  );
  return Object.assign(exchange, { credentials: headers });
}

function microsecondsOf(guard: Guard, exchanges: readonly Exchange[]): number {
  const startedAt = process.hrtime.bigint();
  let refused = 0;
  for (let call = 0; call < callsPerRound; call += 1) {
    const exchange = exchanges[call % exchanges.length];
    const verdict = exchange && guard.check(exchange);
    if (!verdict || verdict instanceof Promise || !verdict.allow) refused += 1;
  }
  if (refused > 0) throw new Error(`${refused} of ${callsPerRound} requests were not admitted at once.`);
  return Number(process.hrtime.bigint() - startedAt) / 1000 / callsPerRound;
}
