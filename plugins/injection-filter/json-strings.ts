import { endOfEscaped, unescape } from './json-escapes.ts';
import { suspicionOf } from './suspicion.ts';

/** Which strings of a JSON text are looked at: those that may hold something, or each one. */
export type Wanted = 'suspected' | 'all';

/** Called for each string wanted, keys included, with its byte offset; answering true ends the walk. */
export type StringVisitor = (value: string, isKey: boolean, offset: number) => boolean;

/** Levels of nesting that a path names, and characters of a key. */
const deepest = 200;
const longestKey = 64;

/** A name of fewer characters says nothing to any detector, not even as Base64. */
const shortName = 16;
/** How far a loop looks for the closing quote before the runtime's own search is quicker. */
const nearby = 48;

/** 1 a letter, a digit or an underscore, 2 a hyphen: what names are made of. */
const nameBytes = new Uint8Array(256);
for (const each of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_')
  nameBytes[each.charCodeAt(0)] = 1;
nameBytes[45] = 2;

/**
 * Visits the strings of a JSON text in one pass without building objects: duplicate keys, comments, trailing text and
 * broken JSON are seen too, as a lax parser behind the filter might see them. A string that nothing can be wrong with
 * is not even cut out when only suspected ones are wanted. Returns true when a visitor ended it.
 */
export function visitStrings(json: Buffer, wanted: Wanted, visit: StringVisitor): boolean {
  const { length } = json;
  let escapeAt = -1;
  let at = 0;
  while (at < length) {
    if (json[at] !== 34) {
      at += 1;
      continue;
    }
    const open = at;
    const nameEnd = endOfName(json, open + 1);
    at = nameEnd + 1;
    if (json[nameEnd] === 34 && nameEnd - open <= shortName && wanted === 'suspected') continue;
    if (escapeAt < nameEnd) escapeAt = offsetOf(json, 92, nameEnd);
    const quoteAt = closingQuote(json, nameEnd);
    const text = escapeAt < quoteAt ? unescape(json, open + 1) : null;
    const end = text ? text.end : quoteAt;
    at = end + 1;
    const suspected = text ? suspicionOf(text.buffer, 0, text.length) : suspicionOf(json, open + 1, end);
    if (suspected === 0 && wanted === 'suspected') continue;
    const value = text ? text.buffer.toString('utf8', 0, text.length) : json.toString('utf8', open + 1, end);
    if (visit(value, isKeyAt(json, at), open)) return true;
  }
  return false;
}

/** Where a run of letters, digits and single hyphens ends. */
function endOfName(json: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const kind = nameBytes[json[at] ?? 0] ?? 0;
    if (kind === 0 || (kind === 2 && json[at + 1] === 45)) return at;
    at += 1;
  }
}

/** The offset of the next quote, or the text's end. */
function closingQuote(json: Buffer, from: number): number {
  const last = Math.min(json.length, from + nearby);
  for (let at = from; at < last; at += 1) if (json[at] === 34) return at;
  return offsetOf(json, 34, last);
}

function offsetOf(json: Buffer, byte: number, from: number): number {
  const found = json.indexOf(byte, from);
  return found < 0 ? json.length : found;
}

function isKeyAt(json: Buffer, from: number): boolean {
  let at = from;
  while ((json[at] ?? 256) <= 32) at += 1;
  return json[at] === 58;
}

interface PathWalk {
  at: number;
  key: string;
  readonly path: string[];
}

/**
 * Reads dotted paths of strings, array positions as `*`: `config.nodes.*.prompt`. Offsets asked for in rising order cost
 * one pass over the text in all.
 */
export function pathReader(json: Buffer): (offset: number) => string {
  let walk: PathWalk = { at: 0, key: '', path: [] };
  return (offset) => {
    if (offset < walk.at) walk = { at: 0, key: '', path: [] };
    while (walk.at < offset) walk.at = stepPath(json, walk);
    return [...walk.path, walk.key].filter((each) => each !== '').join('.');
  };
}

/** One token further; answers where the next begins. */
function stepPath(json: Buffer, walk: PathWalk): number {
  const { at } = walk;
  switch (json[at]) {
    case 34: {
      const end = endOfEscaped(json, at + 1);
      if (isKeyAt(json, end + 1))
        walk.key = json.toString('utf8', at + 1, Math.min(end, at + 1 + 4 * longestKey)).slice(0, longestKey);
      return end + 1;
    }
    case 123: // {
    case 91: // [
      if (walk.path.length < deepest) walk.path.push(walk.key);
      walk.key = json[at] === 91 ? '*' : '';
      return at + 1;
    case 125: // }
    case 93: // ]
      walk.key = walk.path.pop() ?? '';
      return at + 1;
    default:
      return at + 1;
  }
}
