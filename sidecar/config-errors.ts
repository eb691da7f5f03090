import type { z } from 'zod';
import { OutriderError, type InputIssue } from '../shared/index.ts';
import { configSchema } from './config-schema.ts';
import { nearest } from './config-nearest.ts';
import type { Assignment } from './config-sources.ts';

/**
 * The error of a configuration: for each wrong value where it came from, what is wrong and what to write.
 * Unknown names get the known ones and the one that was probably meant.
 */
export function invalidConfig(
  error: z.ZodError,
  assignments: readonly Assignment[],
  file: string | null,
): OutriderError {
  const issues = error.issues.map((issue) => toldIssue(issue, assignments, file));
  const told = issues.map(({ path, message }) => `${path}: ${message}`).join('\n  ');
  return new OutriderError('config_invalid', `\n  ${told}`, { issues, cause: error });
}

function toldIssue(
  issue: z.core.$ZodIssue,
  assignments: readonly Assignment[],
  file: string | null,
): InputIssue {
  const path = issue.path.map(String).join('.');
  const source = assignments.findLast((each) => each.path === path)?.source ?? file ?? 'the configuration';
  return { path: path || '(top level)', message: `${toldMessage(issue, path)} (from ${source})` };
}

function toldMessage(issue: z.core.$ZodIssue, path: string): string {
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(path);
    const hints = issue.keys.map((key) => `\`${key}\`${suggestion(key, known)}`).join(', ');
    return `There is no setting ${hints}. Known here: ${known.join(', ')}.`;
  }
  if (path === 'http.upstream') return 'Write the URL of the backend, e.g. http://127.0.0.1:3000.';
  if (/^plugins\.\d+$/.test(path))
    return 'Write an entry as { plugin: api-keys, mode: enforce, options: {} }.';
  if (issue.code === 'invalid_value') return `Write one of ${issue.values.map(String).join(', ')}.`;
  if (issue.code === 'invalid_type') return `Write ${kindWords[issue.expected] ?? issue.expected} here.`;
  if (issue.code === 'too_small') return `Write ${atLeast(issue)}.`;
  if (issue.code === 'too_big') return `Write at most ${issue.maximum}${unitOf(issue.origin)}.`;
  return issue.message.endsWith('.') ? issue.message : `${issue.message}.`;
}

const kindWords: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'settings by name',
  record: 'settings by name',
};

function atLeast({ minimum, inclusive, origin }: z.core.$ZodIssueTooSmall): string {
  return inclusive === false ? `more than ${minimum}` : `at least ${minimum}${unitOf(origin)}`;
}

const unitOf = (origin: string): string =>
  origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '';

/** The names that are allowed at a path of the schema. */
function knownKeys(path: string): readonly string[] {
  let schema: z.core.$ZodType = configSchema;
  for (const name of path === '' ? [] : path.split('.')) {
    const next = /^\d+$/.test(name) ? elementOf(schema) : shapeOf(schema)[name];
    if (!next) return [];
    schema = next;
  }
  return Object.keys(shapeOf(schema));
}

function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType | undefined>> {
  const inner = innermost(schema);
  const { def } = inner._zod;
  return def.type === 'object' ? (def as z.core.$ZodObjectDef).shape : {};
}

function elementOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const { def } = innermost(schema)._zod;
  return def.type === 'array' ? (def as z.core.$ZodArrayDef).element : undefined;
}

/** Without the wrappers that give defaults. */
function innermost(schema: z.core.$ZodType): z.core.$ZodType {
  const { def } = schema._zod;
  return 'innerType' in def ? innermost(def.innerType as z.core.$ZodType) : schema;
}

function suggestion(key: string, known: readonly string[]): string {
  const hint = nearest(key, known);
  return hint === null ? '' : ` (did you mean \`${hint}\`?)`;
}
