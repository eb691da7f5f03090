import { scanSync } from 'libpg-query';
import type { Parameters } from './conditions-of.ts';
import { literal } from './definition.ts';

/**
 * A statement with its parameters written as literals. PostgreSQL takes an untyped literal's type from where it
 * stands, as it does a parameter's, so the plan is the one made for these values.
 */
export function withLiterals(text: string, parameters: Parameters): string {
  if (parameters.length === 0) return text;
  const bytes = Buffer.from(text);
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, text: token } of scanSync(text).tokens) {
    const number = /^\$(\d+)$/.exec(token)?.[1];
    if (number === undefined) continue;
    // The scanner counts bytes.
    parts.push(bytes.subarray(at, start).toString(), literal(parameters[Number(number) - 1] ?? null));
    at = end;
  }
  return parts.join('') + bytes.subarray(at).toString();
}
