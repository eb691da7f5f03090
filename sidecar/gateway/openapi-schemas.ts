import { z } from 'zod';

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Makes JSON Schemas (2020-12) fit for an OpenAPI document. References inside a schema (`#`, `#/$defs/…`) are meant from its
 * own root; in a document they would point elsewhere, so what they name moves to `components.schemas`.
 */
export interface Hoist {
  readonly schemas: Readonly<Record<string, JsonObject>>;
  /** Puts the schema itself among the components and returns a reference to it. */
  zod(name: string, schema: z.ZodType): JsonObject;
  /** Returns the schema, with only its definitions moved. */
  inline(name: string, schema: JsonObject): JsonObject;
}

export function createHoist(): Hoist {
  const schemas: Record<string, JsonObject> = {};

  function inline(name: string, schema: JsonObject): JsonObject {
    const { $schema: _dialect, $defs, ...rest } = schema;
    const rename = (reference: string): string => {
      if (reference === '#') return referenceTo(name);
      return reference.startsWith('#/$defs/') ? referenceTo(`${name}.${reference.slice(8)}`) : reference;
    };
    for (const [each, definition] of Object.entries(isObject($defs) ? $defs : {})) {
      schemas[`${name}.${each}`] = renamed(definition, rename);
    }
    const own = renamed(rest, rename);
    if (JSON.stringify(own).includes(`"${referenceTo(name)}"`)) schemas[name] = own;
    return own;
  }

  return {
    schemas,
    inline,
    zod(name, schema) {
      schemas[name] = inline(name, z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }));
      return { $ref: referenceTo(name) };
    },
  };
}

const referenceTo = (name: string): string => `#/components/schemas/${name}`;

function renamed(schema: unknown, rename: (reference: string) => string): JsonObject {
  // Safe: a JSON object goes in, and `walk` gives objects for objects.
  return walk(schema, rename) as JsonObject;
}

function walk(value: unknown, rename: (reference: string) => string): unknown {
  if (Array.isArray(value)) return value.map((each) => walk(each, rename));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      name === '$ref' && typeof each === 'string' ? rename(each) : walk(each, rename),
    ]),
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null;
}
