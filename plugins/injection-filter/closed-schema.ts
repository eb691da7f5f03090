import { isRecord } from '../../shared/index.ts';

type Json = Readonly<Record<string, unknown>>;

/** Keywords whose value is a schema, or holds schemas, of what lies inside: the place of a value of its own. */
const insideOne = ['items', 'additionalProperties', 'contains', 'propertyNames'];
const insideMany = ['properties', 'patternProperties', 'prefixItems'];
/** Keywords whose schemas say more about the same value. */
const besideOne = ['not', 'if', 'then', 'else'];
const besideMany = ['allOf', 'dependentSchemas'];
const oneOfMany = ['anyOf', 'oneOf'];

/**
 * A schema under which an object at any depth has no field that nothing names. `unevaluatedProperties` (JSON Schema 2020-12,
 * core 11.3) is set once for each place of a value, since it knows what references and compositions there have named;
 * an object of which no field is described stays open.
 */
export function closed(schema: unknown): unknown {
  if (!isRecord(schema)) return schema;
  const inner = opened(withClosedInside(schema));
  const describesFields = ['properties', '$ref', ...oneOfMany, 'allOf'].some((each) => each in schema);
  return describesFields ? { ...inner, unevaluatedProperties: false } : inner;
}

/** The same for a schema that others refer to or compose: what lies inside is closed, and who uses it closes the whole. */
export function closedInside(schema: unknown): unknown {
  return isRecord(schema) ? opened(withClosedInside(schema)) : schema;
}

/** All schemas that a document of OpenAPI names. */
export function closedComponents(document: Json): Json {
  const components = isRecord(document['components']) ? document['components'] : {};
  return { ...document, components: { ...components, schemas: mapped(components['schemas'], closedInside) } };
}

function withClosedInside(schema: Json): Json {
  const result: Record<string, unknown> = { ...schema };
  const change = (keys: readonly string[], to: (value: unknown) => unknown): void => {
    for (const key of keys) if (key in schema) result[key] = to(schema[key]);
  };
  const beside = (each: unknown): unknown => (isRecord(each) ? withClosedInside(each) : each);
  change(insideOne, closed);
  change(insideMany, (value) => mapped(value, closed));
  change(besideOne, beside);
  change(besideMany, (value) => mapped(value, beside));
  change(oneOfMany, (value) => mapped(value, closedInside));
  return result;
}

/** Any field may stand in an object of which none is described. */
function opened(schema: Json): Json {
  const mayBeObject = schema['type'] === undefined || [schema['type']].flat().includes('object');
  const isDescribed = [
    'properties',
    '$ref',
    'allOf',
    'additionalProperties',
    'enum',
    'const',
    ...oneOfMany,
  ].some((each) => each in schema);
  return mayBeObject && !isDescribed ? { ...schema, additionalProperties: true } : schema;
}

function mapped(value: unknown, to: (each: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(to);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, to(each)]));
}
