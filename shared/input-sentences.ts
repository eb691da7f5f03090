import type { z } from 'zod';

type RawIssue = z.core.$ZodRawIssue;

/**
 * What is wanted in place of a wrong value, as a sentence for whoever gave it. Of what was given only its kind is
 * named: it may be a secret. For zod's `safeParse(data, { error: inputSentence })`; what a schema says itself goes first.
 */
export function inputSentence(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return typeSentence(issue.expected, issue.input);
    case 'invalid_value':
      return `Give ${oneOf(issue.values.map(String))}.`;
    case 'too_small':
      return `Give ${issue.inclusive === false ? 'more than' : 'at least'} ${amountOf(issue.minimum, issue.origin)}.`;
    case 'too_big':
      return `Give ${issue.inclusive === false ? 'less than' : 'at most'} ${amountOf(issue.maximum, issue.origin)}.`;
    case 'unrecognized_keys':
      return `There is no field ${issue.keys.map((key) => `\`${key}\``).join(', ')} here.`;
    case 'invalid_format':
      return formatSentence(issue);
    default:
      // A check of the schema's own has its own sentence, or zod's.
      return undefined;
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object with named fields',
  record: 'an object with named fields',
};

function typeSentence(expected: string, given: unknown): string {
  const wanted = kinds[expected] ?? expected;
  return given === undefined
    ? `It is missing: give ${wanted}.`
    : `Give ${wanted}${insteadOf(given, wanted)}.`;
}

/** Nothing where it says no more: `NaN` is what became of a text that is no number. */
function insteadOf(given: unknown, wanted: string): string {
  const kind = kindOf(given);
  return kind === null || wanted.endsWith(kind.replace(/^a /, '')) ? '' : `, not ${kind}`;
}

function kindOf(given: unknown): string | null {
  if (given === null) return 'null';
  if (Array.isArray(given)) return 'a list';
  if (Number.isNaN(given)) return null;
  const kind = typeof given;
  return kind === 'boolean' ? 'true or false' : (kinds[kind] ?? null);
}

function amountOf(amount: number | bigint, origin: string): string {
  if (origin === 'string') return `${amount} ${amount === 1 ? 'character' : 'characters'}`;
  if (origin === 'array') return `${amount} ${amount === 1 ? 'entry' : 'entries'}`;
  return String(amount);
}

function formatSentence({ format, pattern }: Extract<RawIssue, { code: 'invalid_format' }>): string {
  if (format === 'datetime') return 'Give a moment with its offset, e.g. 2030-12-31T23:59:00Z.';
  return pattern === undefined ? `Give a valid ${format}.` : `Give text of the form ${pattern}.`;
}

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? (values[0] ?? '') : `one of ${values.join(', ')}`;
}
