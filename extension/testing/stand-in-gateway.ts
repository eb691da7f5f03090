import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { WebSocketServer, type WebSocket } from 'ws';
import {
  clientMessage,
  type CommandInfo,
  type OpenFinding,
  type PanelInfo,
  type PluginInfo,
  type ServerMessage,
  type Status,
} from '../../shared/protocol.ts';
import type { View } from '../../shared/view.ts';
import { everyView } from './every-view.ts';

/** Speaks the gateway's protocol with canned content, for tests of what draws it. */
export interface StandIn {
  readonly url: string;
  readonly token: string;
  /** Every command that was run. */
  readonly runs: readonly { readonly command: string; readonly input: unknown }[];
  /** Moves every panel to another minute: a new view is pushed. */
  show(minute: number): void;
  /** Ends every socket, as a restart would. */
  dropSockets(): void;
  close(): Promise<void>;
}

const token = 'stand-in-token-0123';

export async function startStandIn(webFolder: string): Promise<StandIn> {
  let minute = 0;
  const runs: { command: string; input: unknown }[] = [];
  const watchers = new Map<WebSocket, readonly string[]>();
  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => reply(response, 500, { title: error.message }));
  });
  const sockets = new WebSocketServer({ server, path: '/live' });
  sockets.on('connection', (socket) => socket.on('message', (data) => hear(socket, String(data))));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Safe: a listening TCP server's address is never a pipe's name.
  const { port } = server.address() as AddressInfo;
  const beat = setInterval(() => tellAll({ kind: 'status', status: statusAt(minute) }), 1000);

  return {
    url: `http://127.0.0.1:${port}`,
    token,
    runs,
    show(wanted) {
      minute = wanted;
      tellAll({ kind: 'status', status: statusAt(minute) });
      for (const [socket, panels] of watchers) for (const panel of panels) sendPanel(socket, panel);
    },
    dropSockets: () => sockets.clients.forEach((socket) => socket.terminate()),
    async close() {
      clearInterval(beat);
      sockets.clients.forEach((socket) => socket.terminate());
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://stand-in');
    if (!url.pathname.startsWith('/api/')) return serveFile(url.pathname, response);
    if (request.headers.authorization !== `Bearer ${token}`)
      return reply(response, 401, problem('token_wrong'));
    const [, , what = '', plugin, id, more] = url.pathname.split('/');
    if (request.method === 'POST') return runCommand(`${plugin}/${id}`, await bodyOf(request), response);
    if (what === 'panels' && id !== undefined && more === 'compare')
      return reply(response, 200, {
        from: momentAt(`${plugin}/${id}`, Number(url.searchParams.get('from'))),
        to: momentAt(`${plugin}/${id}`, Number(url.searchParams.get('to'))),
      });
    if (what === 'panels' && id !== undefined)
      return reply(
        response,
        200,
        momentAt(`${plugin}/${id}`, Number(url.searchParams.get('at') ?? headAt(minute))),
      );
    const lists: Readonly<Record<string, unknown>> = {
      status: statusAt(minute),
      panels: { panels: panelInfos },
      commands: { commands },
      plugins: { plugins },
      findings: { findings },
      streams: { streams: [{ stream: 'agents/7', version: 12, lastAt: '2026-11-23T10:00:00Z' }] },
    };
    reply(response, what in lists ? 200 : 404, lists[what] ?? problem('not_found'));
  }

  async function serveFile(path: string, response: ServerResponse): Promise<void> {
    const name = path === '/' ? 'index.html' : path.slice(1);
    const type = { html: 'text/html', js: 'text/javascript', css: 'text/css' }[name.split('.').pop() ?? ''];
    if (type === undefined || name.includes('/')) return reply(response, 404, problem('not_found'));
    response.writeHead(200, { 'content-type': type, 'content-security-policy': policy });
    response.end(await readFile(join(webFolder, name)));
  }

  function runCommand(command: string, input: unknown, response: ServerResponse): void {
    runs.push({ command, input });
    const output = outputs[command];
    if (output === undefined) return reply(response, 404, problem('command_unknown'));
    if ((input as { label?: string }).label === 'taken')
      return reply(response, 400, {
        ...problem('input_invalid'),
        issues: [{ path: 'label', message: 'Another key has this label.' }],
      });
    reply(response, 200, output);
  }

  function hear(socket: WebSocket, text: string): void {
    const message = clientMessage.parse(JSON.parse(text));
    if (message.kind === 'hello' && message.token !== token)
      return send(socket, { ...problem('token_wrong'), kind: 'problem' });
    if (message.kind === 'hello') {
      send(socket, { kind: 'welcome', protocol: 1, version: '0.1.0', head: headAt(minute) });
      send(socket, { kind: 'status', status: statusAt(minute) });
    }
    if (message.kind !== 'watch-panels') return;
    watchers.set(socket, message.panels);
    for (const panel of message.panels) sendPanel(socket, panel);
  }

  function sendPanel(socket: WebSocket, panel: string): void {
    send(socket, { kind: 'panel', panel, position: headAt(minute), view: { ...viewOf(panel, minute) } });
  }

  function tellAll(message: ServerMessage): void {
    for (const socket of sockets.clients) send(socket, message);
  }
}

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

function send(socket: WebSocket, message: ServerMessage): void {
  socket.send(JSON.stringify(message));
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString() || '{}');
}

function problem(code: string) {
  return { type: `urn:${code}`, status: 400, code, title: `Refused: ${code}.`, todo: 'Do it another way.' };
}

/** Ten events a minute. */
function headAt(minute: number): number {
  return 1000 + minute * 10;
}

function momentAt(panel: string, position: number) {
  const minute = Math.floor((position - 1000) / 10);
  return {
    panel,
    position,
    at: new Date(Date.parse('2026-11-23T11:00:00Z') + position * 6000).toISOString(),
    view: viewOf(panel, minute),
  };
}

function viewOf(panel: string, minute: number): View {
  return everyView(minute)[panel.split('/')[1] ?? ''] ?? { kind: 'text', markdown: 'Nothing.' };
}

const panelInfos: readonly PanelInfo[] = Object.keys(everyView()).map((id) => ({
  id: `demo/${id}`,
  title: id.charAt(0).toUpperCase() + id.slice(1),
  dashboard: 'overview',
  plugin: 'demo',
}));

const commands: readonly CommandInfo[] = [
  {
    id: 'demo/details',
    plugin: 'demo',
    title: 'Details',
    effect: 'read',
    returnsView: true,
    inputSchema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
  },
  {
    id: 'demo/exclude',
    plugin: 'demo',
    title: 'Exclude a rule',
    effect: 'change',
    returnsView: false,
    inputSchema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
  },
  {
    id: 'demo/create',
    plugin: 'demo',
    title: 'Create an API key',
    summary: 'Makes a key and shows its secret once.',
    effect: 'secret',
    returnsView: false,
    inputSchema: {
      type: 'object',
      properties: {
        label: { type: 'string', description: 'What the key is for.' },
        scopes: { type: 'array', items: { type: 'string' } },
        environment: { enum: ['live', 'test'], default: 'live' },
        rateLimit: { type: 'integer', minimum: 1, maximum: 10000 },
        expiresAt: { type: 'string', format: 'date-time' },
        isReadOnly: { type: 'boolean', default: false },
      },
      required: ['label', 'environment'],
    },
  },
];

const outputs: Readonly<Record<string, unknown>> = {
  'demo/details': { kind: 'stack', children: [everyView().code, everyView().plan] },
  'demo/exclude': { done: true },
  'demo/create': { key: 'or_live_secret', view: everyView().reveal },
};

const plugins: readonly PluginInfo[] = [
  {
    name: 'demo',
    summary: 'Shows one of every view.',
    mode: 'observe',
    state: 'running',
    origin: 'built-in',
    capabilities: [{ id: 'store', grants: 'Keeps values.', sensitive: false }],
    panels: panelInfos.map(({ id }) => id),
    commands: commands.map(({ id }) => id),
    hooks: [{ hook: 'guard', calls: 1204, failures: 0, denials: 17, microsecondsMean: 14.2 }],
  },
];

const findings: readonly OpenFinding[] = [
  {
    key: 'n+1',
    rule: 'n-plus-one/loop',
    severity: 'warning',
    title: 'GET /api/workflows runs one statement per workflow',
    advice: 'Read the steps of all workflows with one statement.',
    evidence: [1],
    where: { file: 'backend/routes.ts', line: 42 },
    details: { command: 'demo/details', input: { id: 'f1' } },
    plugin: 'demo',
    firstAt: '2026-11-23T09:00:00Z',
    lastAt: '2026-11-23T10:00:00Z',
    times: 312,
  },
  {
    key: 'slow',
    rule: 'slow-queries/missing-index',
    severity: 'error',
    title: 'Executions are searched by status without an index',
    advice: 'Create an index on executions (status, created_at).',
    evidence: [2],
    fix: { label: 'Create the index', command: 'demo/exclude', input: { id: 'i1' } },
    plugin: 'demo',
    firstAt: '2026-11-23T09:00:00Z',
    lastAt: '2026-11-23T10:01:00Z',
    times: 40,
  },
];

function statusAt(minute: number): Status {
  return {
    version: '0.1.0',
    startedAt: '2026-11-23T09:00:00Z',
    state: 'ready',
    reasons: [],
    addresses: {
      http: 'http://127.0.0.1:8080',
      sql: '127.0.0.1:5433',
      gateway: 'http://127.0.0.1:7070',
      upstream: 'http://127.0.0.1:8000',
      sqlUpstream: '127.0.0.1:5432',
    },
    http: { inFlight: 3, perSecond: 42.4 + (minute % 5), errorsPerSecond: 0.2 },
    sql: { connections: 8, perSecond: 181 + minute, opaqueConnections: 0 },
    log: { head: headAt(minute), queued: 0, sampledAway: 0, store: 'embedded' },
    openFindings: findings.length,
  };
}
