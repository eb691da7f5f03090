import { z } from 'zod';
import { finding } from './recorded-kinds.ts';

/**
 * What the gateway and its watchers (editors, browsers) say to each other.
 * Over HTTP: everything below `/api`, with `Authorization: Bearer <token>`.
 * Over the live WebSocket at `/live`: one JSON text message each. The client's first message is `hello`.
 */
export const protocolVersion = 1;

export const recordedSchema = z.object({
  position: z.number().int(),
  id: z.string(),
  type: z.string(),
  at: z.string(),
  stream: z.string().nullable(),
  streamVersion: z.number().int().nullable(),
  traceId: z.string().nullable(),
  exchangeId: z.string().nullable(),
  causedBy: z.number().int().nullable(),
  data: z.unknown(),
});

/** From client to gateway. */
export const clientMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hello'), protocol: z.literal(protocolVersion), token: z.string() }),
  /** Watch these panels (`plugin/id`), replacing what was watched before; each is sent whole once, then as patches. */
  z.object({ kind: z.literal('watch-panels'), panels: z.array(z.string()).max(64) }),
  /** Push events after this position (null: from now on) whose type starts with one of the prefixes (none: every type). */
  z.object({
    kind: z.literal('watch-events'),
    after: z.number().int().min(0).nullable(),
    types: z.array(z.string()).max(64).optional(),
  }),
  z.object({ kind: z.literal('unwatch-events') }),
  z.object({ kind: z.literal('ping') }),
]);
export type ClientMessage = z.output<typeof clientMessage>;

export const pluginInfo = z.object({
  name: z.string(),
  summary: z.string(),
  mode: z.enum(['enforce', 'observe']),
  state: z.enum(['running', 'suspended', 'failed']),
  reason: z.string().optional(),
  origin: z.enum(['built-in', 'package', 'file']),
  capabilities: z.array(z.object({ id: z.string(), grants: z.string(), sensitive: z.boolean() })),
  panels: z.array(z.string()),
  commands: z.array(z.string()),
  /** Calls, failures and time by hook since the start. */
  hooks: z.array(
    z.object({
      hook: z.string(),
      calls: z.number(),
      failures: z.number(),
      denials: z.number(),
      microsecondsMean: z.number(),
    }),
  ),
});
export type PluginInfo = z.output<typeof pluginInfo>;

export const panelInfo = z.object({
  /** `plugin/id` */
  id: z.string(),
  title: z.string(),
  dashboard: z.enum(['overview', 'security', 'keys', 'queries', 'events', 'cache', 'plugins']),
  plugin: z.string(),
});
export type PanelInfo = z.output<typeof panelInfo>;

export const commandInfo = z.object({
  /** `plugin/name` */
  id: z.string(),
  plugin: z.string(),
  title: z.string(),
  summary: z.string().optional(),
  effect: z.enum(['read', 'change', 'secret']),
  returnsView: z.boolean(),
  /** How it is spelt on the command line, e.g. `keys create`, when that is not its id. */
  cli: z.string().optional(),
  /** JSON Schema (2020-12) of the input. */
  inputSchema: z.record(z.string(), z.unknown()),
});
export type CommandInfo = z.output<typeof commandInfo>;

export const openFinding = finding.extend({
  plugin: z.string(),
  firstAt: z.string(),
  lastAt: z.string(),
  times: z.number().int(),
});
export type OpenFinding = z.output<typeof openFinding>;

/** How the sidecar is: `GET /api/status`, and pushed once a second. */
export const status = z.object({
  version: z.string(),
  startedAt: z.string(),
  state: z.enum(['ready', 'degraded', 'draining']),
  /** Why it is degraded, as sentences. */
  reasons: z.array(z.string()),
  addresses: z.object({
    http: z.string().nullable(),
    sql: z.string().nullable(),
    gateway: z.string(),
    upstream: z.string().nullable(),
    sqlUpstream: z.string().nullable(),
  }),
  http: z.object({ inFlight: z.number(), perSecond: z.number(), errorsPerSecond: z.number() }),
  sql: z.object({ connections: z.number(), perSecond: z.number(), opaqueConnections: z.number() }),
  log: z.object({
    head: z.number(),
    queued: z.number(),
    /** Events sampled away since the start, by reason. */
    sampledAway: z.number(),
    store: z.enum(['postgresql', 'embedded']),
  }),
  openFindings: z.number(),
});
export type Status = z.output<typeof status>;

/** One operation of an RFC 6902 JSON Patch. */
export const patchOperation = z.object({
  op: z.enum(['add', 'remove', 'replace', 'move', 'copy', 'test']),
  path: z.string(),
  from: z.string().optional(),
  value: z.unknown().optional(),
});

/** A view is drawn, not trusted: the renderer meets unknown kinds with a sentence. */
const view = z.looseObject({ kind: z.string() });

/** From gateway to client. */
export const serverMessage = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('welcome'),
    protocol: z.literal(protocolVersion),
    version: z.string(),
    head: z.number().int(),
  }),
  z.object({ kind: z.literal('status'), status }),
  z.object({ kind: z.literal('panel'), panel: z.string(), position: z.number().int(), view }),
  /** Applies to the view sent last for this panel; `from` is the position that view was at. */
  z.object({
    kind: z.literal('panel-patch'),
    panel: z.string(),
    from: z.number().int(),
    position: z.number().int(),
    patch: z.array(patchOperation),
  }),
  /** The fold or view threw: the last good view stays. */
  z.object({ kind: z.literal('panel-failed'), panel: z.string(), message: z.string() }),
  z.object({ kind: z.literal('events'), events: z.array(recordedSchema) }),
  z.object({ kind: z.literal('findings'), findings: z.array(openFinding) }),
  /** Plugins were reloaded: ask for panels and commands again. */
  z.object({ kind: z.literal('plugins-changed') }),
  z.object({
    kind: z.literal('problem'),
    code: z.string(),
    title: z.string(),
    detail: z.string().optional(),
    todo: z.string(),
  }),
  z.object({ kind: z.literal('pong') }),
]);
export type ServerMessage = z.output<typeof serverMessage>;

/** A panel at a position: `GET /api/panels/:plugin/:id`, with `?at=POSITION` as it was then. */
export const panelMoment = z.object({
  panel: z.string(),
  position: z.number().int(),
  /** ISO 8601: the time of the event at the position, or now. */
  at: z.string(),
  view,
  /** Present when the live panel failed: the view is the last good one. */
  failure: z.string().optional(),
});
export type PanelMoment = z.output<typeof panelMoment>;

export const problemDocument = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string().optional(),
  todo: z.string(),
  instance: z.string().optional(),
  issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

/** What `GET` below `/api` answers, by the last part of the address; a command answers with its output as it is. */
export const answers = {
  status,
  plugins: z.object({ plugins: z.array(pluginInfo) }),
  panels: z.object({ panels: z.array(panelInfo) }),
  panel: panelMoment,
  compare: z.object({ from: panelMoment, to: panelMoment }),
  commands: z.object({ commands: z.array(commandInfo) }),
  findings: z.object({ findings: z.array(openFinding) }),
  /** `head` is the last position this sidecar has seen. */
  events: z.object({ events: z.array(recordedSchema), head: z.number().int() }),
  streams: z.object({
    streams: z.array(z.object({ stream: z.string(), version: z.number().int(), lastAt: z.string() })),
  }),
} as const;

/** Written to `<workspace>/.outrider/sidecar.json` (mode 600) so editors find a running sidecar by themselves. */
export const sidecarFile = z.object({
  gateway: z.string(),
  /** Path of the file that holds the token, mode 600. */
  tokenFile: z.string(),
  pid: z.number().int(),
  startedAt: z.string(),
});
export type SidecarFile = z.output<typeof sidecarFile>;
