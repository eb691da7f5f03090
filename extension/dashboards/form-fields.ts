import { offeredKeyword, subjectKeyword, suggestedByKeyword } from '../../shared/command.ts';

/** A question of a form, read from a command's JSON schema. */
export interface Field {
  /** The property of the input; within a group with the group's name and a dot before it. */
  readonly name: string;
  readonly label: string;
  readonly hint: string | undefined;
  readonly isRequired: boolean;
  /** True for a value that stands there and may be taken away: then null is sent. */
  readonly isClearable: boolean;
  readonly control: Control;
  /** The command that offers values for it. */
  readonly suggestedBy: string | null;
  /** What stands there at first. */
  readonly initial: FieldValue;
}

export type Control =
  | { readonly kind: 'text'; readonly isLong: boolean; readonly isSecret: boolean }
  | {
      readonly kind: 'number';
      readonly isInteger: boolean;
      readonly minimum: number | undefined;
      readonly maximum: number | undefined;
    }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'choice'; readonly choices: readonly unknown[] }
  /** One text a line. */
  | { readonly kind: 'texts' }
  | { readonly kind: 'date-time' }
  /** Texts by name: one `name: value` a line. */
  | { readonly kind: 'pairs' }
  /** Questions that belong together; left empty as a whole when it is not required. */
  | { readonly kind: 'group'; readonly fields: readonly Field[] }
  /** Anything else is written as JSON. */
  | { readonly kind: 'json' };

export type FieldValue = string | boolean;

type Schema = Readonly<Record<string, unknown>>;
type Given = Readonly<Record<string, unknown>>;

/**
 * The questions a command leaves open: all of its fields, or only the required ones that `given` leaves out. Fields
 * that are given stand in the form with their value when all are asked.
 */
export function fieldsOf(
  schema: Schema,
  given: Given,
  which: 'all' | 'missing' | 'not-given',
  prefix = '',
): readonly Field[] {
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  return Object.entries(objectOf(schema.properties)).flatMap(([name, property]) => {
    const isGiven = Object.hasOwn(given, name);
    if (isGiven && (which !== 'all' || objectOf(property)[subjectKeyword] === true)) return [];
    const field = fieldOf(prefix + name, objectOf(property), required.has(name), given[name]);
    return which === 'missing' && !isMissing(field, objectOf(property)) ? [] : [field];
  });
}

/** The input a filled form stands for, or what is wrong with it, by field name. */
export function inputOf(
  fields: readonly Field[],
  values: Readonly<Record<string, FieldValue>>,
): { readonly input: Given } | { readonly wrong: Readonly<Record<string, string>> } {
  const input: Record<string, unknown> = {};
  const wrong: Record<string, string> = {};
  for (const field of fields) {
    if (field.control.kind === 'group') {
      if (field.isClearable && isEmptied(field.control.fields, values)) {
        input[lastPart(field.name)] = null;
        continue;
      }
      const read = readGroup(field, field.control.fields, values);
      if ('wrong' in read) Object.assign(wrong, read.wrong);
      else if (read.input !== null) input[lastPart(field.name)] = read.input;
      continue;
    }
    const read = readValue(field, values[field.name] ?? field.initial);
    if ('wrong' in read) wrong[field.name] = read.wrong;
    else if (read.value !== undefined) input[lastPart(field.name)] = read.value;
  }
  return Object.keys(wrong).length > 0 ? { wrong } : { input };
}

/** A group that need not be there is not, when nothing in it was written; defaults within it are not writing. */
function readGroup(
  group: Field,
  fields: readonly Field[],
  values: Readonly<Record<string, FieldValue>>,
): { readonly input: Given | null } | { readonly wrong: Readonly<Record<string, string>> } {
  const isUntouched = fields.every(({ name, initial }) => {
    const value = values[name] ?? initial;
    return value === initial || isBlank(value);
  });
  if (isUntouched && group.initial === '' && !group.isRequired) return { input: null };
  return inputOf(fields, values);
}

/** What has to be there was taken away, or everything was. */
function isEmptied(fields: readonly Field[], values: Readonly<Record<string, FieldValue>>): boolean {
  const needed = fields.filter(({ isRequired }) => isRequired);
  const looked = needed.length > 0 ? needed : fields;
  return looked.every(({ name, initial }) => isBlank(values[name] ?? initial));
}

function isBlank(value: FieldValue): boolean {
  return typeof value === 'boolean' ? !value : value.trim() === '';
}

/** Every question, those within groups too. */
export function allFields(fields: readonly Field[]): readonly Field[] {
  return fields.flatMap((field) =>
    field.control.kind === 'group' ? [field, ...allFields(field.control.fields)] : [field],
  );
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

function isMissing(field: Field, property: Schema): boolean {
  return field.isRequired && property.default === undefined;
}

function fieldOf(name: string, property: Schema, isRequired: boolean, given: unknown): Field {
  const control = controlOf(name, property, given);
  const suggestedBy = property[suggestedByKeyword];
  return {
    name,
    label: typeof property.title === 'string' ? property.title : wordsOf(lastPart(name)),
    hint: typeof property.description === 'string' ? property.description : undefined,
    isRequired: isRequired && property.default === undefined,
    isClearable: given !== undefined && given !== null && isNullable(property),
    control,
    suggestedBy: typeof suggestedBy === 'string' ? suggestedBy : null,
    initial: initialOf(control, given ?? property.default ?? offeredIn(property, given)),
  };
}

/** Null is a value that was given: nothing. */
function offeredIn(property: Schema, given: unknown): unknown {
  return given === undefined ? property[offeredKeyword] : undefined;
}

function controlOf(name: string, schema: Schema, given: unknown): Control {
  const property = withoutNull(schema);
  if (Array.isArray(property.enum)) return { kind: 'choice', choices: property.enum };
  if (property.const !== undefined) return { kind: 'choice', choices: [property.const] };
  switch (property.type) {
    case 'boolean':
      return { kind: 'boolean' };
    case 'number':
    case 'integer':
      return {
        kind: 'number',
        isInteger: property.type === 'integer',
        minimum: bound(property.minimum),
        maximum: bound(property.maximum),
      };
    case 'array':
      return objectOf(property.items).type === 'string' ? { kind: 'texts' } : { kind: 'json' };
    case 'string':
      return property.format === 'date-time' ? { kind: 'date-time' } : textControl(name, property);
    case 'object':
      return objectControl(name, property, given);
    default:
      return { kind: 'json' };
  }
}

function objectControl(name: string, property: Schema, given: unknown): Control {
  if (objectOf(property.additionalProperties).type === 'string') return { kind: 'pairs' };
  if (Object.keys(objectOf(property.properties)).length === 0) return { kind: 'json' };
  return { kind: 'group', fields: fieldsOf(property, objectOf(given), 'all', `${name}.`) };
}

function textControl(name: string, property: Schema): Control {
  const isLong = Number(property.maxLength ?? 0) > 500 || /^(sql|text|body|reason|note)$/i.test(name);
  return { kind: 'text', isLong, isSecret: /password|secret|token/i.test(name) };
}

/** `string | null` is asked as a string that may stay empty. */
function withoutNull(property: Schema): Schema {
  const options: unknown = property.anyOf ?? property.oneOf;
  if (!Array.isArray(options)) return property;
  const rest = options.map(objectOf).filter((option) => option.type !== 'null');
  const literals = rest.map(({ const: value }) => value);
  if (literals.every((value) => value !== undefined)) return { ...property, enum: literals };
  return rest.length === 1 ? { ...property, ...rest[0] } : property;
}

function initialOf(control: Control, value: unknown): FieldValue {
  if (control.kind === 'boolean') return value === true;
  if (value === undefined || value === null) return '';
  if (control.kind === 'texts' && Array.isArray(value)) return value.join('\n');
  if (control.kind === 'group') return 'given';
  if (control.kind === 'pairs')
    return Object.entries(objectOf(value))
      .map((pair) => pair.join(': '))
      .join('\n');
  if (control.kind === 'json') return JSON.stringify(value, null, 2);
  return String(value);
}

type Read = { readonly value: unknown } | { readonly wrong: string };

function readValue(field: Field, value: FieldValue): Read {
  if (typeof value === 'boolean') return { value };
  const text = value.trim();
  if (text === '') return emptyValue(field);
  switch (field.control.kind) {
    case 'number':
      return readNumber(field.control, text);
    case 'choice':
      return { value: field.control.choices.find((choice) => String(choice) === value) ?? value };
    case 'texts':
      return {
        value: text
          .split('\n')
          .map((line) => line.trim())
          .filter(Boolean),
      };
    case 'date-time':
      return readDate(text);
    case 'pairs':
      return readPairs(text);
    case 'json':
      return readJson(text);
    default:
      return { value };
  }
}

/** Left empty is left out; emptied is nothing, said aloud, or what stood there would stay. */
function emptyValue(field: Field): Read {
  if (field.isRequired) return { wrong: 'This is needed.' };
  if (field.isClearable) return { value: null };
  return { value: field.control.kind === 'texts' && field.initial !== '' ? [] : undefined };
}

function readNumber(control: Extract<Control, { kind: 'number' }>, text: string): Read {
  const number = Number(text);
  if (!Number.isFinite(number)) return { wrong: 'Write a number.' };
  if (control.isInteger && !Number.isInteger(number)) return { wrong: 'Write a whole number.' };
  if (control.minimum !== undefined && number < control.minimum)
    return { wrong: `It must be at least ${control.minimum}.` };
  if (control.maximum !== undefined && number > control.maximum)
    return { wrong: `It must be at most ${control.maximum}.` };
  return { value: number };
}

function readPairs(text: string): Read {
  const pairs = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => /^\s*([^:]+?)\s*:\s*(.*?)\s*$/.exec(line));
  if (pairs.includes(null)) return { wrong: 'Write one `name: value` a line.' };
  return { value: Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? ''])) };
}

function readDate(text: string): Read {
  const date = new Date(text);
  return Number.isNaN(date.getTime())
    ? { wrong: 'Write a date and time, e.g. 2026-11-23 14:30.' }
    : { value: date.toISOString() };
}

function readJson(text: string): Read {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { wrong: 'This is not JSON.' };
  }
}

/** zod writes the limits of safe integers into every schema; those are no help to a person. */
function bound(value: unknown): number | undefined {
  return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined;
}

/** `gracePeriodSeconds` → Grace period seconds */
export function wordsOf(name: string): string {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]+/g, ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function isNullable(property: Schema): boolean {
  const options: unknown = property.anyOf ?? property.oneOf;
  return Array.isArray(options) && options.some((option) => objectOf(option).type === 'null');
}

function objectOf(value: unknown): Schema {
  // Safe: only read, and every reader checks what it finds.
  return typeof value === 'object' && value !== null ? (value as Schema) : {};
}
