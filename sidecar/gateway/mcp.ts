import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import {
  OutriderError,
  errorTable,
  problemOf,
  type CommandInfo,
  type Log,
  type Principal,
} from '../../shared/index.ts';
import type { PluginHost } from '../plugins/plugin-host.ts';
import { actorOf, refuseMethod, signalOf } from './command-routes.ts';

/**
 * The Model Context Protocol over HTTP, stateless: one POST, one JSON answer (revision 2026-07-28); for older clients the
 * `initialize` handshake is answered and forgotten. Commands are the tools; `secret` ones are left out, since what a
 * tool returns ends in a model's context. Token, Host and Origin were checked before.
 */
export function createMcp(options: McpOptions): Router {
  const router = express.Router();
  router.post('/mcp', async (request, response) => {
    const parsed = rpcMessage.safeParse(request.body);
    if (!parsed.success)
      return send(response, 400, failure(null, codes.request, 'This is not JSON-RPC 2.0.'));
    const { id, method } = parsed.data;
    const refusal = refusalOf(request, parsed.data);
    if (refusal) return send(response, 400, refusal);
    // A notification: there is nothing to keep it for.
    if (id === undefined) return void response.status(202).end();
    const answer = methods.get(method);
    if (!answer) return send(response, 404, failure(id, codes.method, `There is no method ${method}.`));
    const caller = { actor: actorOf(request, 'mcp'), signal: signalOf(response) };
    send(response, 200, { jsonrpc: '2.0', id, ...(await answer(options, parsed.data.params, caller)) });
  });
  router.all('/mcp', (_request, response) => refuseMethod(response, ['POST']));
  return router;
}

export interface McpOptions {
  readonly host: Pick<PluginHost, 'commands' | 'run'>;
  readonly log: Log;
  readonly version: () => string;
}

interface Caller {
  readonly actor: Principal;
  readonly signal: AbortSignal;
}

const rpcMessage = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string(),
  params: z.looseObject({ _meta: z.looseObject({}).optional() }).default({}),
});
type RpcMessage = z.output<typeof rpcMessage>;
type Answered =
  { readonly result: object } | { readonly error: { readonly code: number; readonly message: string } };
type Method = (
  options: McpOptions,
  params: RpcMessage['params'],
  caller: Caller,
) => Promise<Answered> | Answered;

/** JSON-RPC 2.0 §5.1, and those of the MCP revision 2026-07-28. */
const codes = { request: -32600, method: -32601, params: -32602, headerMismatch: -32020, version: -32022 };
const versions = ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26'];

const methods: ReadonlyMap<string, Method> = new Map(
  Object.entries<Method>({
    initialize: ({ version }, { protocolVersion }) => ({
      result: {
        protocolVersion: versions.includes(String(protocolVersion)) ? protocolVersion : '2025-11-25',
        capabilities,
        serverInfo: { name: 'outrider', version: version() },
        instructions,
      },
    }),
    'server/discover': ({ version }) => ({
      result: {
        ...complete,
        supportedVersions: versions,
        capabilities,
        serverInfo: { name: 'outrider', version: version() },
        instructions,
        ...uncached,
      },
    }),
    ping: () => ({ result: { ...complete } }),
    'tools/list': ({ host }) => ({ result: { ...complete, tools: toolsOf(host).map(toolOf), ...uncached } }),
    'tools/call': callTool,
  }),
);

const capabilities = { tools: {} };
const instructions =
  'Outrider sees the HTTP requests, SQL statements and events of one backend. Start with the findings and statistics tools.';
const complete = { resultType: 'complete' };
/** Plugins are reloaded while the sidecar runs. */
const uncached = { ttlMs: 0, cacheScope: 'private' };

async function callTool(
  { host, log }: McpOptions,
  { name, arguments: given }: RpcMessage['params'],
  { actor, signal }: Caller,
): Promise<Answered> {
  const found = toolsOf(host).find((info) => toolName(info) === name);
  if (!found) return { error: { code: codes.params, message: `There is no tool ${String(name)}.` } };
  try {
    const output = (await host.run(found.id, given ?? {}, actor, signal)) ?? null;
    const isObject = typeof output === 'object' && output !== null && !Array.isArray(output);
    const content = [{ type: 'text', text: JSON.stringify(output) }];
    return { result: { ...complete, content, ...(isObject && { structuredContent: output }) } };
  } catch (error) {
    return { result: { ...complete, isError: true, content: [{ type: 'text', text: told(error, log) }] } };
  }
}

/** What went wrong in words a model can act on: what to correct, and where. */
function told(error: unknown, log: Log): string {
  const isTold = error instanceof OutriderError && errorTable[error.code].audience === 'user';
  if (!isTold) log.warn('A tool failed.', { error: String(error) });
  const { title, detail, todo, issues = [] } = problemOf(error);
  return [title, detail, ...issues.map(({ path, message }) => `${path}: ${message}`), todo]
    .filter((part) => part !== undefined)
    .join(' ');
}

function toolsOf(host: McpOptions['host']): readonly CommandInfo[] {
  return host.commands().filter(({ effect }) => effect !== 'secret');
}

function toolOf(info: CommandInfo): object {
  const isReading = info.effect === 'read';
  return {
    name: toolName(info),
    title: info.title,
    description: info.summary ?? info.title,
    inputSchema: { ...info.inputSchema, type: 'object' },
    annotations: {
      title: info.title,
      readOnlyHint: isReading,
      ...(!isReading && { destructiveHint: true }),
      openWorldHint: false,
    },
  };
}

/** Clients take letters, digits, `_` and `-`, at most 64 of them. */
function toolName({ id }: CommandInfo): string {
  return id
    .replace('/', '__')
    .replace(/[^\w-]/g, '_')
    .slice(0, 64);
}

/** Header fields that say what the body says must say the same (transport of 2026-07-28). */
function refusalOf(request: Request, { id: given, method, params }: RpcMessage): object | undefined {
  const id = given ?? null;
  const named = request.get('mcp-method');
  if (named !== undefined && named !== method)
    return failure(id, codes.headerMismatch, `Mcp-Method says ${named}, the body ${method}.`);
  const version =
    params._meta?.['io.modelcontextprotocol/protocolVersion'] ?? request.get('mcp-protocol-version');
  if (version === undefined || versions.includes(String(version))) return undefined;
  return failure(id, codes.version, `Supported versions: ${versions.join(', ')}.`, { supported: versions });
}

function failure(id: string | number | null, code: number, message: string, data?: object): object {
  return { jsonrpc: '2.0', id, error: { code, message, ...(data && { data }) } };
}

function send(response: Response, status: number, body: object): void {
  response.status(status).set('cache-control', 'no-store').json(body);
}
