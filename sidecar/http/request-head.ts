import { FieldKind } from './field-kind.ts';
import type { HeadMemory } from './head-memory.ts';
import type { Head } from './head.ts';
import { parseHead, tokenByte, type NotAHead } from './head-parser.ts';

/** A request's head, its framing already judged. */
export interface RequestHead {
  readonly head: Head;
  /** Bytes of all of it, from the start line to the empty line. */
  readonly size: number;
  readonly method: string;
  readonly target: string;
  readonly version: '1.1' | '1.0';
  /** The value of the one Host field; empty in an HTTP/1.0 request without one. */
  readonly host: string;
  /** -1 when the request says nothing; then there is no body unless `isChunked`. */
  readonly contentLength: number;
  readonly isChunked: boolean;
  /** False when the client wants the connection closed after the reply. */
  readonly isPersistent: boolean;
  /**
   * True for the narrow grammar that the fast lane takes: HTTP/1.1, origin-form, Content-Length or no body,
   * nothing to negotiate. The rest of HTTP/1.1 is just as legal and goes to `node:http`.
   */
  readonly isPlain: boolean;
}

/**
 * Parses and judges a request's head (RFC 9112 §3, §6.3). `malformed` is whatever two parsers could
 * understand differently: it is refused and never reaches the backend.
 */
export function parseRequestHead(bytes: Buffer, from: number, memory?: HeadMemory): RequestHead | NotAHead {
  const parsed = parseHead(bytes, from, memory);
  if (typeof parsed === 'string') return parsed;
  const { head, startLine, size } = parsed;
  const firstSpace = startLine.indexOf(' ');
  const secondSpace = startLine.indexOf(' ', firstSpace + 1);
  const version = versionOf(startLine, secondSpace);
  if (version === null || !isToken(startLine, firstSpace)) return 'malformed';
  const target = startLine.slice(firstSpace + 1, secondSpace);
  const fields = head.derived(judged);
  if (fields === 'malformed' || !visible.test(target) || !mayFrame(fields, version)) return 'malformed';
  const method = methodOf(startLine, firstSpace);
  const { host, contentLength, isChunked } = fields;
  return {
    head,
    size,
    method,
    target,
    version,
    host: host ?? '',
    contentLength,
    isChunked,
    isPersistent: !fields.wantsClose && (version === '1.1' || fields.wantsKeepAlive),
    isPlain: fields.isPlain && version === '1.1' && target.charCodeAt(0) === slash && method !== 'CONNECT',
  };
}

/** Visible characters but `#`: a fragment is never sent (RFC 9112 §3.2). */
const visible = /^[\x21\x22\x24-\x7e\x80-\xff]+$/;

/** A constant where it can be: its hash is known, which a text cut out anew has to work out for each table it is looked up in. */
function methodOf(line: string, end: number): string {
  if (line.startsWith('GET ')) return 'GET';
  return line.startsWith('POST ') ? 'POST' : line.slice(0, end);
}

function versionOf(line: string, secondSpace: number): '1.1' | '1.0' | null {
  if (secondSpace < 0 || line.length - secondSpace !== 9) return null;
  if (line.endsWith('HTTP/1.1')) return '1.1';
  return line.endsWith('HTTP/1.0') ? '1.0' : null;
}

function isToken(text: string, end: number): boolean {
  for (let at = 0; at < end; at += 1) if (tokenByte[text.charCodeAt(at)] !== 1) return false;
  return end > 0;
}

/** RFC 9112 §3.2 asks for a Host; §6.1: both lengths at once, or chunks from a 1.0 client, are smuggling until proven otherwise. */
function mayFrame({ host, contentLength, isChunked }: JudgedFields, version: '1.1' | '1.0'): boolean {
  if (version === '1.1') return host !== null && !(isChunked && contentLength >= 0);
  return !isChunked;
}

/** What the fields say about framing and routing, whatever stands in the start line. */
interface JudgedFields {
  readonly host: string | null;
  readonly contentLength: number;
  readonly isChunked: boolean;
  readonly wantsClose: boolean;
  readonly wantsKeepAlive: boolean;
  readonly isPlain: boolean;
}

/** Reads the fields that decide about framing and routing, most of which may come only once. */
function judged(head: Head): JudgedFields | 'malformed' {
  let host: string | null = null;
  let contentLength = -1;
  let isChunked = false;
  let connection = '';
  let isPlain = true;
  for (let index = 0; index < head.count; index += 1) {
    switch (head.kindAt(index)) {
      case FieldKind.host:
        if (host !== null) return 'malformed';
        host = head.valueAt(index);
        if (!hostSyntax.test(host)) return 'malformed';
        break;
      case FieldKind.contentLength:
        if (contentLength >= 0) return 'malformed';
        contentLength = lengthOf(head.valueAt(index));
        if (contentLength < 0) return 'malformed';
        break;
      case FieldKind.transferEncoding:
        if (isChunked || head.valueAt(index).toLowerCase() !== 'chunked') return 'malformed';
        isChunked = true;
        isPlain = false;
        break;
      case FieldKind.connection:
        connection += `${head.valueAt(index)},`;
        isPlain &&= isSimpleConnection(head.valueAt(index));
        break;
      case FieldKind.expect:
        isPlain = false;
        break;
      case FieldKind.upgrade:
        // An offer of HTTP/2 is one that a server may ignore (RFC 9110 §7.8), and this one does.
        isPlain &&= head.valueAt(index).toLowerCase() === 'h2c';
        break;
      case FieldKind.lookalike:
        return 'malformed';
    }
  }
  return { host, contentLength, isChunked, isPlain, ...persistenceOf(connection) };
}

const slash = 0x2f;
/** RFC 3986 §3.2.2 without user information: a name or address, and a port. May be empty. */
const hostSyntax = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~!$&'()*+,;=%]*)(?::\d*)?$/;

/** The value of a Content-Length field, digits only and within what a number holds exactly; -1 otherwise. */
export function lengthOf(value: string): number {
  return /^\d{1,15}$/.test(value) ? Number(value) : -1;
}

/** What a message's Connection fields say of it; `close` wins (RFC 9112 §9.3). */
export function persistenceOf(connection: string): {
  readonly wantsClose: boolean;
  readonly wantsKeepAlive: boolean;
} {
  if (connection === '') return { wantsClose: false, wantsKeepAlive: false };
  const options = connection.toLowerCase();
  return {
    wantsClose: /(?:^|[\s,])close(?:$|[\s,])/.test(options),
    wantsKeepAlive: /(?:^|[\s,])keep-alive(?:$|[\s,])/.test(options),
  };
}

function isSimpleConnection(value: string): boolean {
  if (value === 'keep-alive' || value === 'close') return true;
  return value.split(',').every((each) => simpleOptions.has(each.trim().toLowerCase()));
}

const simpleOptions: ReadonlySet<string> = new Set([
  'keep-alive',
  'close',
  'upgrade',
  'http2-settings',
  'te',
]);
