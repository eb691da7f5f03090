import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';
import apiKeys from '../../plugins/api-keys/index.ts';
import { keyIndex } from '../../plugins/api-keys/key-index.ts';
import type { PublicKey } from '../../plugins/api-keys/key-record.ts';
import { writeApiKey, type Guard, type Headers } from '../../shared/index.ts';
import { fakeExchange, testHost } from '../../shared/testing.ts';
import { interleaved, measure, median, type Measure } from '../measure.ts';

const guesses = 1_000_000;
const mostGrowthMiB = 16;
const rounds = 61;
const wrongPerRound = 5_000;

/** What somebody who guesses learns (nothing from the time it takes) and costs (no memory). */
export async function attempts(): Promise<readonly Measure[]> {
  return [await memoryOfGuesses(), await timingByPrefix()];
}

/** Each guess is another key with a right checksum, from another address: the worst there is for every cache. */
async function memoryOfGuesses(): Promise<Measure> {
  const host = await testHost(apiKeys);
  await host.run('create', { label: 'bench' });
  const { guard } = host.hooks;
  if (!guard) throw new Error('api-keys has no guard.');
  guess(guard, 0, 100_000);
  const before = heapMiB();
  guess(guard, 100_000, guesses);
  const growth = heapMiB() - before;
  await host.dispose();
  return measure({
    name: 'heap after 1,000,000 keys guessed from as many addresses, against 100,000',
    value: growth,
    unit: 'MiB more',
    goal: { valueAtMost: mostGrowthMiB },
  });
}

function guess(guard: Guard, from: number, to: number): void {
  for (let at = from; at < to; at += 1) {
    const verdict = guard.check(exchangeWith(randomKey(at), addressOf(at)));
    if (verdict instanceof Promise || verdict.allow) throw new Error('A guess was let through.');
  }
}

function exchangeWith(key: string, clientAddress: string) {
  const fields = new Map([['x-api-key', key]]);
  const headers: Headers = {
    get: (name) => fields.get(name),
    all: (name) => [fields.get(name) ?? []].flat(),
    some: (test) => [...fields].some(([name, value]) => test(name, value)),
    derived: (work) => work(headers),
    [Symbol.iterator]: () => fields[Symbol.iterator](),
  };
  return Object.assign(fakeExchange({ clientAddress }, 'exchange'), { credentials: headers });
}

function addressOf(at: number): string {
  return `10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`;
}

/** Keys that share all but their last characters with a real one take no longer to refuse than those that share none. */
async function timingByPrefix(): Promise<Measure> {
  const host = await testHost(apiKeys);
  const index = keyIndex('sc');
  const made = (await host.run('create', { label: 'bench' })) as { key: string; details: PublicKey };
  await host.dispose();
  // The key that is guessed has to be there, or nothing could be compared with it.
  index.put({ ...made.details, digest: createHash('sha256').update(made.key).digest('hex') });
  if (typeof index.find(made.key) === 'string') throw new Error('The key itself was not found.');
  const secret = made.key.split('_')[2]?.slice(0, 32) ?? '';
  let serial = 0;
  const wrong = (shared: number): readonly string[] =>
    Array.from({ length: wrongPerRound }, () => {
      serial += 1;
      const rest = secretOf(serial).slice(shared);
      return flat(writeApiKey({ prefix: 'sc', environment: 'live', secret: secret.slice(0, shared) + rest }));
    });
  const refuse = (shared: number) => async (): Promise<number> => {
    const keys = wrong(shared);
    const startedAt = process.hrtime.bigint();
    for (const key of keys)
      if (typeof index.find(key) !== 'string') throw new Error('A wrong key was found.');
    return Number(process.hrtime.bigint() - startedAt) / 1000 / keys.length;
  };
  await refuse(0)();
  const figures = await interleaved(rounds, { near: refuse(24), far: refuse(0) });
  return measure({
    name: 'refusing a key that shares 24 characters of its secret with a real one',
    value: median(figures.get('near') ?? []),
    unit: 'µs',
    peer: 'one that shares none',
    peerValue: median(figures.get('far') ?? []),
    goal: { ratioAtMost: 1.05 },
  });
}

/** A key comes from a socket as one piece, not as V8's tree of the parts it was put together from. */
function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

function randomKey(serial: number): string {
  return writeApiKey({ prefix: 'sc', environment: 'live', secret: secretOf(serial) });
}

/** 32 characters, another for each number; the last ones differ first. */
function secretOf(serial: number): string {
  return ((serial * 2654435761) % 2 ** 40)
    .toString(36)
    .padStart(32, `${serial.toString(36)}Zz`)
    .slice(-32);
}

function heapMiB(): number {
  setFlagsFromString('--expose-gc');
  // Safe: V8 adds `gc` to contexts made after the flag was set.
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
