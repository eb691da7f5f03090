import { characterSet, isWhite } from './character-set.ts';
import { isLetter } from './suspicion-walk.ts';

/**
 * One tag as a browser would read it, quotes and slashes and control characters as the WHATWG tokenizer treats them (13.2.5).
 * All of it offsets into the text: most tags are told harmless without a piece cut out of it.
 */
export interface Tag {
  readonly start: number;
  readonly end: number;
  readonly nameStart: number;
  readonly nameEnd: number;
  /** Where the name begins without its prefix: behind the first colon, if there is one. */
  readonly bareStart: number;
  readonly isClosing: boolean;
  /** False when the text ends inside the tag: the page's own text closes it. */
  readonly isClosed: boolean;
  /** How many of `attributes` are its own. */
  readonly count: number;
  readonly attributes: readonly Attribute[];
  /** How often something of it had to be looked at closely, which costs most: counted by whoever does. */
  looks: number;
}

export interface Attribute {
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly valueStart: number;
  /** No more than `valueStart` when it has no value. */
  readonly valueEnd: number;
  /** The first colon in the value, or -1. */
  readonly colon: number;
}

type Writable<T> = { -readonly [key in keyof T]: T[key] };

const mostAttributes = 24;
/** No more of a tag is read. */
export const longestTag = 2048;

const attributes: readonly Writable<Attribute>[] = Array.from({ length: mostAttributes }, () => ({
  nameStart: 0,
  nameEnd: 0,
  valueStart: 0,
  valueEnd: 0,
  colon: -1,
}));

/** One tag at a time: it is used again for every tag, so that reading one leaves nothing to collect. */
const tag: Writable<Tag> = {
  start: 0,
  end: 0,
  nameStart: 0,
  nameEnd: 0,
  bareStart: 0,
  isClosing: false,
  isClosed: false,
  count: 0,
  attributes,
  looks: 0,
};

const equalsSign = 61;
const closingBracket = 62;
const slash = 47;
const colon = 58;
const questionMark = 63;

/** Reads the tag whose `<` stands at `at`, of a text and its codes; null when no tag begins there. It is good until the next one is read. */
export function tagAt(text: string, codes: Uint16Array, at: number): Tag | null {
  tag.start = at;
  tag.looks = 0;
  tag.isClosing = codes[at + 1] === slash;
  tag.nameStart = at + (tag.isClosing ? 2 : 1);
  readName(text, codes, tag.nameStart);
  if (tag.nameEnd === tag.nameStart) return null;
  const next = readAttributes(codes, Math.min(text.length, at + longestTag));
  tag.isClosed = codes[next] === closingBracket;
  tag.end = Math.min(next + (tag.isClosed ? 1 : 0), text.length);
  return tag;
}

function readName(text: string, codes: Uint16Array, from: number): void {
  tag.nameEnd = from;
  tag.bareStart = from;
  const first = codes[from] ?? 0;
  if (!mayBeginName(first)) return;
  if (first === questionMark && !/^\?(?:xml|import)/i.test(text.slice(from, from + 8))) return;
  const last = Math.min(text.length, from + 64);
  let end = from + 1;
  for (; end < last; end += 1) {
    const code = codes[end] ?? 0;
    if (isTagNameEnd(code)) break;
    if (code === colon && tag.bareStart === from) tag.bareStart = end + 1;
  }
  tag.nameEnd = end;
}

/** A letter, or one of `! ? %`. */
export function mayBeginName(code: number): boolean {
  return isLetter(code) || code === 33 || code === questionMark || code === 37;
}

const tagNameEnds = characterSet('\0\t\n\v\f\r />< "\'=');

/** White space, NUL, or one of `/ > < " ' =`. */
function isTagNameEnd(code: number): boolean {
  return code < 128 ? tagNameEnds[code] === 1 : isWhite(code);
}

/** Where the attributes end. */
function readAttributes(codes: Uint16Array, last: number): number {
  tag.count = 0;
  let next = tag.nameEnd;
  while (next < last) {
    next = skipBetween(codes, next, last);
    if (next >= last || codes[next] === closingBracket) break;
    const attribute = attributes[tag.count];
    if (!attribute) break;
    tag.count += 1;
    next = readAttribute(codes, next, last, attribute);
  }
  return next;
}

/** White space and slashes between attributes. */
function skipBetween(codes: Uint16Array, from: number, last: number): number {
  let at = from;
  while (at < last && isBetween(codes[at] ?? 0)) at += 1;
  return at;
}

function isBetween(code: number): boolean {
  return code <= 32 || code === slash || code === 0xa0;
}

/** Where the attribute ends. */
function readAttribute(
  codes: Uint16Array,
  start: number,
  last: number,
  attribute: Writable<Attribute>,
): number {
  let end = start + 1;
  while (end < last && !isNameEnd(codes[end] ?? 0)) end += 1;
  attribute.nameStart = start;
  attribute.nameEnd = end;
  const equals = skipBlanks(codes, end, last);
  if (codes[equals] === equalsSign)
    return Math.max(readValue(codes, skipBlanks(codes, equals + 1, last), last, attribute), start + 1);
  attribute.valueStart = end;
  attribute.valueEnd = end;
  attribute.colon = -1;
  return end;
}

function isNameEnd(code: number): boolean {
  return code <= 32 || code === slash || code === closingBracket || code === equalsSign;
}

function skipBlanks(codes: Uint16Array, from: number, last: number): number {
  let at = from;
  while (at < last && (codes[at] ?? 0) <= 32) at += 1;
  return at;
}

/** Where the value and its quotes end. */
function readValue(codes: Uint16Array, from: number, last: number, attribute: Writable<Attribute>): number {
  const quote = codes[from] ?? 0;
  const isQuoted = isQuote(quote);
  const start = isQuoted ? from + 1 : from;
  let end = start;
  let firstColon = -1;
  for (; end < last; end += 1) {
    const code = codes[end] ?? 0;
    if (isQuoted ? code === quote : code <= 32 || code === closingBracket) break;
    if (code === colon && firstColon < 0) firstColon = end;
  }
  attribute.valueStart = start;
  attribute.valueEnd = end;
  attribute.colon = firstColon;
  return isQuoted ? Math.min(end + 1, last) : end;
}

function isQuote(code: number): boolean {
  return code === 34 || code === 39 || code === 96;
}
