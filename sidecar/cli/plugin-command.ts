import { OutriderError, isRecord, type CommandInfo } from '../../shared/index.ts';
import { nearest } from '../config-nearest.ts';
import { parsedArguments } from './arguments.ts';

/** A command of a plugin, found by the first words of a command line. */
export interface FoundPluginCommand {
  readonly command: CommandInfo;
  /** What follows its spelling. */
  readonly rest: readonly string[];
}

/** The flags every plugin command takes besides its own input. */
export const clientFlags = { values: ['gateway', 'token', 'data-dir', 'input'], switches: ['json', 'help'] };

/** The command whose spelling (`keys create`) or id (`api-keys/create`) the words begin with, the longest first. */
export function foundCommand(
  tokens: readonly string[],
  commands: readonly CommandInfo[],
): FoundPluginCommand {
  const spellings = commands
    .flatMap((command) => spellingsOf(command).map((words) => ({ command, words })))
    .sort((a, b) => b.words.length - a.words.length);
  const found = spellings.find(({ words }) => words.every((word, index) => tokens[index] === word));
  if (found) return { command: found.command, rest: tokens.slice(found.words.length) };
  const words = tokens.slice(0, tokens.findIndex((each) => each.startsWith('-')) >>> 0);
  throw unknownCommand(
    words.join(' '),
    spellings.map((each) => each.words.join(' ')),
  );
}

/** With the commands that begin so, or else the one that was probably meant. */
function unknownCommand(given: string, spellings: readonly string[]): OutriderError {
  const begun = spellings.filter((each) => each.startsWith(`${given} `)).sort();
  if (begun.length > 0) return new OutriderError('usage', `More is wanted: ${begun.join(', ')}.`);
  const hint = nearest(given, spellings);
  const todo = hint === null ? '`outrider commands` lists them.' : `Did you mean ${hint}?`;
  return new OutriderError('usage', `There is no command ${given}. ${todo}`);
}

export function spellingsOf({ cli, id }: CommandInfo): readonly (readonly string[])[] {
  return cli === undefined ? [[id]] : [cli.split(' '), [id]];
}

interface Property {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: Property;
  readonly properties?: Readonly<Record<string, Property>>;
  readonly anyOf?: readonly Property[];
}

/** The input's fields by the flag they are given with. */
export function flagsOf({
  inputSchema,
}: CommandInfo): ReadonlyMap<string, { name: string; property: Property; isRequired: boolean }> {
  const properties = recordOf(inputSchema['properties']);
  const required = Array.isArray(inputSchema['required']) ? inputSchema['required'] : [];
  return new Map(
    Object.entries(properties).map(([name, property]) => [
      kebab(name),
      // Safe: a JSON Schema made by the gateway; every field read from it is checked where it is used.
      { name, property: recordOf(property) as Property, isRequired: required.includes(name) },
    ]),
  );
}

/** The input of a command line: `--input '{…}'`, then flags, then bare words for the required fields left. */
export function inputOf(command: CommandInfo, rest: readonly string[]) {
  const fields = flagsOf(command);
  const isSwitch = ([, { property }]: [string, { property: Property }]) => typeOf(property) === 'boolean';
  const names = {
    values: [...clientFlags.values, ...[...fields].filter((each) => !isSwitch(each)).map(([flag]) => flag)],
    switches: [
      ...clientFlags.switches,
      ...[...fields].filter(isSwitch).flatMap(([flag]) => [flag, `no-${flag}`]),
    ],
  };
  const { words, flags } = parsedArguments(rest, names);
  const whole = flags['input'];
  const input: Record<string, unknown> = { ...(typeof whole === 'string' && jsonObject('input', whole)) };
  for (const [flag, { name, property }] of fields) {
    const value = flags[flag];
    if (value !== undefined) input[name] = value === true ? true : typed(flag, value, property);
    if (flags[`no-${flag}`] !== undefined) input[name] = false;
  }
  assignWords(words, command, fields, input);
  return { input, flags };
}

function assignWords(
  words: readonly string[],
  command: CommandInfo,
  fields: ReturnType<typeof flagsOf>,
  input: Record<string, unknown>,
): void {
  const open = [...fields].filter(([, { name, isRequired }]) => isRequired && input[name] === undefined);
  if (words.length > open.length) {
    throw new OutriderError(
      'usage',
      `${spellingsOf(command)[0]?.join(' ')} does not take \`${words[open.length]}\`.`,
    );
  }
  for (const [index, [flag, { name, property }]] of open.entries()) {
    const word = words[index];
    if (word === undefined) {
      const spelling = spellingsOf(command)[0]?.join(' ');
      throw new OutriderError(
        'usage',
        `--${flag} is missing; \`outrider ${spelling} --help\` lists the flags.`,
      );
    }
    input[name] = typed(flag, word, property);
  }
}

function jsonObject(flag: string, text: string, wanted = ''): Readonly<Record<string, unknown>> {
  const value = jsonOf(text);
  if (isRecord(value)) return value;
  throw new OutriderError('usage', `--${flag} takes a JSON object${wanted}.`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is no object either: whoever asks says so.
    return undefined;
  }
}

/** A text as the schema's type wants it; what does not fit is left for the gateway's schema to refuse. */
function typed(flag: string, text: string, property: Property): unknown {
  const type = typeOf(property);
  if (type === 'array') return text.split(',').map((each) => typed(flag, each.trim(), property.items ?? {}));
  if (type === 'number' || type === 'integer') {
    if (text.trim() === '' || !Number.isFinite(Number(text))) {
      throw new OutriderError('usage', `--${flag} takes a number, not \`${text}\`.`);
    }
    return Number(text);
  }
  if (type === 'boolean') return text === 'true';
  return type === 'object' ? jsonObject(flag, text, `: ${placeholder(property)}`) : text;
}

function typeOf({ type, anyOf }: Property): string {
  if (typeof type === 'string') return type;
  if (Array.isArray(type)) return type.find((each) => each !== 'null') ?? 'string';
  const [first] = (anyOf ?? []).filter((each) => each.type !== 'null');
  return first ? typeOf(first) : 'string';
}

/** What `--help` behind a command prints. */
export function commandHelp(command: CommandInfo): string {
  const rows = [...flagsOf(command)].map(([flag, { property, isRequired }]) => {
    const type = typeOf(property);
    const value = type === 'boolean' ? '' : ` ${property.enum?.join('|') ?? placeholder(property)}`;
    const notes = [
      property.description,
      isRequired ? 'required' : undefined,
      property.default === undefined ? undefined : `default ${JSON.stringify(property.default)}`,
    ];
    return [`--${flag}${value}`, notes.filter((note) => note !== undefined).join('; ')] as const;
  });
  const width = Math.min(mostBeside, Math.max(10, ...rows.map(([flag]) => flag.length)));
  const spelling = spellingsOf(command)[0]?.join(' ') ?? command.id;
  const lines = rows.flatMap(([flag, notes]) =>
    flag.length > width && notes !== ''
      ? [`  ${flag}`, `  ${''.padEnd(width)}  ${notes}`]
      : [`  ${flag.padEnd(width)}  ${notes}`.trimEnd()],
  );
  return [`outrider ${spelling}: ${command.title}.`, command.summary ?? '', '', ...lines, ''].join('\n');
}

/** Longer flags have their notes on the next line. */
const mostBeside = 28;

/** What to write for a value: `NUMBER`, or for an object its fields, e.g. `'{"requests":NUMBER,"seconds":NUMBER}'`. */
function placeholder(property: Property): string {
  const shape = [property, ...(property.anyOf ?? [])].find(({ properties }) => properties !== undefined);
  if (shape?.properties === undefined)
    return typeOf(property) === 'object' ? `'{"NAME":"VALUE"}'` : typeOf(property).toUpperCase();
  const fields = Object.entries(shape.properties).map(
    ([name, each]) => `"${name}":${typeOf(each).toUpperCase()}`,
  );
  return `'{${fields.join(',')}}'`;
}

const kebab = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();

const recordOf = (value: unknown): Readonly<Record<string, unknown>> => (isRecord(value) ? value : {});
