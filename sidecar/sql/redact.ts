import { textMemory } from './text-memory.ts';
import { Tokenizer, tokenKind } from './tokenizer.ts';

export const redacted = '[redacted]';

/** Columns whose values nobody needs to see in a log, beyond the configured words. */
const secretColumns =
  /(?:^|[^a-z])(?:passwd|pwd|passphrase|passcode|pin_?code|private_?key|access_?key|signing_?key|ssn|social_security\w*|cvv|cvc|card_?number|iban|otp|mfa_?\w+|recovery_?code)(?:$|[^a-z])/i;

/** How many tokens a language model read or wrote is no secret. */
const tokenCounts =
  /(?<![a-z])(?:(?:max|min|prompt|completion|input|output|total|used|cached|reasoning|num)_?tokens|tokens?_?(?:count|used|limit|budget))(?![a-z])/gi;

export interface Redactor {
  /** What must be hidden of a statement; null for the ordinary one. */
  rulesFor(text: string): Hidden | null;
}

export interface Hidden {
  /** The text with its values hidden. */
  readonly text: string;
  /** `all`, or the numbers ($1 is 1) of the parameters to hide. */
  readonly parameters: 'all' | ReadonlySet<number>;
}

/**
 * Hides the values of statements that name one of the words (any case, anywhere in the text), and those written
 * to or compared with a column that sounds secret.
 */
export function createRedactor(words: readonly string[]): Redactor {
  const named = words.length === 0 ? null : new RegExp(words.map(escaped).join('|'), 'i');
  return {
    rulesFor: textMemory((text) => {
      if (named?.test(text) && named.test(text.replace(tokenCounts, '')))
        return { text: withoutValues(text), parameters: 'all' };
      if (!secretColumns.test(text)) return null;
      const parameters = parametersOfSecretColumns(text);
      return { text: withoutValues(text), parameters };
    }),
  };
}

/** The text with each literal replaced. */
export function withoutValues(text: string, mark: (value: string) => string = () => redacted): string {
  const tokens = new Tokenizer(text);
  let out = '';
  while (tokens.next())
    out +=
      tokens.kind === tokenKind.literal ? `'${mark(literal(tokens))}'` : text.slice(tokens.start, tokens.end);
  return out;
}

const literal = ({ text, start, end }: Tokenizer): string => text.slice(start, end);

function parametersOfSecretColumns(text: string): ReadonlySet<number> {
  const hidden = new Set<number>();
  const compared = /([\w"]+)\s*(?:=|<>|!=|~~?\*?|\bI?LIKE\b|\bIN\s*\()\s*\(?\s*\$(\d+)/gi;
  for (const [, column = '', number] of text.matchAll(compared))
    if (secretColumns.test(column)) hidden.add(Number(number));
  for (const number of insertedParameters(text)) hidden.add(number);
  return hidden;
}

/** `INSERT INTO t (a, ssn) VALUES ($1, $2), ($3, $4)` → 2 and 4. */
function insertedParameters(text: string): readonly number[] {
  const [, columns, rows] = /\bINTO\s+[\w".]+\s*\(([^)]*)\)\s*VALUES\s*([\s\S]*)/i.exec(text) ?? [];
  if (columns === undefined || rows === undefined) return [];
  const secret = columns.split(',').map((column) => secretColumns.test(column));
  return [...rows.matchAll(/\(([^()]*)\)/g)].flatMap(([, row = '']) =>
    row.split(',').flatMap((value, index) => {
      const number = /^\s*\$(\d+)/.exec(value)?.[1];
      return number !== undefined && secret[index] === true ? [Number(number)] : [];
    }),
  );
}

function escaped(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
