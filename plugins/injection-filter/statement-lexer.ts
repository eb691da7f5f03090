/** A token of a statement as PostgreSQL's scanner cuts it: string, quoted name, comment, or any other run. */
export interface Lexeme {
  readonly kind: 'string' | 'name' | 'comment' | 'word' | 'symbol';
  readonly start: number;
  readonly end: number;
}

/**
 * Cuts a statement into lexemes with PostgreSQL's rules: '' doubled, E'' with backslashes, "names", $tag$ strings,
 * nested comments (PostgreSQL manual, 4.1). Linear; an unclosed string or comment reaches to the end.
 */
export function lexemesOf(text: string): readonly Lexeme[] {
  const lexemes: Lexeme[] = [];
  for (let at = 0; at < text.length;) {
    if (text.charCodeAt(at) <= 32) {
      at += 1;
      continue;
    }
    const lexeme = lexemeAt(text, at);
    lexemes.push(lexeme);
    at = lexeme.end;
  }
  return lexemes;
}

/** The lexeme that begins at an offset, which must not be white space. */
export function lexemeAt(text: string, at: number): Lexeme {
  const two = text.slice(at, at + 2);
  if (two === '--') return cut('comment', at, lineEnd(text, at));
  if (two === '/*') return cut('comment', at, blockEnd(text, at));
  if (two[0] === "'") return cut('string', at, quoteEnd(text, at, "'", false));
  if (/^e'/i.test(two)) return cut('string', at, quoteEnd(text, at + 1, "'", true));
  if (two[0] === '"') return cut('name', at, quoteEnd(text, at, '"', false));
  if (two[0] === '$') {
    const tag = /^\$(?:[A-Za-z_]\w{0,62})?\$/.exec(text.slice(at, at + 66))?.[0];
    if (tag !== undefined) return cut('string', at, after(text, tag, at + tag.length));
  }
  const word = /^[\w$\u0080-\uffff.]+/.exec(text.slice(at, at + 200))?.[0];
  return word === undefined ? cut('symbol', at, at + 1) : cut('word', at, at + word.length);
}

function cut(kind: Lexeme['kind'], start: number, end: number): Lexeme {
  return { kind, start, end };
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + mark.length;
}

function blockEnd(text: string, start: number): number {
  let depth = 1;
  for (let at = start + 2; at < text.length; at += 1) {
    const two = text.slice(at, at + 2);
    if (two === '/*') depth += 1;
    else if (two === '*/') depth -= 1;
    if (two === '/*' || two === '*/') at += 1;
    if (depth === 0) return at + 1;
  }
  return text.length;
}

function quoteEnd(text: string, open: number, quote: string, hasEscapes: boolean): number {
  for (let at = open + 1; at < text.length; at += 1) {
    if (hasEscapes && text[at] === '\\') at += 1;
    else if (text[at] === quote) {
      if (text[at + 1] !== quote) return at + 1;
      at += 1;
    }
  }
  return text.length;
}
