import type { z } from 'zod';
import {
  answers,
  commandInfo,
  openFinding,
  panelInfo,
  panelMoment,
  pluginInfo,
  problemDocument,
  type CommandInfo,
  type OpenFinding,
  type PanelInfo,
  type PanelMoment,
  type PluginInfo,
  type Status,
} from '../../shared/protocol.ts';

export type LoggedEvent = z.output<typeof answers.events>['events'][number];
export type StreamInfo = z.output<typeof answers.streams>['streams'][number];

/** The gateway's HTTP side. Every call rejects with a `GatewayProblem` that says in sentences what is wrong. */
export interface GatewayClient {
  status(): Promise<Status>;
  panels(): Promise<readonly PanelInfo[]>;
  commands(): Promise<readonly CommandInfo[]>;
  plugins(): Promise<readonly PluginInfo[]>;
  findings(): Promise<readonly OpenFinding[]>;
  streams(): Promise<readonly StreamInfo[]>;
  /** The panel as it is now, or as it was at a log position. */
  panelAt(panel: string, position?: number): Promise<PanelMoment>;
  compare(panel: string, from: number, to: number): Promise<z.output<typeof answers.compare>>;
  /** Runs a command and resolves with its output, plain JSON. */
  run(command: string, input: unknown): Promise<unknown>;
}

/** What the gateway answered instead. */
export class GatewayProblem extends Error {
  readonly code: string;
  readonly status: number;
  readonly issues: readonly { readonly path: string; readonly message: string }[];

  constructor(problem: {
    readonly status: number;
    readonly code: string;
    readonly title: string;
    readonly detail?: string | undefined;
    readonly todo: string;
    readonly issues?: readonly { readonly path: string; readonly message: string }[] | undefined;
  }) {
    super([problem.title, problem.detail, problem.todo].filter(Boolean).join(' '));
    this.name = 'GatewayProblem';
    this.status = problem.status;
    this.code = problem.code;
    this.issues = problem.issues ?? [];
  }
}

export interface ClientOptions {
  /** `http://127.0.0.1:7070` */
  readonly gateway: string;
  readonly token: string;
  /** Who asks, for the audit log. */
  readonly actor?: string;
  readonly fetch?: typeof fetch;
  /** Longer than the 30 s a command may take. */
  readonly limitMs?: number;
}

export function gatewayClient(options: ClientOptions): GatewayClient {
  const get = (path: string) => ask(options, 'GET', path);
  return {
    status: async () => answers.status.parse(await get('/api/status')),
    panels: async () => readable(panelInfo, await get('/api/panels'), 'panels'),
    commands: async () => readable(commandInfo, await get('/api/commands'), 'commands'),
    plugins: async () => readable(pluginInfo, await get('/api/plugins'), 'plugins'),
    findings: async () => readable(openFinding, await get('/api/findings'), 'findings'),
    streams: async () => answers.streams.parse(await get('/api/streams')).streams,
    panelAt: async (panel, position) => {
      const at = position === undefined ? '' : `?at=${position}`;
      return panelMoment.parse(await get(`/api/panels/${pathOf(panel)}${at}`));
    },
    compare: async (panel, from, to) =>
      answers.compare.parse(await get(`/api/panels/${pathOf(panel)}/compare?from=${from}&to=${to}`)),
    run: (command, input) => ask(options, 'POST', `/api/commands/${pathOf(command)}`, input ?? {}),
  };
}

async function ask(
  options: ClientOptions,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<unknown> {
  const { gateway, token, actor, limitMs = 35_000 } = options;
  const send = options.fetch ?? globalThis.fetch;
  const reply = await send(new URL(path, gateway), {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(actor !== undefined && { 'x-outrider-actor': actor }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(limitMs),
  }).catch((cause: unknown) => {
    throw unreachable(gateway, cause);
  });
  const text = await reply.text();
  if (!reply.ok) throw new GatewayProblem(problemIn(text, reply.status));
  return text === '' ? null : JSON.parse(text);
}

/** `plugin/name` as two path segments. */
function pathOf(id: string): string {
  return id.split('/').map(encodeURIComponent).join('/');
}

/** Entries this version cannot read (of a newer gateway) are left out rather than spoiling the rest. */
function readable<T extends z.ZodType>(schema: T, value: unknown, key: string): z.output<T>[] {
  // Safe: only read, and checked on the next line.
  const entries = (value as Readonly<Record<string, unknown>> | null)?.[key];
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown) => {
    const parsed = schema.safeParse(entry);
    return parsed.success ? [parsed.data] : [];
  });
}

function problemIn(text: string, status: number): z.output<typeof problemDocument> {
  try {
    return problemDocument.parse(JSON.parse(text));
  } catch {
    const title = `The gateway answered with status ${status}.`;
    return { type: 'about:blank', code: 'internal', status, title, todo: 'See the log of the sidecar.' };
  }
}

function unreachable(gateway: string, cause: unknown): GatewayProblem {
  const isSlow = cause instanceof Error && cause.name === 'TimeoutError';
  return new GatewayProblem({
    status: 0,
    code: 'sidecar_unreachable',
    title: isSlow ? `${gateway} takes too long to answer.` : `${gateway} does not answer.`,
    todo: 'Check that the sidecar runs.',
  });
}
