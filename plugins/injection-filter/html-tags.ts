/* oxlint-disable no-control-regex -- control characters are what browsers and decoders drop */
import { characterSet } from './character-set.ts';

/** One tag as a browser would read it, quotes and slashes and control characters as the WHATWG tokenizer treats them (13.2.5). */
export interface Tag {
  readonly name: string;
  readonly isClosing: boolean;
  readonly attributes: readonly Attribute[];
  readonly start: number;
  readonly end: number;
  /** False when the text ends inside the tag: the page's own text closes it. */
  readonly isClosed: boolean;
}

export interface Attribute {
  /** Lower case. */
  readonly name: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const mostAttributes = 24;
/** No more of a tag is read. */
export const longestTag = 2048;

/** Reads the tag whose `<` stands at `at`; null when no tag begins there. */
export function tagAt(text: string, at: number): Tag | null {
  const isClosing = text[at + 1] === '/';
  const nameStart = at + (isClosing ? 2 : 1);
  const nameEnd = endOfName(text, nameStart);
  if (nameEnd === nameStart) return null;
  const name = text.slice(nameStart, nameEnd).toLowerCase();
  const attributes: Attribute[] = [];
  const last = Math.min(text.length, at + longestTag);
  let next = nameEnd;
  while (next < last) {
    next = skipBetween(text, next, last);
    if (next >= last || text[next] === '>' || attributes.length === mostAttributes) break;
    const attribute = attributeAt(text, next, last);
    attributes.push(attribute);
    next = attribute.end;
  }
  const isClosed = text[next] === '>';
  return {
    name,
    isClosing,
    attributes,
    start: at,
    end: Math.min(next + (isClosed ? 1 : 0), text.length),
    isClosed,
  };
}

function endOfName(text: string, from: number): number {
  const first = text.charCodeAt(from) | 32;
  if (!(first >= 97 && first <= 122) && !'!?%'.includes(text[from] ?? ' ')) return from;
  if (text[from] === '?' && !/^\?(?:xml|import)/i.test(text.slice(from, from + 8))) return from;
  let end = from + 1;
  while (end - from < 64 && end < text.length && !isTagNameEnd(text.charCodeAt(end))) end += 1;
  return end;
}

const tagNameEnds = characterSet('\0\t\n\v\f\r />< "\'=');

/** White space, NUL, or one of `/ > < " ' =`. */
function isTagNameEnd(code: number): boolean {
  if (code >= 128) return code >= 160 && /\s/.test(String.fromCharCode(code));
  return tagNameEnds[code] === 1;
}

/** White space, slashes and stray quotes between attributes. */
function skipBetween(text: string, from: number, last: number): number {
  let at = from;
  while (at < last && (text.charCodeAt(at) <= 32 || text[at] === '/' || text[at] === '\u00a0')) at += 1;
  return at;
}

function attributeAt(text: string, start: number, last: number): Attribute {
  let end = start + 1;
  while (end < last && !isNameEnd(text.charCodeAt(end))) end += 1;
  const name = text.slice(start, end).toLowerCase();
  const equals = skipBlanks(text, end, last);
  if (text[equals] !== '=') return { name, value: '', start, end };
  const valueStart = skipBlanks(text, equals + 1, last);
  const valueEnd = endOfValue(text, valueStart, last);
  const isQuoted = isQuote(text.charCodeAt(valueStart));
  const value = text.slice(
    valueStart + (isQuoted ? 1 : 0),
    valueEnd - (isQuoted && text[valueEnd - 1] === text[valueStart] && valueEnd - 1 > valueStart ? 1 : 0),
  );
  return { name, value, start, end: Math.max(valueEnd, start + 1) };
}

function isNameEnd(code: number): boolean {
  return code <= 32 || code === 47 || code === 62 || code === 61;
}

function skipBlanks(text: string, from: number, last: number): number {
  let at = from;
  while (at < last && text.charCodeAt(at) <= 32) at += 1;
  return at;
}

function isQuote(code: number): boolean {
  return code === 34 || code === 39 || code === 96;
}

function endOfValue(text: string, from: number, last: number): number {
  const quote = text.charCodeAt(from);
  if (isQuote(quote)) {
    const close = text.slice(from + 1, last).indexOf(text[from] ?? '');
    return close < 0 ? last : from + 1 + close + 1;
  }
  let end = from;
  while (end < last && text.charCodeAt(end) > 32 && text[end] !== '>') end += 1;
  return end;
}
