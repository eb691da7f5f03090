import type { ValidateFunction } from 'ajv';
// OpenAPI 3.1 schemas are of draft 2020-12.
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { isRecord, type Backend, type Request } from '../../shared/index.ts';
import { closed, closedComponents } from './closed-schema.ts';
import type { Config, FieldKind, FieldSetting } from './config.ts';
import { inDraft2020 } from './open-api-30.ts';

/** A request does not match what the backend publishes about itself. */
export interface Violation {
  readonly place: 'json' | 'query' | 'path';
  readonly field: string;
  readonly reason: string;
}

export interface Description {
  /** The first violation of a request; null when it matches, or when the description does not name its operation. */
  violation(request: Request): Violation | null;
  /** Kinds that formats and names in the description tell. */
  readonly kinds: readonly FieldSetting[];
}

interface Operation {
  readonly path: RegExp;
  readonly method: string;
  readonly body: ValidateFunction | null;
  readonly query: readonly Parameter[];
  readonly pathParameters: readonly Parameter[];
}

interface Parameter {
  readonly name: string;
  readonly isRequired: boolean;
  readonly validate: ValidateFunction;
}

type Json = Readonly<Record<string, unknown>>;

/** Largest description read. */
const mostOperations = 2000;

/** Reads the backend's OpenAPI document; null when it publishes none. */
export async function readDescription(
  backend: Backend,
  config: Config['openApi'],
): Promise<Description | null> {
  const answer = await backend.send({ method: 'GET', path: config.path, timeoutMs: 5000 });
  if (answer.status !== 200 || answer.isStreaming) return null;
  const text =
    answer.body instanceof Uint8Array ? Buffer.from(answer.body).toString('utf8') : String(answer.body ?? '');
  return descriptionOf(JSON.parse(text) as Json, config.refuseUnknownFields);
}

/** Compiles an OpenAPI 3 document. Throws what ajv throws for a schema that is none. */
export function descriptionOf(published: Json, refuseUnknownFields: boolean): Description {
  const document = inDraft2020(published);
  const ajv = new Ajv2020({
    strict: false,
    allErrors: false,
    coerceTypes: false,
    validateFormats: true,
    logger: false,
  });
  formats.default(ajv);
  const known = refuseUnknownFields ? closedComponents(document) : document;
  ajv.addSchema({ ...known, $id: 'openapi' }, 'openapi');
  const operations = operationsOf(document, ajv, refuseUnknownFields);
  return { kinds: kindsOf(document), violation: (request) => violationOf(operations, request) };
}

function operationsOf(document: Json, ajv: Ajv2020, refuseUnknownFields: boolean): readonly Operation[] {
  const operations: Operation[] = [];
  for (const [path, item] of entries(document['paths'])) {
    for (const [method, operation] of entries(item)) {
      if (!isRecord(operation) || operations.length >= mostOperations) continue;
      const shared = listOf(isRecord(item) ? item['parameters'] : undefined);
      operations.push({
        path: pathPattern(path),
        method: method.toUpperCase(),
        body: bodyValidator(operation, document, ajv, refuseUnknownFields),
        query: parametersOf([...shared, ...listOf(operation['parameters'])], 'query', ajv),
        pathParameters: parametersOf([...shared, ...listOf(operation['parameters'])], 'path', ajv),
      });
    }
  }
  return operations;
}

function pathPattern(path: string): RegExp {
  const escaped = path.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
  return new RegExp(
    `^${escaped.replace(/\{([^}]+)\}/g, (_, name) => `(?<${groupName(String(name))}>[^/]+)`)}$`,
  );
}

function groupName(name: string): string {
  return `p_${name.replace(/\W/g, '_')}`;
}

function bodyValidator(
  operation: Json,
  document: Json,
  ajv: Ajv2020,
  refuseUnknownFields: boolean,
): ValidateFunction | null {
  const body = pointedAt(operation['requestBody'], document);
  const content = isRecord(body) && isRecord(body['content']) ? body['content'] : {};
  const json = content['application/json'];
  if (!isRecord(json) || !isRecord(json['schema'])) return null;
  const schema = refuseUnknownFields ? closed(json['schema']) : json['schema'];
  return isRecord(schema) ? ajv.compile(resolved(schema)) : null;
}

/** A request body, or the one that a reference names among the components. */
function pointedAt(body: unknown, document: Json): unknown {
  const name = isRecord(body) ? /^#\/components\/requestBodies\/([^/]+)$/.exec(String(body['$ref'])) : null;
  if (!name) return body;
  const components = isRecord(document['components']) ? document['components'] : {};
  return entries(components['requestBodies']).find(([each]) => each === name[1])?.[1];
}

/** References into the document, as references into the schema added under its id. */
function resolved(schema: Json): Json {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/')) as Json;
}

function parametersOf(parameters: readonly unknown[], place: string, ajv: Ajv2020): readonly Parameter[] {
  return parameters.flatMap((each) => {
    if (!isRecord(each) || each['in'] !== place || !isRecord(each['schema'])) return [];
    const validate = new Ajv2020({ strict: false, coerceTypes: 'array', logger: false });
    formats.default(validate);
    validate.addSchema(ajv.getSchema('openapi')?.schema ?? {}, 'openapi');
    const schema = { type: 'object', properties: { value: resolved(each['schema']) } };
    return [
      {
        name: String(each['name']),
        isRequired: each['required'] === true,
        validate: validate.compile(schema),
      },
    ];
  });
}

function violationOf(operations: readonly Operation[], request: Request): Violation | null {
  for (const operation of operations) {
    const found = operation.method === request.method ? operation.path.exec(request.path) : null;
    if (found)
      return (
        inPath(operation, found.groups ?? {}) ??
        inQuery(operation, request.query) ??
        inBody(operation, request)
      );
  }
  return null;
}

function inPath(operation: Operation, groups: Readonly<Record<string, string>>): Violation | null {
  for (const parameter of operation.pathParameters) {
    const value = groups[groupName(parameter.name)];
    if (value !== undefined && !parameter.validate({ value: decoded(value) }))
      return violated('path', parameter);
  }
  return null;
}

function inQuery(operation: Operation, query: string): Violation | null {
  if (operation.query.length === 0) return null;
  const given = new URLSearchParams(query);
  for (const parameter of operation.query) {
    const values = given.getAll(parameter.name);
    if (values.length === 0 && parameter.isRequired)
      return { place: 'query', field: parameter.name, reason: 'is missing' };
    if (values.length > 0 && !parameter.validate({ value: values.length === 1 ? values[0] : values }))
      return violated('query', parameter);
  }
  return null;
}

function inBody({ body }: Operation, request: Request): Violation | null {
  const type = request.headers.get('content-type') ?? '';
  if (!body || request.body === null || request.isBodyTruncated || !type.includes('json')) return null;
  const value = parsed(request.body);
  if (value === undefined) return { place: 'json', field: '', reason: 'is not JSON' };
  if (body(value)) return null;
  const error = body.errors?.[0];
  const field = (error?.instancePath ?? '').slice(1).replaceAll('/', '.');
  if (error?.keyword === 'unevaluatedProperties')
    return { place: 'json', field: unknownField(field, error.params), reason: 'is not described' };
  return { place: 'json', field, reason: error?.message ?? 'does not match' };
}

/** Longer names are cut: they come from the client. */
const longestName = 64;

function unknownField(parent: string, params: Json): string {
  const name = String(params['unevaluatedProperty']).slice(0, longestName);
  return parent === '' ? name : `${parent}.${name}`;
}

function violated(place: 'query' | 'path', { name, validate }: Parameter): Violation {
  return { place, field: name, reason: validate.errors?.[0]?.message ?? 'does not match' };
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const formatKinds: Readonly<Record<string, FieldKind>> = {
  uuid: 'identifier',
  email: 'identifier',
  date: 'identifier',
  'date-time': 'identifier',
};

/** Fields of the components' schemas whose format or `x-outrider-kind` tells what they are for. */
function kindsOf(document: Json): readonly FieldSetting[] {
  const components = isRecord(document['components']) ? document['components'] : {};
  return entries(components['schemas']).flatMap(([, schema]) =>
    entries(isRecord(schema) ? schema['properties'] : undefined).flatMap(([field, property]) => {
      if (!isRecord(property)) return [];
      const kind = property['x-outrider-kind'] ?? formatKinds[String(property['format'])];
      return isKind(kind) ? [{ field, kind }] : [];
    }),
  );
}

function isKind(kind: unknown): kind is FieldKind {
  return ['identifier', 'text', 'prompt', 'code', 'html', 'sql'].includes(String(kind));
}

function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return isRecord(value) ? Object.entries(value) : [];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
