import { randomUUID } from 'node:crypto';
import {
  definePlugin,
  OutriderError,
  type Capabilities,
  type Hooks,
  type Host,
  type Log,
  type Mode,
  type Plugin,
  type Recorded,
} from '../../shared/index.ts';
import { z } from 'zod';
import { fakeExchange, type FakeRequest } from '../../shared/testing/exchange.ts';
import { memoryLog } from '../../shared/testing/memory-log.ts';
import { memoryShared, memoryStore } from '../../shared/testing/memory-store.ts';
import type { ExchangeRecord, Outcome } from '../http/pipeline.ts';
import type { Recorder } from '../record/recorder.ts';
import type { FinishedStatement } from '../sql/statements.ts';
import type { Clock } from './clock.ts';
import { createPluginHost, type PluginHostOptions, type RunningPluginHost } from './host.ts';
import type { LoadedPlugin } from './instance.ts';

/** For tests: a clock that only moves when told to. */
export class ManualClock implements Clock {
  #nowMs = Date.parse('2026-01-01T00:00:00.000Z');
  #due: { readonly atMs: number; readonly call: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, call: () => void): () => void {
    const due = { atMs: this.#nowMs + delayMs, call };
    this.#due.push(due);
    return () => {
      this.#due = this.#due.filter((each) => each !== due);
    };
  }

  /** Moves on, running what becomes due on the way, and lets what follows from it settle. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settled();
    for (let next = this.#next(untilMs); next; next = this.#next(untilMs)) {
      this.#nowMs = next.atMs;
      const due = next;
      this.#due = this.#due.filter((each) => each !== due);
      due.call();
      await settled();
    }
    this.#nowMs = untilMs;
    await settled();
  }

  #next(untilMs: number) {
    return this.#due.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
  }
}

/** A few turns of the event loop: enough for promises and `setImmediate` of what was just begun. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

export interface FakeRecorder extends Recorder {
  readonly events: readonly Recorded[];
  of<Data = Record<string, unknown>>(type: string): readonly Data[];
  /** While true, `flushed` rejects. */
  isAway: boolean;
  readonly calls: string[];
}

/** A recorder in memory: what is recorded is delivered at once. */
export function fakeRecorder(clock: Clock): FakeRecorder {
  const log = memoryLog(() => new Date(clock.nowMs()));
  const subscribers = new Set<(events: readonly Recorded[]) => void>();
  const calls: string[] = [];
  const recorder: FakeRecorder = {
    events: log.events,
    calls,
    isAway: false,
    of<Data>(type: string) {
      return log.events.filter((each) => each.type === type).map(({ data }) => data as Data);
    },
    record(kind, data, about = {}) {
      calls.push(`record ${kind.name}`);
      const recorded = log.put({
        type: kind.name,
        data,
        about: about.stream ? { stream: about.stream } : {},
        traceId: about.traceId ?? null,
      });
      const event = { ...recorded, exchangeId: about.exchangeId ?? null };
      for (const call of subscribers) call([event]);
    },
    async flushed() {
      calls.push('flushed');
      if (recorder.isAway) throw new OutriderError('store_unavailable');
    },
    async kept() {
      calls.push('kept');
    },
    log: log.service,
    read: (query) => log.service.read(query),
    get head() {
      return log.events.length;
    },
    subscribe(_after, call) {
      subscribers.add(call);
      return () => void subscribers.delete(call);
    },
    stats: { queued: 0, spooled: 0, sampledAway: 0, dropped: 0, lost: 0, appended: 0, isStoreAway: false },
    close: async () => undefined,
  };
  return recorder;
}

/** An exchange that came from no socket, with what only the host may write. */
export function exchangeRecord(request: FakeRequest = {}, id: string = randomUUID()): ExchangeRecord {
  const exchange = fakeExchange(request, id);
  return Object.assign(exchange, {
    startedMs: 0,
    servedBy: 'backend',
    rawHeaders: exchange.credentials,
    meets: exchange.matches,
  });
}

export const outcome = (fields: Partial<Outcome> = {}): Outcome => ({
  status: 200,
  durationMs: 4,
  firstByteMs: 3,
  requestBytes: 0,
  replyBytes: 10,
  isStreaming: false,
  isUpgrade: false,
  chunkCount: 0,
  longestGapMs: 0,
  error: null,
  ...fields,
});

export const finishedStatement = (fields: Partial<FinishedStatement> = {}): FinishedStatement => ({
  exchangeId: null,
  traceId: null,
  attribution: 'none',
  fingerprint: 'select $1',
  text: 'select 1',
  parameters: [],
  command: 'SELECT',
  reads: [],
  writes: [],
  rows: 1,
  durationMs: 0.5,
  startedAtMs: 0,
  connection: 1,
  database: 'app',
  user: 'app',
  transaction: 'I',
  isPartial: false,
  result: null,
  error: null,
  tags: null,
  where: null,
  ...fields,
});

/** A plugin whose hooks are given. */
export function plugin(
  name: string,
  setup: (host: Host) => Hooks | Promise<Hooks>,
  more: Partial<Plugin> & { readonly uses?: Capabilities } = {},
): Plugin {
  return definePlugin({ name, summary: `${name}.`, config: z.object({}), uses: {}, setup, ...more });
}

export const loaded = (item: Plugin, mode: Mode = 'enforce', options: unknown = {}): LoadedPlugin => ({
  plugin: item,
  options,
  mode,
  origin: 'built-in',
  codeVersion: '1',
});

export interface FakeHost {
  readonly host: RunningPluginHost;
  readonly clock: ManualClock;
  readonly recorder: FakeRecorder;
  readonly logged: readonly { readonly plugin: string; readonly message: string; readonly fields: object }[];
  /** What the next reload of a plugin loads. */
  readonly again: Map<string, LoadedPlugin>;
}

/** A whole plugin host over fakes. */
export async function fakeHost(
  plugins: readonly LoadedPlugin[],
  more: Partial<PluginHostOptions> & { readonly recorder?: FakeRecorder; readonly clock?: ManualClock } = {},
): Promise<FakeHost> {
  const clock = more.clock ?? new ManualClock();
  const recorder = more.recorder ?? fakeRecorder(clock);
  const again = new Map<string, LoadedPlugin>();
  const logged: { plugin: string; message: string; fields: object }[] = [];
  const now = () => new Date(clock.nowMs());
  const host = await createPluginHost({
    loaded: plugins,
    async loadAgain(name) {
      const found = again.get(name) ?? plugins.find((each) => each.plugin.name === name);
      if (!found) throw new OutriderError('plugin_unknown', name);
      return found;
    },
    store: { privateStore: () => memoryStore(now) },
    shared: memoryShared(now),
    database: {
      isAvailable: false,
      explain: () => Promise.reject(new OutriderError('database_unavailable')),
      canTryIndexes: () => Promise.resolve(false),
      query: () => Promise.reject(new OutriderError('database_unavailable')),
    },
    backend: { send: () => Promise.reject(new OutriderError('backend_unreachable')) },
    secretParameters: ['token', 'api_key'],
    log: (name): Log => {
      const add = (message: string, fields: object = {}) =>
        void logged.push({ plugin: name, message, fields });
      return { info: add, warn: add };
    },
    ...more,
    clock,
    recorder,
  });
  return { host, clock, recorder, logged, again };
}
