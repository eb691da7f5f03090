import { OutriderError } from '../../shared/index.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * One input from an address's parts: the path wins over the body, the body over the query. Texts of the path and the
 * query become numbers and booleans where the command's schema (JSON Schema) wants those, so that one schema serves
 * every address; what does not convert is left for the schema to refuse.
 */
export function mergedInput(
  schema: Fields,
  parts: { readonly path: Fields; readonly query: Fields; readonly body: unknown },
): Fields {
  const { path, query, body } = parts;
  return { ...converted(schema, query), ...fieldsOf(body), ...converted(schema, path) };
}

/** A JSON object, or nothing at all. Throws `body_not_json` for any other JSON. */
export function fieldsOf(body: unknown): Fields {
  if (body === undefined) return {};
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new OutriderError('body_not_json', 'The body must be a JSON object.');
  }
  // Safe: a JSON object has nothing but named fields.
  return body as Fields;
}

function converted(schema: Fields, texts: Fields): Fields {
  const properties = isFields(schema['properties']) ? schema['properties'] : {};
  return Object.fromEntries(
    Object.entries(texts).map(([name, value]) => [name, convert(properties[name], value)]),
  );
}

function convert(schema: unknown, value: unknown): unknown {
  if (!isFields(schema)) return value;
  if (schema['type'] === 'array') return [value].flat().map((each) => convert(schema['items'], each));
  if (typeof value !== 'string') return value;
  if (schema['type'] === 'number' || schema['type'] === 'integer') return numberOf(value);
  if (schema['type'] === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  return value;
}

function numberOf(text: string): unknown {
  return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : text;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
