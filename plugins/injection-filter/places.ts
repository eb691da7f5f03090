import type { Headers, Request } from '../../shared/index.ts';
import { percentDecoded } from './decode.ts';
import { pathReader, visitStrings } from './json-strings.ts';
import { partsOfMultipart, type Part as MultipartPart } from './multipart.ts';

/** The parts of a request that can carry an attack. */
export type Part =
  'path' | 'query' | 'header' | 'cookie' | 'form' | 'json' | 'json-key' | 'multipart' | 'file-name' | 'body';

/** Where a value stands; the field's name is worked out only when asked for. */
export interface Place {
  readonly part: Part;
  /** `q`, `user-agent`, `config.nodes.*.prompt`. */
  field(): string;
}

/** Called for each value; answering true ends the walk. */
export type ValueVisitor = (value: string, place: Place) => boolean;

/** Header fields that no backend puts into SQL, a page or a shell, and that the host or a browser writes. */
const plainHeaders = new Set(
  `host connection accept accept-encoding accept-language accept-charset content-length content-type content-encoding transfer-encoding
   cache-control pragma upgrade-insecure-requests te trailer upgrade dnt expect if-none-match if-modified-since if-match range
   traceparent tracestate authorization proxy-authorization x-api-key sec-fetch-site sec-fetch-mode sec-fetch-dest sec-fetch-user
   sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform sec-websocket-key sec-websocket-version sec-websocket-extensions sec-websocket-protocol
   sec-gpc priority origin cookie date keep-alive x-request-id x-correlation-id content-disposition`.split(
    /\s+/,
  ),
);

/** Walks every value of a request but its body: path segments, query, header fields, cookies. */
export function visitHead(request: Request, rawHeaders: Headers, visit: ValueVisitor): boolean {
  return (
    visitPath(request.path, visit) ||
    (request.query !== '' && visitPairs(request.query, 'query', visit)) ||
    visitHeaders(rawHeaders, visit)
  );
}

function visitPath(path: string, visit: ValueVisitor): boolean {
  if (!/[^\w/.~-]/.test(path)) return false;
  return path.split('/').some((segment, index) => {
    if (segment === '' || !/[^\w.~-]/.test(segment)) return false;
    return visit(decodedPercent(segment, false), { part: 'path', field: () => String(index) });
  });
}

/** Query or form: each name and value, and the values of a name that comes more than once joined, as some frameworks do. */
function visitPairs(text: string, part: 'query' | 'form', visit: ValueVisitor): boolean {
  const seen = new Map<string, string>();
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=');
    const name = decodedPercent(equals < 0 ? pair : pair.slice(0, equals), true);
    const value = equals < 0 ? '' : decodedPercent(pair.slice(equals + 1), true);
    const place: Place = { part, field: () => name.slice(0, 64) };
    if (value !== '' && visit(value, place)) return true;
    if (isOddName(name) && visit(name, place)) return true;
    const before = seen.get(name);
    if (before !== undefined && visit(`${before},${value}`, place)) return true;
    if (seen.size < 256) seen.set(name, before === undefined ? value : `${before},${value}`.slice(0, 4096));
  }
  return false;
}

function isOddName(name: string): boolean {
  return name.length > 64 || /[^\w.[\]$:-]/.test(name);
}

function decodedPercent(text: string, isForm: boolean): string {
  const spaced = isForm && text.includes('+') ? text.replaceAll('+', ' ') : text;
  return spaced.includes('%') ? percentDecoded(spaced) : spaced;
}

function visitHeaders(headers: Headers, visit: ValueVisitor): boolean {
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (lower === 'cookie') {
      if (visitCookies(value, visit)) return true;
    } else if (!plainHeaders.has(lower) && visitHeader(lower, value, visit)) return true;
  }
  return false;
}

function visitHeader(name: string, value: string, visit: ValueVisitor): boolean {
  const place: Place = { part: 'header', field: () => name };
  if (visit(value, place)) return true;
  const query = name === 'referer' ? value.indexOf('?') : -1;
  return query >= 0 && visitPairs(value.slice(query + 1), 'query', (each) => visit(each, place));
}

function visitCookies(value: string, visit: ValueVisitor): boolean {
  return value.split(';').some((cookie) => {
    const equals = cookie.indexOf('=');
    const place: Place = {
      part: 'cookie',
      field: () => cookie.slice(0, Math.max(0, equals)).trim().slice(0, 64),
    };
    return visit(decodedPercent(cookie.slice(equals + 1).trim(), false), place);
  });
}

/** Walks the body's values by its content type; unlisted types pass untouched. */
export function visitBody(
  body: Uint8Array,
  contentType: string,
  visit: ValueVisitor,
  onFile: (part: MultipartPart) => boolean,
): boolean {
  const type = contentType.toLowerCase();
  if (type.includes('json')) return visitJson(utf8(body), visit);
  if (type.startsWith('application/x-www-form-urlencoded')) return visitPairs(utf8(body), 'form', visit);
  if (type.startsWith('multipart/')) return visitMultipart(body, contentType, visit, onFile);
  if (/^text\/|^application\/(?:graphql|xml|xhtml)/.test(type))
    return visit(utf8(body), { part: 'body', field: () => '' });
  return type === '' && isJsonLike(body) && visitJson(utf8(body), visit);
}

function isJsonLike(body: Uint8Array): boolean {
  return body[0] === 123 || body[0] === 91;
}

function utf8(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}

function visitJson(text: string, visit: ValueVisitor): boolean {
  const pathAt = pathReader(text);
  return visitStrings(text, (value, isKey, offset) => {
    if (isKey && !isOddName(value)) return false;
    return visit(value, { part: isKey ? 'json-key' : 'json', field: () => pathAt(offset) });
  });
}

function visitMultipart(
  body: Uint8Array,
  contentType: string,
  visit: ValueVisitor,
  onFile: (part: MultipartPart) => boolean,
): boolean {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
  return (partsOfMultipart(text, contentType) ?? []).some((part) => {
    const name = fromLatin1(part.name);
    if (part.fileName !== null)
      return onFile(part) || visit(fromLatin1(part.fileName), { part: 'file-name', field: () => name });
    if (part.contentType.includes('json')) return visitJson(fromLatin1(part.content), visit);
    return visit(fromLatin1(part.content), { part: 'multipart', field: () => name });
  });
}

function fromLatin1(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}
