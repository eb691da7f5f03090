import type { Capability } from './capability.ts';
import {
  ApplicationDatabase,
  BackendAccess,
  Credentials,
  Events,
  ExchangesInFlight,
  PrivateStore,
  Shared,
} from './capabilities.ts';
import type { Backend, Database } from './capabilities.ts';
import { jsonPaths } from './json-paths.ts';
import { OutriderError, issuesOf } from './errors.ts';
import { inputSentence } from './input-sentences.ts';
import { FakeClock } from './testing/clock.ts';
import { fakeExchange, type FakeExchange, type FakeRequest } from './testing/exchange.ts';
import { memoryLog } from './testing/memory-log.ts';
import { memoryShared, memoryStore } from './testing/memory-store.ts';
import type { About, Hooks, Host, Mode, Panel, Plugin } from './plugin.ts';
import type { EventKind, Recorded } from './events.ts';
import type { Principal, Reply } from './exchange.ts';
import { reply } from './exchange.ts';
import type { MessageVerdict, SqlVerdict, Verdict } from './guard.ts';
import { allowed } from './guard.ts';
import { AnyEvent, FindingRaised, FindingResolved, type Finding } from './recorded-kinds.ts';
import type { StatementAttempt } from './statement.ts';
import type { View } from './view.ts';

export interface TestHostOptions {
  readonly options?: unknown;
  readonly mode?: Mode;
  /** ISO 8601; the injected clock starts here. Default 2026-01-01T00:00:00.000Z. */
  readonly startsAt?: string;
  /** What the application database answers; unavailable when left out. */
  readonly database?: Partial<Database>;
  readonly backend?: Backend;
  /** Services of capabilities that other plugins provide, by capability id. */
  readonly services?: Readonly<Record<string, unknown>>;
}

export interface TestHost {
  /** Runs guard and around for one request, like the host would; `backendReply` is what the backend answers. */
  request(request: FakeRequest, backendReply?: Reply | (() => Promise<Reply>)): Promise<Answer>;
  /** Only the guard's verdict. */
  check(exchange: FakeExchange): Promise<Verdict>;
  statement(attempt: Partial<StatementAttempt> & { readonly text: string }): Promise<SqlVerdict>;
  /** Runs `beforeMessage` for a text message of a client, on a connection that `request` opened. */
  message(text: string, request?: FakeRequest): Promise<MessageVerdict>;
  /** Records a fact as the host would, runs the plugin's reactions and waits for them. */
  emit<Data>(kind: EventKind<Data>, data: Data, about?: About): Promise<Recorded<Data>>;
  /** Runs `plugin`'s command with input parsed by its schema. */
  run(command: string, input?: unknown, actor?: Principal): Promise<unknown>;
  /** The panel's view, live or as it was at a position. */
  view(panelId: string, position?: number): View;
  /** Moves the clock and runs what `every` made due. */
  advance(seconds: number): Promise<void>;
  /** Everything recorded so far: what was emitted and what the plugin recorded. */
  readonly events: readonly Recorded[];
  readonly findings: readonly Finding[];
  readonly logged: readonly {
    readonly level: 'info' | 'warn';
    readonly message: string;
    readonly fields?: object;
  }[];
  readonly hooks: Hooks;
  readonly clock: FakeClock;
  dispose(): Promise<void>;
}

export interface Answer {
  readonly verdict: Verdict;
  /** Null when the guard refused in enforce mode. */
  readonly reply: Reply | null;
  readonly exchange: FakeExchange;
}

const tester: Principal = { kind: 'user', id: 'tester', label: 'tester' };

/** Runs one plugin in memory, event by event, on an injected clock: no sockets, no files, no waiting. */
export async function testHost(plugin: Plugin, options: TestHostOptions = {}): Promise<TestHost> {
  const clock = new FakeClock(options.startsAt ?? '2026-01-01T00:00:00.000Z');
  const log = memoryLog(() => clock.now());
  const exchanges = new Set<FakeExchange>();
  const findings: Finding[] = [];
  const logged: { level: 'info' | 'warn'; message: string; fields?: object }[] = [];
  const stopped = new AbortController();
  const pending: Recorded[] = [];
  let ids = 0;

  const put = <Data>(kind: EventKind<Data>, data: Data, about: About = {}): Recorded<Data> => {
    // JSON there and back, as the store does, so a fold never sees what a log could not hold.
    const kept = kind.schema.parse(structuredCloneOfJson(kind.schema.parse(data)));
    const recorded = log.put({ type: kind.name, data: kept, about });
    pending.push(recorded);
    return recorded as Recorded<Data>;
  };

  const sharing = (id: string): readonly FakeExchange[] => [...exchanges].filter((each) => each.id === id);
  const services: Record<string, unknown> = {
    [Events.id]: log.service,
    [PrivateStore.id]: memoryStore(() => clock.now()),
    [Shared.id]: memoryShared(() => clock.now()),
    [ApplicationDatabase.id]: {
      ...noDatabase,
      ...(options.database && { isAvailable: true, ...options.database }),
    },
    [Credentials.id]: { headersOf: (exchange: FakeExchange) => exchange.credentials },
    [BackendAccess.id]: options.backend ?? { send: async () => reply(200, {}, '{}') },
    [ExchangesInFlight.id]: {
      inFlight: (id: string) => sharing(id).at(-1),
      sharing: (id: string) => sharing(id),
    },
    ...options.services,
  };

  const parsed = plugin.config.safeParse(options.options ?? {}, { error: inputSentence });
  if (!parsed.success)
    throw new OutriderError('config_invalid', plugin.name, { issues: issuesOf(parsed.error) });

  const declared = new Set((plugin.events ?? []).map(({ name }) => name));
  const host: Host = {
    ...usedServices(plugin, services),
    config: parsed.data,
    mode: options.mode ?? 'enforce',
    signal: stopped.signal,
    log: {
      info: (message, fields) => void logged.push({ level: 'info', message, ...(fields && { fields }) }),
      warn: (message, fields) => void logged.push({ level: 'warn', message, ...(fields && { fields }) }),
    },
    now: () => clock.now(),
    nowMs: () => clock.now().getTime(),
    newId: () => `test-${String((ids += 1)).padStart(21, '0')}`,
    every: (seconds, work) => clock.every(seconds, work, stopped.signal),
    record(kind, data, about) {
      if (!declared.has(kind.name))
        throw new OutriderError('plugin_invalid', `${plugin.name} does not declare the event ${kind.name}.`);
      put(kind, data, about);
    },
    raise(finding) {
      findings.push(finding);
      put(FindingRaised, { ...finding, plugin: plugin.name });
    },
    resolve(key, reason) {
      put(FindingResolved, { key, plugin: plugin.name, reason });
    },
  } as Host;

  const hooks = await plugin.setup(host);

  async function react(): Promise<void> {
    for (let next = pending.shift(); next; next = pending.shift()) {
      const recorded = next;
      for (const reaction of hooks.on ?? []) {
        if (reaction.to.name === recorded.type || reaction.to.name === AnyEvent.name)
          await reaction.run(recorded);
      }
    }
  }

  async function check(exchange: FakeExchange): Promise<Verdict> {
    exchanges.add(exchange);
    exchange.onFinished(() => exchanges.delete(exchange));
    const { guard } = hooks;
    if (!guard || !exchange.matches(guard.match)) return allowed;
    const verdict = await guard.check(exchange.withBodyUpTo(guard.body?.maxBytes ?? 0));
    if (verdict.allow && verdict.principal) exchange.principal = verdict.principal;
    return verdict;
  }

  return {
    hooks,
    clock,
    findings,
    logged,
    events: log.events,
    check,
    async request(request, backendReply = reply(200, { 'content-type': 'application/json' }, '{}')) {
      const exchange = fakeExchange(request, `exchange-${(ids += 1)}`);
      const verdict = await check(exchange);
      const isRefused = !verdict.allow && host.mode === 'enforce';
      const next = async () => (typeof backendReply === 'function' ? backendReply() : backendReply);
      const around = hooks.around && exchange.matches(hooks.around.match) ? hooks.around : null;
      const answer = isRefused ? null : await (around ? around.handle(exchange, once(next)) : next());
      tellKeys(hooks, exchange, answer);
      exchange.finish();
      await react();
      return { verdict, reply: answer, exchange };
    },
    async statement(attempt) {
      if (!hooks.beforeSql) return { allow: true };
      const verdict = await hooks.beforeSql.check({
        ...plainStatement,
        fingerprint: attempt.text,
        ...attempt,
      });
      await react();
      return verdict;
    },
    async message(text, request = {}) {
      const exchange = fakeExchange(request, `exchange-${(ids += 1)}`);
      exchanges.add(exchange);
      const { beforeMessage } = hooks;
      if (!beforeMessage || !exchange.matches(beforeMessage.match)) return allowed;
      const verdict = await beforeMessage.check({ exchange, ...cutAt(text, beforeMessage.maxBytes) });
      await react();
      return verdict;
    },
    async emit(kind, data, about) {
      const recorded = put(kind, data, about);
      await react();
      return recorded;
    },
    async run(name, input = {}, actor = tester) {
      const found = hooks.commands?.[name];
      if (!found) throw new OutriderError('command_unknown', name);
      const checked = found.input.safeParse(input, { error: inputSentence });
      if (!checked.success)
        throw new OutriderError('input_invalid', name, { issues: issuesOf(checked.error) });
      const output = await found.run(checked.data, { actor, signal: stopped.signal });
      await react();
      return structuredCloneOfJson(output);
    },
    view: (panelId, position = Infinity) =>
      viewAt(panelNamed(plugin, panelId), log.events, position, clock.now()),
    async advance(seconds) {
      await clock.advance(seconds);
      await react();
    },
    async dispose() {
      stopped.abort();
      await hooks.dispose?.();
    },
  };
}

/** A panel folded over a log up to a position: what the host does, without snapshots. */
export function viewAt(panel: Panel, log: readonly Recorded[], position: number, moment: Date): View {
  let state = panel.initial();
  for (const event of log) {
    if (event.position > position) break;
    for (const { over, next } of panel.fold) {
      if (over.name === event.type || over.name === AnyEvent.name) state = next(state, event);
    }
  }
  return panel.view(structuredCloneOfJson(state), moment);
}

function panelNamed(plugin: Plugin, id: string): Panel {
  const found = plugin.panels?.find((each) => each.id === id);
  if (!found) throw new OutriderError('panel_unknown', `${plugin.name}/${id}`);
  return found;
}

function usedServices(plugin: Plugin, services: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const pairs = Object.entries(plugin.uses).map(([name, { id }]: [string, Capability<unknown>]) => {
    if (!(id in services)) throw new OutriderError('capability_missing', `${plugin.name} uses ${id}.`);
    return [name, services[id]] as const;
  });
  return Object.fromEntries(pairs);
}

/** Whole JSON texts only; the host also takes what comes in pieces. */
function tellKeys({ replyKeys }: Hooks, exchange: FakeExchange, answer: Reply | null): void {
  const isJson = /^application\/(?:[\w.-]+\+)?json/i.test(answer?.headers.get('content-type') ?? '');
  if (!answer || !replyKeys || !isJson || answer.status > 299 || typeof answer.body !== 'string') return;
  if (!exchange.matches(replyKeys.match) || !replyKeys.wants(exchange)) return;
  const paths = jsonPaths(answer.body);
  if (paths !== null)
    replyKeys.seen(exchange, { paths, bytes: new TextEncoder().encode(answer.body).length });
}

/** The first bytes of a text, without a character that would be cut in two. */
function cutAt(text: string, maxBytes: number): { readonly text: string; readonly isTruncated: boolean } {
  const bytes = new TextEncoder().encode(text);
  const cut = new TextDecoder().decode(bytes.subarray(0, maxBytes), { stream: true });
  return { text: cut, isTruncated: bytes.length > maxBytes };
}

function once(next: () => Promise<Reply>): () => Promise<Reply> {
  let isUsed = false;
  return () => {
    if (isUsed) throw new Error('next was called twice');
    isUsed = true;
    return next();
  };
}

function structuredCloneOfJson<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}

const plainStatement: Omit<StatementAttempt, 'text' | 'fingerprint'> = {
  parameters: [],
  database: 'app',
  user: 'app',
  exchangeId: null,
  attribution: 'none',
  candidateExchangeIds: [],
};

const unavailable = async (): Promise<never> => {
  throw new OutriderError('database_unavailable');
};
const noDatabase: Database = {
  isAvailable: false,
  explain: unavailable,
  canTryIndexes: async () => false,
  query: unavailable,
};

export { FakeClock, fakeExchange, type FakeExchange, type FakeRequest };
export { fakeStatement } from './testing/statement.ts';
