import type { Headers, Request } from '../../shared/index.ts';
import { percentDecoded } from './decode.ts';
import { withLiterals } from './graphql.ts';
import { headerKind, type HeaderKind } from './header-kinds.ts';
import { pathReader, visitStrings, type Wanted } from './json-strings.ts';
import { partsOfMultipart, type Part as MultipartPart } from './multipart.ts';
import { isPlainPairs, isPlainCookies } from './plain-pairs.ts';
import { suspicion, suspicionOf } from './suspicion.ts';

/** The parts of a request that can carry an attack. */
export type Part =
  | 'path'
  | 'query'
  | 'header'
  | 'cookie'
  | 'form'
  | 'json'
  | 'json-key'
  | 'multipart'
  | 'file-name'
  | 'body'
  | 'message';

/** Where a value stands; the field's name is worked out only when asked for. */
export interface Place {
  readonly part: Part;
  /** `q`, `user-agent`, `config.nodes.*.prompt`. */
  field(): string;
}

/** Called for each value; answering true ends the walk. */
export type ValueVisitor = (value: string, place: Place) => boolean;

/** Walks every value wanted of a request but its body: path segments, query, header fields, cookies. */
export function visitHead(
  { path, query }: Request,
  rawHeaders: Headers,
  wanted: Wanted,
  visit: ValueVisitor,
): boolean {
  return (
    visitPath(path, visit) || visitQuery(query, wanted, visit) || visitHeaders(rawHeaders, wanted, visit)
  );
}

/** Reads every value of a request, as far as whoever reads wants more. */
export function readValues(
  request: Request,
  rawHeaders: Headers,
  read: (value: string, part: Part, field: () => string) => boolean,
): void {
  const visit = withLiterals((value, place) => read(value, place.part, () => place.field()));
  if (visitHead(request, rawHeaders, 'all', visit) || request.body === null) return;
  visitBody(request.body, rawHeaders.get('content-type') ?? '', 'all', visit, () => false);
}

function visitPath(path: string, visit: ValueVisitor): boolean {
  if (!/[^\w/.~-]/.test(path)) return false;
  return path.split('/').some((segment, index) => {
    if (segment === '' || !/[^\w.~-]/.test(segment)) return false;
    return visit(decodedPercent(segment, false), { part: 'path', field: () => String(index) });
  });
}

function visitQuery(query: string, wanted: Wanted, visit: ValueVisitor): boolean {
  if (query === '' || (wanted === 'suspected' && isPlainPairs(query))) return false;
  return visitPairs(query, 'query', visit);
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

function visitHeaders(headers: Headers, wanted: Wanted, visit: ValueVisitor): boolean {
  if (wanted === 'suspected' && headers.derived(arePlain)) return false;
  return headers.some((name, value) => {
    const kind = headerKind(name);
    if (isPassedOver(kind, value) || (wanted === 'suspected' && isPlainHeader(kind, value))) return false;
    return kind === 'cookie' ? visitCookies(value, visit) : visitHeader(name, value, visit);
  });
}

/** Whether no field needs a second look; made once, so that fields which come again keep the answer. */
const arePlain = (headers: Headers): boolean =>
  !headers.some((name, value) => {
    const kind = headerKind(name);
    return !isPassedOver(kind, value) && !isPlainHeader(kind, value);
  });

/** A field that a browser writes has no apostrophe, backtick, dollar sign, brace, backslash or tag in it. */
function isPassedOver(kind: HeaderKind, value: string): boolean {
  return kind === 'secret' || (kind === 'plain' && !/['`$<{\\]/.test(value));
}

function isPlainHeader(kind: HeaderKind, value: string): boolean {
  if (kind === 'cookie') return isPlainCookies(value);
  if (suspicion(value) !== 0) return false;
  const query = kind === 'referer' ? value.indexOf('?') : -1;
  return query < 0 || isPlainPairs(value.slice(query + 1));
}

function visitHeader(field: string, value: string, visit: ValueVisitor): boolean {
  const name = field.toLowerCase();
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

/** Walks the body's values wanted by its content type; unlisted types pass untouched. */
export function visitBody(
  body: Uint8Array,
  contentType: string,
  wanted: Wanted,
  visit: ValueVisitor,
  onFile: (part: MultipartPart) => boolean,
): boolean {
  const type = contentType.toLowerCase();
  if (type.includes('json')) return visitJson(bufferOf(body), wanted, visit);
  if (type.startsWith('application/x-www-form-urlencoded'))
    return visitForm(bufferOf(body).toString('utf8'), wanted, visit);
  if (type.startsWith('multipart/'))
    return visitMultipart(bufferOf(body), contentType, wanted, visit, onFile);
  if (/^text\/|^application\/(?:graphql|xml|xhtml)/.test(type))
    return visitText(bufferOf(body), wanted, visit);
  return type === '' && isJsonLike(body) && visitJson(bufferOf(body), wanted, visit);
}

function isJsonLike(body: Uint8Array): boolean {
  return body[0] === 123 || body[0] === 91;
}

function bufferOf(body: Uint8Array): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

function visitForm(text: string, wanted: Wanted, visit: ValueVisitor): boolean {
  return !(wanted === 'suspected' && isPlainPairs(text)) && visitPairs(text, 'form', visit);
}

function visitText(body: Buffer, wanted: Wanted, visit: ValueVisitor): boolean {
  if (wanted === 'suspected' && suspicionOf(body, 0, body.length) === 0) return false;
  return visit(body.toString('utf8'), { part: 'body', field: () => '' });
}

function visitJson(json: Buffer, wanted: Wanted, visit: ValueVisitor): boolean {
  let pathAt: ((offset: number) => string) | null = null;
  return visitStrings(json, wanted, (value, isKey, offset) => {
    if (isKey && !isOddName(value)) return false;
    const field = (): string => (pathAt ??= pathReader(json))(offset);
    return visit(value, { part: isKey ? 'json-key' : 'json', field });
  });
}

function visitMultipart(
  body: Buffer,
  contentType: string,
  wanted: Wanted,
  visit: ValueVisitor,
  onFile: (part: MultipartPart) => boolean,
): boolean {
  return (partsOfMultipart(body.toString('latin1'), contentType) ?? []).some((part) => {
    const name = fromLatin1(part.name);
    if (part.fileName !== null)
      return onFile(part) || visit(fromLatin1(part.fileName), { part: 'file-name', field: () => name });
    if (part.contentType.includes('json'))
      return visitJson(Buffer.from(part.content, 'latin1'), wanted, visit);
    return visit(fromLatin1(part.content), { part: 'multipart', field: () => name });
  });
}

function fromLatin1(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}
