import type { WrittenKey } from './live-keys.ts';

/** A change of a text: what stands from `start` to `end` (UTF-16) becomes `text`. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Every place where a key stands becomes its successor, or nothing. */
export function replacedBy(keys: readonly WrittenKey[], successor: string): readonly Replacement[] {
  return keys.map(({ start, end }) => ({ start, end, text: successor }));
}

/** How a language reads an environment variable where a string literal stood; null where texts are expanded in place. */
export function environmentReference(languageId: string, name: string): string | null {
  switch (languageId) {
    case 'javascript':
    case 'javascriptreact':
    case 'typescript':
    case 'typescriptreact':
    case 'vue':
    case 'svelte':
      return `process.env.${name}`;
    case 'python':
      return `os.environ["${name}"]`;
    case 'ruby':
      return `ENV.fetch("${name}")`;
    case 'go':
      return `os.Getenv("${name}")`;
    case 'java':
    case 'kotlin':
      return `System.getenv("${name}")`;
    case 'csharp':
      return `Environment.GetEnvironmentVariable("${name}")`;
    case 'php':
      return `getenv('${name}')`;
    default:
      return null;
  }
}

/**
 * Every place where a key stands becomes a reference to an environment variable. A literal that is nothing but the key
 * goes with its quotes; of a longer one the rest stays and is joined. Outside of literals, and in shells and files of
 * settings, it is `${NAME}`.
 */
export function replacedByVariable(
  text: string,
  keys: readonly WrittenKey[],
  languageId: string,
  name: string,
): readonly Replacement[] {
  const reference = environmentReference(languageId, name);
  return keys.map((key) => {
    const quote = reference === null ? null : quoteAround(text, key);
    if (reference === null || quote === null) return { ...placeOf(key), text: `\${${name}}` };
    return quote === '`'
      ? { ...placeOf(key), text: `\${${reference}}` }
      : joined(text, key, quote, reference, languageId);
  });
}

/** `ORDERS_CI_API_KEY` of “Orders (CI)”. */
export function variableNameFor(label: string): string {
  const words = label
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toUpperCase();
  const name = /(^|_)KEY$/.test(words) ? words : [words, 'API_KEY'].filter(Boolean).join('_');
  return /^\d/.test(name) ? `KEY_${name}` : name;
}

export const variableNamePattern = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/;

function joined(
  text: string,
  key: WrittenKey,
  quote: string,
  reference: string,
  languageId: string,
): Replacement {
  const plus = languageId === 'php' ? ' . ' : ' + ';
  const isFirst = text[key.start - 1] === quote;
  const isLast = text[key.end] === quote;
  return {
    start: isFirst ? key.start - 1 : key.start,
    end: isLast ? key.end + 1 : key.end,
    text: `${isFirst ? '' : quote + plus}${reference}${isLast ? '' : plus + quote}`,
  };
}

/** The quote of the literal on this line that a key stands in; null outside of one. */
function quoteAround(text: string, { start, end }: WrittenKey): string | null {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  let open: string | null = null;
  for (let at = lineStart; at < start; at += 1) {
    const letter = text[at] ?? '';
    if (letter === '\\') at += 1;
    else if (open === null && /["'`]/.test(letter)) open = letter;
    else if (open === letter) open = null;
  }
  const lineEnd = text.indexOf('\n', end);
  const rest = text.slice(end, lineEnd === -1 ? undefined : lineEnd);
  return open !== null && rest.includes(open) ? open : null;
}

function placeOf({ start, end }: WrittenKey): { readonly start: number; readonly end: number } {
  return { start, end };
}
