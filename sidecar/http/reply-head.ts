import { FieldKind } from './field-kind.ts';
import type { HeadMemory } from './head-memory.ts';
import type { Head } from './head.ts';
import { parseHead, type NotAHead } from './head-parser.ts';
import { lengthOf, persistenceOf } from './request-head.ts';

/** How a reply's end is found (RFC 9112 §6.3). */
export type ReplyFraming = 'none' | 'length' | 'chunked' | 'until-close';

/** A reply's head, its framing already judged. */
export interface ReplyHead {
  readonly head: Head;
  /** Bytes of all of it, from the status line to the empty line. */
  readonly size: number;
  readonly status: number;
  readonly reason: string;
  readonly isHttp11: boolean;
  readonly framing: ReplyFraming;
  /** Of the body; 0 unless `framing` is `length`. */
  readonly contentLength: number;
  /** True when the backend keeps the connection open after this reply. */
  readonly isPersistent: boolean;
}

/** Parses and judges a backend's reply head. `isBodiless` says that the request was a HEAD. */
export function parseReplyHead(
  bytes: Buffer,
  from: number,
  isBodiless: boolean,
  memory?: HeadMemory,
): ReplyHead | NotAHead {
  const parsed = parseHead(bytes, from, memory);
  if (typeof parsed === 'string') return parsed;
  const { head, startLine, size } = parsed;
  const isHttp11 = startLine.startsWith('HTTP/1.1 ');
  if (!isHttp11 && !startLine.startsWith('HTTP/1.0 ')) return 'malformed';
  const status = statusOf(startLine);
  const fields = head.derived(judged);
  if (status < 0 || fields === 'malformed' || (fields.isChunked && !isHttp11)) return 'malformed';
  const framing = framingOf(status, isBodiless, fields);
  const isOpen = !fields.wantsClose && (isHttp11 || fields.wantsKeepAlive);
  return {
    head,
    size,
    status,
    reason: startLine.slice(reasonAt),
    isHttp11,
    framing,
    contentLength: framing === 'length' ? fields.contentLength : 0,
    isPersistent: isOpen && framing !== 'until-close',
  };
}

const statusAt = 'HTTP/1.1 '.length;
const reasonAt = 'HTTP/1.1 200 '.length;

/** Three digits, then the end or a space before the reason (RFC 9112 §4); -1 for anything else. */
function statusOf(line: string): number {
  if (line.length < statusAt + 3 || (line.length > statusAt + 3 && line[statusAt + 3] !== ' ')) return -1;
  const status = lengthOf(line.slice(statusAt, statusAt + 3));
  return status >= 100 ? status : -1;
}

/** What the fields say about framing, whatever stands in the status line. */
interface JudgedFields {
  readonly contentLength: number;
  readonly isChunked: boolean;
  readonly wantsClose: boolean;
  readonly wantsKeepAlive: boolean;
}

function judged(head: Head): JudgedFields | 'malformed' {
  let contentLength = -1;
  let isChunked = false;
  let connection = '';
  for (let index = 0; index < head.count; index += 1) {
    switch (head.kindAt(index)) {
      case FieldKind.contentLength:
        if (contentLength >= 0) return 'malformed';
        contentLength = lengthOf(head.valueAt(index));
        if (contentLength < 0) return 'malformed';
        break;
      case FieldKind.transferEncoding:
        if (isChunked || head.valueAt(index).toLowerCase() !== 'chunked') return 'malformed';
        isChunked = true;
        break;
      case FieldKind.connection:
        connection += `${head.valueAt(index)},`;
        break;
    }
  }
  if (isChunked && contentLength >= 0) return 'malformed';
  return { contentLength, isChunked, ...persistenceOf(connection) };
}

function framingOf(
  status: number,
  isBodiless: boolean,
  { isChunked, contentLength }: JudgedFields,
): ReplyFraming {
  if (isBodiless || status < 200 || status === 204 || status === 304) return 'none';
  if (isChunked) return 'chunked';
  if (contentLength < 0) return 'until-close';
  return contentLength === 0 ? 'none' : 'length';
}
