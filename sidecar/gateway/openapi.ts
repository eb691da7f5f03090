import { z } from 'zod';
import { errorTable, problemDocument, type CommandInfo, type Status } from '../../shared/index.ts';
import type { PluginHost } from '../plugins/plugin-host.ts';
import { commandAddresses, templateOf, type CommandAddress } from './command-addresses.ts';
import { createHoist, type Hoist, type JsonObject } from './openapi-schemas.ts';
import { routes, type Route } from './routes.ts';

export interface OpenApiOptions {
  readonly host: Pick<PluginHost, 'commands' | 'command'>;
  readonly status: () => Status;
}

/** The OpenAPI 3.1 document of everything the gateway answers, made from the routes and commands that answer it. */
export function openApiDocument({ host, status }: OpenApiOptions): JsonObject {
  const hoist = createHoist();
  const paths: Record<string, JsonObject> = {};
  const put = (path: string, method: string, operation: JsonObject): void => {
    // The first to claim an address is the one that answers there.
    paths[path] = { [method]: operation, ...paths[path] };
  };
  for (const [path, operation] of fixedOperations(hoist)) put(path, 'get', operation);
  for (const route of routes) put(templateOf(route.path), 'get', routeOperation(route, hoist));
  put('/mcp', 'post', mcpOperation());
  for (const info of host.commands()) {
    put(`/api/commands/${info.id}`, 'post', commandOperation(info, hoist));
  }
  for (const address of commandAddresses(host)) {
    put(templateOf(address.http.path), address.http.method.toLowerCase(), addressOperation(address, hoist));
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Outrider gateway',
      version: status().version,
      description: 'Queries and commands of the sidecar. Errors are problem documents (RFC 9457).',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: "The gateway's token." } },
      responses: { problem: problemResponse(hoist) },
      schemas: hoist.schemas,
    },
  };
}

function fixedOperations(hoist: Hoist): readonly (readonly [path: string, operation: JsonObject])[] {
  const state = hoist.zod('Readiness', readiness);
  return [
    ['/healthz', probe('getHealth', 'The process answers.', { type: 'object' })],
    ['/readyz', { ...probe('getReadiness', '200 while traffic flows, also when degraded.', state) }],
    [
      '/metrics',
      {
        operationId: 'getMetrics',
        summary: 'Figures in the text format of Prometheus.',
        tags: ['queries'],
        responses: answered(200, 'text/plain', { type: 'string' }),
      },
    ],
    [
      '/api/openapi.json',
      {
        operationId: 'getOpenApi',
        summary: 'This document.',
        tags: ['queries'],
        responses: answered(200, 'application/json', { type: 'object' }),
      },
    ],
  ];
}

const readiness = z.object({
  state: z.enum(['ready', 'degraded', 'draining']),
  reasons: z.array(z.string()),
});

function probe(operationId: string, summary: string, schema: JsonObject): JsonObject {
  const responses = answered(200, 'application/json', schema);
  const draining = { description: 'Draining.', content: { 'application/json': { schema } } };
  const isReadiness = operationId === 'getReadiness';
  return {
    operationId,
    summary,
    tags: ['probes'],
    security: [],
    responses: isReadiness ? { ...responses, 503: draining } : responses,
  };
}

function routeOperation({ operationId, summary, path, query, answer }: Route, hoist: Hoist): JsonObject {
  return {
    operationId,
    summary,
    tags: ['queries'],
    parameters: [
      ...pathParameters(path, {}),
      ...queryParameters(hoist.inline(`${operationId}Query`, z.toJSONSchema(query, { io: 'input' }))),
    ],
    responses: answered(200, 'application/json', hoist.zod(`${operationId}Answer`, answer)),
  };
}

const mcpOperation = (): JsonObject => ({
  operationId: 'callMcp',
  summary: 'The Model Context Protocol: commands as tools for coding agents.',
  tags: ['commands'],
  requestBody: { required: true, content: { 'application/json': { schema: { type: 'object' } } } },
  responses: {
    ...answered(200, 'application/json', { type: 'object' }),
    202: { description: 'A notification was taken.' },
  },
});

function commandOperation(info: CommandInfo, hoist: Hoist): JsonObject {
  return {
    ...describe(info, operationIdOf(info.id)),
    parameters: [actorParameter],
    requestBody: jsonBody(hoist.inline(operationIdOf(info.id), info.inputSchema)),
    responses: commandAnswer(info, 200),
  };
}

/** Fields named in the path are parameters there; the others are in the body, or in the query of a GET or DELETE. */
function addressOperation({ info, http }: CommandAddress, hoist: Hoist): JsonObject {
  const name = `${operationIdOf(info.id)}_at_${http.method.toLowerCase()}`;
  const schema = hoist.inline(name, info.inputSchema);
  const rest = withoutFields(schema, parameterNames(http.path));
  const hasBody = http.method === 'POST' || http.method === 'PATCH';
  return {
    ...describe(info, name),
    parameters: [
      ...pathParameters(http.path, propertiesOf(schema)),
      ...(hasBody ? [] : queryParameters(rest)),
      actorParameter,
    ],
    ...(hasBody && { requestBody: jsonBody(rest) }),
    responses: commandAnswer(info, http.status ?? 200),
  };
}

function describe({ title, summary, effect, plugin }: CommandInfo, operationId: string): JsonObject {
  return {
    operationId,
    summary: title,
    ...(summary !== undefined && { description: summary }),
    tags: [plugin],
    'x-outrider-effect': effect,
  };
}

function commandAnswer({ returnsView }: CommandInfo, status: number): JsonObject {
  if (status === 204) return { 204: { description: 'Done.' }, default: problemReference };
  const view = { type: 'object', required: ['kind'], properties: { kind: { type: 'string' } } };
  return answered(status, 'application/json', returnsView ? view : {});
}

const problemReference = { $ref: '#/components/responses/problem' };

function answered(status: number, type: string, schema: JsonObject): JsonObject {
  return {
    [status]: { description: 'The answer.', content: { [type]: { schema } } },
    default: problemReference,
  };
}

function problemResponse(hoist: Hoist): JsonObject {
  return {
    description: `What went wrong and what to do about it. Codes: ${Object.keys(errorTable).join(', ')}.`,
    content: { 'application/problem+json': { schema: hoist.zod('Problem', problemDocument) } },
  };
}

function jsonBody(schema: JsonObject): JsonObject {
  const isRequired = Array.isArray(schema['required']) && schema['required'].length > 0;
  return { required: isRequired, content: { 'application/json': { schema } } };
}

const actorParameter: JsonObject = {
  name: 'X-Outrider-Actor',
  in: 'header',
  required: false,
  description: 'How the audit log names who asked, e.g. `cli`.',
  schema: { type: 'string', minLength: 1, maxLength: 100 },
};

function pathParameters(path: string, properties: Readonly<Record<string, JsonObject>>): JsonObject[] {
  return parameterNames(path).map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: properties[name] ?? { type: 'string' },
  }));
}

function queryParameters(schema: JsonObject): JsonObject[] {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(propertiesOf(schema)).map(([name, { description, ...rest }]) => ({
    name,
    in: 'query',
    required: required.includes(name) && !('default' in rest),
    ...(typeof description === 'string' && { description }),
    schema: rest,
  }));
}

function withoutFields(schema: JsonObject, names: readonly string[]): JsonObject {
  const properties = Object.fromEntries(
    Object.entries(propertiesOf(schema)).filter(([name]) => !names.includes(name)),
  );
  const required = Array.isArray(schema['required'])
    ? schema['required'].filter((name) => !names.includes(String(name)))
    : [];
  const { required: _, ...rest } = schema;
  return { ...rest, properties, ...(required.length > 0 && { required }) };
}

function propertiesOf(schema: JsonObject): Readonly<Record<string, JsonObject>> {
  // Safe: JSON Schema's `properties` maps names to schemas; the host made it from a zod schema.
  return (schema['properties'] ?? {}) as Readonly<Record<string, JsonObject>>;
}

const parameterNames = (path: string): string[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '');
const operationIdOf = (command: string): string => command.replace(/[^\w]+/g, '_');
