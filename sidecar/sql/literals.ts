import { Tokenizer, tokenKind } from './tokenizer.ts';

/** Values written into a text that are looked at. */
const literalsMax = 64;

/** The values a backend wrote into a statement's text, unquoted: drivers without parameters do so. */
export function literalsOf(text: string): readonly string[] {
  const tokens = new Tokenizer(text);
  const found: string[] = [];
  while (found.length < literalsMax && tokens.next())
    if (tokens.kind === tokenKind.literal) found.push(unquoted(text.slice(tokens.start, tokens.end)));
  return found;
}

function unquoted(literal: string): string {
  const quoted = /^[a-zA-Z&]*'([\s\S]*)'$/.exec(literal)?.[1];
  return quoted === undefined ? literal : quoted.replaceAll("''", "'");
}
