import { OutriderError } from '../../shared/index.ts';
import { nearest } from '../config-nearest.ts';

/** A command line, split: the words before and between flags, and the flags without their dashes. */
export interface Arguments {
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, string | true>>;
}

export interface FlagNames {
  /** Flags that take a value. */
  readonly values: readonly string[];
  /** Flags that stand alone. */
  readonly switches: readonly string[];
}

/**
 * Splits by the flags there are: `--name value`, `--name=value`, `--switch`; `--` ends the flags. A flag given
 * twice is a list, joined by commas. Throws `usage` naming the flag that is unknown or lacks its value.
 */
export function parsedArguments(tokens: readonly string[], names: FlagNames): Arguments {
  const words: string[] = [];
  const flags: Record<string, string | true> = {};
  const rest = [...tokens];
  for (let token = rest.shift(); token !== undefined; token = rest.shift()) {
    if (token === '--') words.push(...rest.splice(0));
    else if (!token.startsWith('-') || token === '-') words.push(token);
    else readFlag(token, rest, names, flags);
  }
  return { words, flags };
}

const short: Readonly<Record<string, string>> = { '-h': '--help', '-v': '--version' };

function readFlag(
  token: string,
  rest: string[],
  names: FlagNames,
  flags: Record<string, string | true>,
): void {
  const [name = '', ...value] = (short[token] ?? token).replace(/^--?/, '').split('=');
  if (names.switches.includes(name)) {
    if (value.length > 0) throw new OutriderError('usage', `--${name} takes no value.`);
    flags[name] = true;
    return;
  }
  if (!names.values.includes(name)) throw unknownFlag(token, name, names);
  const given = value.length > 0 ? value.join('=') : rest.shift();
  if (given === undefined || (value.length === 0 && given.startsWith('--'))) {
    throw new OutriderError('usage', `--${name} needs a value.`);
  }
  const before = flags[name];
  flags[name] = typeof before === 'string' ? `${before},${given}` : given;
}

function unknownFlag(token: string, name: string, { values, switches }: FlagNames): OutriderError {
  const hint = nearest(name, [...values, ...switches]);
  const known = hint === null ? '' : ` Did you mean --${hint}?`;
  return new OutriderError('usage', `There is no flag ${token.split('=')[0]}.${known}`);
}
