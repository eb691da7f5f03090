import type { ValueVisitor } from './places.ts';

/** A string literal of a GraphQL document, under the name of the argument or input field it is for. */
export interface GraphqlLiteral {
  readonly argument: string;
  readonly value: string;
  /** Where it stands in the document, quotes and all. */
  readonly start: number;
  readonly end: number;
}

/** Literals read from one document; those above are judged with the document as a whole only. */
const mostLiterals = 256;
/** Comments, commas and white space are ignored before the first definition (GraphQL October 2021 §2.1.3 to 2.1.7). */
const beginning =
  /^(?:[\s,\ufeff]|#[^\n\r]*[\n\r])*(?:\{|(?:query|mutation|subscription|fragment)\b[^"#]*\{)/;
const longestBeginning = 2048;

/** Whether a text begins like a GraphQL document that has string literals. */
export function isGraphqlDocument(text: string): boolean {
  return text.includes('"') && beginning.test(text.slice(0, longestBeginning));
}

/** The field of a request in which a GraphQL document stands, by the last part of its path. */
export function isGraphqlField(field: string): boolean {
  return /(?:^|\.)(?:query|document|)$/.test(field);
}

/**
 * String literals of a document, quoted and block strings alike (GraphQL October 2021 §2.9.4): each is a value of its own
 * to a resolver, whatever stands around it. One pass; what is no GraphQL gives what quotes it has.
 */
export function literalsOf(document: string): readonly GraphqlLiteral[] {
  const literals: GraphqlLiteral[] = [];
  let argument = '';
  let name = '';
  for (let at = 0; at < document.length && literals.length < mostLiterals;) {
    const char = document[at] ?? '';
    if (char === '"') {
      const { value, end } = stringAt(document, at);
      if (value !== '') literals.push({ argument, value, start: at, end });
      at = end;
    } else if (isNameStart(char)) {
      const end = nameEnd(document, at);
      name = document.slice(at, Math.min(end, at + 64));
      at = end;
    } else {
      if (char === ':') argument = name;
      at = char === '#' ? lineEnd(document, at) : at + 1;
    }
  }
  return literals;
}

/** Visits the literals of GraphQL documents as well, each under its argument's name: `query.filter`. */
export function withLiterals(visit: ValueVisitor): ValueVisitor {
  return (value, place) => {
    if (!isGraphqlDocument(value) || !isGraphqlField(place.field())) return visit(value, place);
    const literals = literalsOf(value);
    if (visit(withoutEscaped(value, literals), place)) return true;
    return literals.some((literal) =>
      visit(literal.value, {
        part: place.part,
        field: () => [place.field(), literal.argument].filter((each) => each !== '').join('.'),
      }),
    );
  };
}

/** A document without what its literals say that hold a quote: `"name = \"x\" and …"` closes none for whoever reads GraphQL. */
function withoutEscaped(document: string, literals: readonly GraphqlLiteral[]): string {
  let [text, from] = ['', 0];
  for (const { start, end } of literals) {
    if (!document.slice(start, end).includes('\\"')) continue;
    text += `${document.slice(from, start)}""`;
    from = end;
  }
  return text + document.slice(from);
}

interface Read {
  readonly value: string;
  readonly end: number;
}

function stringAt(document: string, open: number): Read {
  return document.startsWith('"""', open) ? blockAt(document, open + 3) : quotedAt(document, open + 1);
}

function blockAt(document: string, from: number): Read {
  let end = document.indexOf('"""', from);
  while (end > 0 && document[end - 1] === '\\') end = document.indexOf('"""', end + 3);
  if (end < 0) return { value: document.slice(from), end: document.length };
  return { value: document.slice(from, end).replaceAll('\\"""', '"""'), end: end + 3 };
}

function quotedAt(document: string, from: number): Read {
  let at = from;
  while (at < document.length && document[at] !== '"' && document[at] !== '\n')
    at += document[at] === '\\' ? 2 : 1;
  return { value: unescaped(document.slice(from, at)), end: at + 1 };
}

const plainEscapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:u\{([0-9a-f]{1,6})\}|u([0-9a-f]{4})|(.))/gi, (whole, long, short, plain) => {
    const code = Number.parseInt(String(long ?? short ?? ''), 16);
    if (Number.isNaN(code)) return plainEscapes[String(plain)] ?? String(plain);
    return code > 0x10ffff ? String(whole) : String.fromCodePoint(code);
  });
}

function isNameStart(char: string): boolean {
  return /[_A-Za-z]/.test(char);
}

function nameEnd(document: string, from: number): number {
  let at = from + 1;
  while (at < document.length && /\w/.test(document[at] ?? '')) at += 1;
  return at;
}

function lineEnd(document: string, from: number): number {
  const end = document.indexOf('\n', from);
  return end < 0 ? document.length : end;
}
