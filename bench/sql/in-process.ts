import { HttpFinished, type EventKind, type Plugin, type Recorded } from '../../shared/index.ts';
import { memoryLog } from '../../shared/testing/memory-log.ts';
import { memoryShared, memoryStore } from '../../shared/testing/memory-store.ts';
import codeLines from '../../plugins/code-lines/index.ts';
import nPlusOne from '../../plugins/n-plus-one/index.ts';
import slowQueries from '../../plugins/slow-queries/index.ts';
import { createPluginHost, type RunningPluginHost } from '../../sidecar/plugins/host.ts';
import type { EventAbout, Recorder } from '../../sidecar/record/recorder.ts';
import type { FinishedStatement } from '../../sidecar/sql/statements.ts';
import { interleaved, measure, median, type Measure } from '../measure.ts';

const rounds = 15;
const statementsARound = 4_000;
const statementsAnExchange = 4;
const shapes = 40;

/**
 * What every plugin for SQL costs the thread that relays, for each statement: events through a real host, its queues and
 * reactions, in CPU time of this process and without sockets, so that a busy machine says less.
 */
export async function costInProcess(progress: (line: string) => void): Promise<readonly Measure[]> {
  const off = await bareHost([]);
  const sets: readonly (readonly [name: string, plugins: readonly Plugin[]])[] = [
    ['every SQL plugin', [slowQueries, nPlusOne, codeLines]],
    ['slow-queries', [slowQueries]],
    ['n-plus-one', [nPlusOne]],
    ['code-lines', [codeLines]],
  ];
  const hosts = await Promise.all(
    sets.map(async ([name, plugins]) => [name, await bareHost(plugins)] as const),
  );
  try {
    const runs = [['none', off] as const, ...hosts].map(
      ([name, host]) => [name, () => costOf(host)] as const,
    );
    for (const [, run] of runs) await run();
    const figures = await interleaved(rounds, Object.fromEntries(runs));
    const none = figures.get('none') ?? [];
    return sets.map(([name]) => {
      // Of one round: what the machine does hits both alike.
      const more = (figures.get(name) ?? []).map((each, round) => each - (none[round] ?? 0));
      progress(`${name}: ${more.map((each) => each.toFixed(2)).join(', ')} µs more a statement`);
      return measure({ name: `main thread: ${name}`, value: median(more), unit: 'µs/statement' });
    });
  } finally {
    await Promise.all([off, ...hosts.map(([, host]) => host)].map((host) => host.close()));
  }
}

/** Statements so far: ids of exchanges are never used again. */
const asked = new WeakMap<RunningPluginHost, number>();

/** Statements of a few shapes with values of their own, and the exchanges that asked them. */
async function costOf(host: RunningPluginHost): Promise<number> {
  const began = process.cpuUsage();
  const first = asked.get(host) ?? 0;
  asked.set(host, first + statementsARound);
  for (let n = first; n < first + statementsARound; n += 1) {
    host.statements.finished(statement(n));
    if (n % statementsAnExchange === statementsAnExchange - 1) recordExchange(host, n);
    // Fewer than the host reacts to in one turn, so that nothing piles up.
    if (n % 48 === 47) await new Promise((resolve) => setImmediate(resolve));
  }
  await new Promise((resolve) => setImmediate(resolve));
  const { user, system } = process.cpuUsage(began);
  return (user + system) / statementsARound;
}

/** As the tap hands over prepared statements: text, fingerprint and tables are the very same each time. */
const preparedOf = (shape: number) => ({
  fingerprint: `f${shape}`,
  text: `SELECT id, name, owner FROM agents_${shape} WHERE id = $1`,
  reads: ['agents'],
  writes: [],
});
const prepared = Array.from({ length: shapes }, (_, shape) => preparedOf(shape));

function statement(n: number): FinishedStatement {
  const shape = n % shapes;
  const { fingerprint, text, reads, writes } = prepared[shape] ?? preparedOf(shape);
  return {
    exchangeId: `x${Math.floor(n / statementsAnExchange)}`,
    traceId: null,
    attribution: 'exact',
    fingerprint,
    text,
    parameters: [String(n)],
    command: 'SELECT',
    reads,
    writes,
    rows: 1,
    result: null,
    durationMs: 0.4,
    startedAtMs: 1_790_000_000_000 + n,
    connection: n % 8,
    database: 'app',
    user: 'app',
    transaction: 'I',
    isPartial: false,
    error: null,
    tags: null,
    where: { file: 'src/agents.ts', line: shape },
  };
}

const recorders = new WeakMap<RunningPluginHost, Recorder>();

function recordExchange(host: RunningPluginHost, n: number): void {
  const exchangeId = `x${Math.floor(n / statementsAnExchange)}`;
  recorders.get(host)?.record(
    HttpFinished,
    {
      exchangeId,
      method: 'GET',
      route: '/agents',
      target: '/agents',
      status: 200,
      durationMs: 4,
      firstByteMs: 3,
      requestBytes: 0,
      replyBytes: 100,
      principal: null,
      clientAddress: '127.0.0.1',
      servedBy: 'backend',
      isStreaming: false,
      isUpgrade: false,
    },
    { exchangeId },
  );
}

async function bareHost(plugins: readonly Plugin[]): Promise<RunningPluginHost> {
  const recorder = deliveringRecorder();
  const unavailable = (): Promise<never> => Promise.reject(new Error('There is none here.'));
  const host = await createPluginHost({
    loaded: plugins.map((plugin) => ({
      plugin,
      options: {},
      mode: 'observe',
      origin: 'built-in',
      codeVersion: '1',
    })),
    loadAgain: unavailable,
    recorder,
    store: { privateStore: () => memoryStore(now) },
    shared: memoryShared(now),
    database: {
      isAvailable: false,
      explain: unavailable,
      canTryIndexes: async () => false,
      query: unavailable,
    },
    backend: { send: unavailable },
    secretParameters: [],
    log: () => ({ info: () => undefined, warn: () => undefined }),
  });
  recorders.set(host, recorder);
  return host;
}

/** Keeps nothing: what is recorded is delivered in batches, as the recorder does with what it samples away. */
function deliveringRecorder(): Recorder {
  const log = memoryLog(now);
  const subscribers = new Set<(events: readonly Recorded[]) => void>();
  let waiting: Recorded[] = [];
  const deliver = (): void => {
    const batch = waiting;
    waiting = [];
    for (const call of subscribers) call(batch);
  };
  return {
    record<Data>({ name }: EventKind<Data>, data: Data, about: EventAbout = {}) {
      if (waiting.length === 0) setImmediate(deliver);
      waiting.push({
        position: 0,
        id: 'id',
        type: name,
        at: '2026-01-01T00:00:00.000Z',
        stream: null,
        streamVersion: null,
        traceId: about.traceId ?? null,
        exchangeId: about.exchangeId ?? null,
        causedBy: null,
        data,
      });
    },
    flushed: () => Promise.resolve(),
    kept: () => Promise.resolve(),
    log: log.service,
    read: (query) => log.service.read(query),
    head: 0,
    subscribe(_after, call) {
      subscribers.add(call);
      return () => void subscribers.delete(call);
    },
    stats: { queued: 0, spooled: 0, sampledAway: 0, dropped: 0, lost: 0, appended: 0, isStoreAway: false },
    close: () => Promise.resolve(),
  };
}

const now = (): Date => new Date();
