import { isRecord } from '../../shared/index.ts';

type Json = Readonly<Record<string, unknown>>;

/** Keywords whose value is data, whatever stands in it. */
const data = new Set(['example', 'examples', 'default', 'enum', 'const']);
/** Keywords whose keys are names that somebody chose. */
const named = new Set(['properties', 'patternProperties', 'schemas']);

/**
 * A document with the schemas of OpenAPI 3.0 as JSON Schema 2020-12 has them, which OpenAPI 3.1 uses: `nullable`
 * becomes one more type, and limits that were made exclusive by a flag become exclusive limits (OpenAPI 3.0.3,
 * schema object). Whatever version a document claims: many claim 3.1 and still write `nullable`.
 */
export function inDraft2020(document: Json): Json {
  const inner = Object.entries(document).map(([key, each]): readonly [string, unknown] => [
    key,
    data.has(key) ? each : deeper(key, each),
  ]);
  return schemaOf(Object.fromEntries(inner));
}

function deeper(key: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => deeper('', each));
  if (!isRecord(value)) return value;
  if (!named.has(key)) return inDraft2020(value);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, deeper('', each)]));
}

function schemaOf(schema: Json): Json {
  return nullable(exclusive(exclusive(schema, 'minimum', 'exclusiveMinimum'), 'maximum', 'exclusiveMaximum'));
}

/** `minimum: 0, exclusiveMinimum: true` is `exclusiveMinimum: 0`. */
function exclusive(schema: Json, limit: string, flag: string): Json {
  if (typeof schema[flag] !== 'boolean') return schema;
  const { [flag]: isExclusive, [limit]: value, ...rest } = schema;
  if (value === undefined) return rest;
  return { ...rest, [isExclusive === true ? flag : limit]: value };
}

function nullable(schema: Json): Json {
  if (schema['nullable'] !== true) return schema;
  const { nullable: _nullable, ...rest } = schema;
  if (typeof rest['type'] !== 'string') return { anyOf: [rest, { type: 'null' }] };
  const values = rest['enum'];
  return {
    ...rest,
    type: [rest['type'], 'null'],
    ...(Array.isArray(values) && { enum: [...(values as unknown[]), null] }),
  };
}
