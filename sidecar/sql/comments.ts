import { appendedTagsAt } from '../../shared/index.ts';
import { Tokenizer, tokenKind } from './tokenizer.ts';

/** What instrumentation wrote into a statement's comments: route, controller, framework, file, line, traceparent … */
export type Tags = Readonly<Record<string, string>>;

const tagsMax = 32;
const valueCharactersMax = 512;

/**
 * Tags of sqlcommenter (`key='url%20encoded'`, https://google.github.io/sqlcommenter/spec/) and of Rails' query
 * logs (`key:value`); null when the text has none. Costs one search for texts without a comment.
 */
export function tagsOf(text: string): Tags | null {
  const first = text.indexOf('/*');
  if (first < 0) return null;
  const quick = appendedOf(text, first);
  if (quick !== null) return quick;
  const tags: Record<string, string> = {};
  const tokens = new Tokenizer(text);
  while (tokens.next()) {
    if (tokens.kind !== tokenKind.space) continue;
    for (const [, inner] of text.slice(tokens.start, tokens.end).matchAll(/\/\*([\s\S]*?)\*\//g))
      addTags(tags, inner ?? '');
  }
  if (Object.keys(tags).length === 0) addAppended(tags, text);
  return Object.keys(tags).length === 0 ? null : tags;
}

/**
 * Tags in a comment that ends the text, when it is the only one and written to the letter of sqlcommenter; null else. Such
 * a comment is one, or the statement fails: the rest of the text need not be looked through, which is most of the cost.
 */
function appendedOf(text: string, first: number): Tags | null {
  if (!text.endsWith("'*/") || text.indexOf('/*', first + 2) >= 0) return null;
  const tags: Record<string, string> = {};
  for (let at = first + 2, count = 0; count < tagsMax; count++) {
    const equals = text.indexOf("='", at);
    const end = equals < 0 ? -1 : text.indexOf("'", equals + 2);
    const key = text.slice(at, equals);
    if (end < 0 || !plainKey.test(key)) return null;
    const value = text.slice(equals + 2, end);
    if (value.includes('\\')) return null;
    tags[key] = (value.includes('%') ? decoded(value) : value).slice(0, valueCharactersMax);
    if (end === text.length - 3) return tags;
    if (text[end + 1] !== ',') return null;
    at = end + 2;
  }
  return null;
}

const plainKey = /^[\w.-]{1,64}$/;

/** The tags that the probe tells of a named statement, whose text may not change, in place of a statement's name; null for names. */
export function noteOf(name: string): Tags | null {
  return name.startsWith('/*') ? tagsOf(name) : null;
}

/** Quotes that do not pair up before it hide the last comment from the tokenizer; such a statement fails, and whose it was matters. */
function addAppended(tags: Record<string, string>, text: string): void {
  const at = appendedTagsAt(text);
  if (at >= 0) addTags(tags, text.slice(at + 2, text.lastIndexOf('*/')));
}

/** The trace id of a W3C traceparent, e.g. `00-<32 hex>-<16 hex>-01`; null when there is none or it is not valid. */
export function traceIdOf(tags: Tags | null): string | null {
  const traceparent = tags?.['traceparent'];
  if (traceparent === undefined) return null;
  const traceId = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(traceparent)?.[1];
  return traceId === undefined || /^0+$/.test(traceId) ? null : traceId;
}

function addTags(tags: Record<string, string>, comment: string): void {
  for (const part of comment.split(',')) {
    const [, key, quoted, plain] =
      /^\s*([\w.%-]+)\s*(?:=\s*'((?:[^'\\]|\\.)*)'|[:=]\s*([^\s'][^']*?))\s*$/.exec(part) ?? [];
    const value = quoted ?? plain;
    if (key === undefined || value === undefined || Object.keys(tags).length >= tagsMax) continue;
    tags[decoded(key)] = decoded(value.replaceAll("\\'", "'")).slice(0, valueCharactersMax);
  }
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
