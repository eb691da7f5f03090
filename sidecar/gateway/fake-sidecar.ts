import { z } from 'zod';
import {
  AnyEvent,
  OutriderError,
  command,
  inputSentence,
  issuesOf,
  panel,
  step,
  viewCommand,
  type Command,
  type CommandInfo,
  type OpenFinding,
  type PluginInfo,
  type Principal,
  type Status,
} from '../../shared/index.ts';
import type { PluginHost } from '../plugins/plugin-host.ts';
import { fakeRecorder, fakeSnapshots, type FakeRecorder } from '../record/fake-recorder.ts';
import { createPanels } from '../record/panels.ts';
import { createGateway, type Gateway, type GatewayOptions } from './gateway.ts';

/** For tests: everything behind the gateway, in memory, and the gateway itself on a real socket. */
export interface FakeSidecar {
  readonly url: string;
  readonly token: string;
  readonly recorder: FakeRecorder;
  readonly host: FakeHost;
  readonly gateway: Gateway;
  readonly warnings: { readonly message: string; readonly fields?: object }[];
  status: Status;
  /** Like `fetch` on the gateway, with the token unless `headers` say otherwise. */
  get(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

const token = 'a-token-of-the-test-suite';

export async function fakeSidecar(
  given: {
    readonly config?: Partial<GatewayOptions['config']>;
    readonly options?: Partial<GatewayOptions>;
  } = {},
): Promise<FakeSidecar> {
  const recorder = fakeRecorder();
  const host = fakeHost();
  const warnings: { message: string; fields?: object }[] = [];
  const log = {
    info: () => undefined,
    warn: (message: string, fields?: object) => void warnings.push({ message, ...(fields && { fields }) }),
  };
  const now = given.options?.now ?? (() => new Date());
  const panels = createPanels({ host, recorder, store: fakeSnapshots(), now, log });
  const gateway = createGateway({
    config: { listen: '127.0.0.1:0', hosts: [], origins: [], sockets: 4, ...given.config },
    // Safe: the gateway asks of the host only what the fake has.
    host: host as unknown as PluginHost,
    panels,
    recorder,
    status: () => sidecar.status,
    token,
    log,
    now,
    ...given.options,
  });
  const url = await gateway.listen();
  const sidecar: FakeSidecar = {
    url,
    token,
    recorder,
    host,
    gateway,
    warnings,
    status: readyStatus,
    get: (path, init = {}) =>
      fetch(url + path, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } }),
    async close() {
      await panels.close();
      await gateway.close(100);
    },
  };
  return sidecar;
}

export interface Run {
  readonly command: string;
  readonly input: unknown;
  readonly actor: Principal;
}

export interface FakeHost extends Pick<
  PluginHost,
  'plugins' | 'panels' | 'panel' | 'commands' | 'command' | 'run' | 'findings' | 'onChanged'
> {
  /** What was run, in order. */
  readonly runs: Run[];
  readonly open: OpenFinding[];
  changed(what: 'plugins' | 'findings'): void;
}

const counted = panel<{ count: number }>({
  id: 'count',
  title: 'Events',
  dashboard: 'events',
  initial: () => ({ count: 0 }),
  fold: [step(AnyEvent, ({ count }) => ({ count: count + 1 }))],
  view: ({ count }) => ({ kind: 'stat', label: 'Events', value: String(count) }),
});

export const fakeCommands: Readonly<Record<string, Command>> = {
  'keys/create': command({
    title: 'Create a key',
    summary: 'Makes a new key and shows it once.',
    effect: 'secret',
    input: z.strictObject({ label: z.string().min(1), days: z.number().int().optional() }),
    http: { method: 'POST', path: '/api/security/api-keys', status: 201 },
    run: ({ label, days }) => ({ id: 'k1', label, days: days ?? null }),
  }),
  'keys/rotate': command({
    title: 'Rotate a key',
    effect: 'change',
    input: z.strictObject({
      id: z.string(),
      graceMinutes: z.number().optional(),
      isForced: z.boolean().optional(),
    }),
    http: { method: 'POST', path: '/api/security/api-keys/:id/rotate' },
    run: (input) => input,
  }),
  'keys/list': command({
    title: 'List keys',
    effect: 'read',
    input: z.strictObject({
      limit: z.number().int().default(10),
      states: z.array(z.string()).optional(),
      tree: tree().optional(),
    }),
    http: { method: 'GET', path: '/api/security/api-keys' },
    run: (input) => ({ keys: [], ...input }),
  }),
  'keys/forget': command({
    title: 'Forget a key',
    effect: 'change',
    input: z.strictObject({ id: z.string() }),
    http: { method: 'DELETE', path: '/api/security/api-keys/:id', status: 204 },
    run: () => undefined,
  }),
  'keys/show': viewCommand({
    title: 'Show a key',
    input: z.strictObject({ id: z.string() }),
    run: ({ id }) => ({ kind: 'text', markdown: id }),
  }),
  'keys/conflict': command({
    title: 'Fail',
    effect: 'change',
    input: z.strictObject({}),
    run: () => {
      throw new OutriderError('version_conflict', 'keys/7 is at version 2, not 1.');
    },
  }),
  'keys/broken': command({
    title: 'Break',
    effect: 'change',
    input: z.strictObject({}),
    run: () => {
      throw new Error('a password is hunter2');
    },
  }),
};

/** A schema that refers to itself, as commands may have. */
function tree(): z.ZodType {
  const node: z.ZodType = z.lazy(() => z.strictObject({ name: z.string(), children: z.array(node) }));
  return node;
}

export function fakeHost(): FakeHost {
  const calls = new Set<(what: 'plugins' | 'findings') => void>();
  const runs: Run[] = [];
  const open: OpenFinding[] = [];
  return {
    runs,
    open,
    changed: (what) => calls.forEach((call) => call(what)),
    onChanged(call) {
      calls.add(call);
      return () => void calls.delete(call);
    },
    findings: () => open,
    plugins: () => [keysPlugin],
    panels: () => [{ id: 'keys/count', title: 'Events', dashboard: 'events', plugin: 'keys' }],
    panel: (id) => (id === 'keys/count' ? { panel: counted, version: '1' } : undefined),
    commands: () => Object.entries(fakeCommands).map(([id, each]) => infoOf(id, each)),
    command: (id) => fakeCommands[id],
    async run(id, input, actor, signal) {
      const found = fakeCommands[id];
      if (!found) throw new OutriderError('command_unknown', id);
      const parsed = found.input.safeParse(input, { error: inputSentence });
      if (!parsed.success) throw new OutriderError('input_invalid', id, { issues: issuesOf(parsed.error) });
      runs.push({ command: id, input: parsed.data, actor });
      return found.run(parsed.data, { actor, signal: signal ?? new AbortController().signal });
    },
  };
}

function infoOf(id: string, { title, summary, effect, returnsView, input }: Command): CommandInfo {
  return {
    id,
    plugin: 'keys',
    title,
    ...(summary !== undefined && { summary }),
    effect,
    returnsView,
    inputSchema: z.toJSONSchema(input, { io: 'input' }),
  };
}

const keysPlugin: PluginInfo = {
  name: 'keys',
  summary: 'Keys.',
  mode: 'enforce',
  state: 'running',
  origin: 'built-in',
  capabilities: [{ id: 'store', grants: 'keep data of its own', sensitive: false }],
  panels: ['keys/count'],
  commands: Object.keys(fakeCommands),
  hooks: [{ hook: 'guard', calls: 7, failures: 1, denials: 2, microsecondsMean: 12 }],
};

export const readyStatus: Status = {
  version: '0.1.0',
  startedAt: '2026-01-01T00:00:00.000Z',
  state: 'ready',
  reasons: [],
  addresses: { http: null, sql: null, gateway: '127.0.0.1:7070', upstream: null, sqlUpstream: null },
  http: { inFlight: 3, perSecond: 10, errorsPerSecond: 0 },
  sql: { connections: 2, perSecond: 5, opaqueConnections: 0 },
  log: { head: 0, queued: 0, sampledAway: 0, store: 'embedded' },
  openFindings: 0,
};
