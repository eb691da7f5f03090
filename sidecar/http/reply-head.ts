import { FieldKind } from './field-kind.ts';
import type { HeadMemory } from './head-memory.ts';
import { Head } from './head.ts';
import { parseHead, type NotAHead } from './head-parser.ts';
import { lengthOf } from './request-head.ts';

/** How a reply's end is found (RFC 9112 §6.3). */
export type ReplyFraming = 'none' | 'length' | 'chunked' | 'until-close';

/** A reply's head, its framing already judged. */
export interface ReplyHead {
  readonly head: Head;
  readonly status: number;
  readonly reason: string;
  /** Where the fields start in the head's text. */
  readonly fieldsStart: number;
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
  const { head, firstSpace, lineEnd } = parsed;
  const { text } = head;
  const isHttp11 = text.startsWith('HTTP/1.1 ');
  if (!isHttp11 && !text.startsWith('HTTP/1.0 ')) return 'malformed';
  const status = statusAt(text, firstSpace + 1, lineEnd);
  if (status < 0) return 'malformed';
  return judge(head, { status, isHttp11, lineEnd, isBodiless });
}

interface StatusLine {
  readonly status: number;
  readonly isHttp11: boolean;
  readonly lineEnd: number;
  readonly isBodiless: boolean;
}

/** Three digits, then the end or a space before the reason (RFC 9112 §4). */
function statusAt(text: string, at: number, lineEnd: number): number {
  if (lineEnd - at < 3 || (lineEnd - at > 3 && text[at + 3] !== ' ')) return -1;
  const status = lengthOf(text.slice(at, at + 3));
  return status >= 100 ? status : -1;
}

function judge(head: Head, line: StatusLine): ReplyHead | 'malformed' {
  let contentLength = -1;
  let isChunked = false;
  let isPersistent = line.isHttp11;
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
        isPersistent = /\bclose\b/i.test(head.valueAt(index))
          ? false
          : isPersistent || /\bkeep-alive\b/i.test(head.valueAt(index));
        break;
    }
  }
  if (isChunked && (contentLength >= 0 || !line.isHttp11)) return 'malformed';
  const framing = framingOf(line, contentLength, isChunked);
  return {
    head,
    status: line.status,
    reason: head.text.slice('HTTP/1.1 200 '.length, line.lineEnd),
    fieldsStart: line.lineEnd + 2,
    isHttp11: line.isHttp11,
    framing,
    contentLength: framing === 'length' ? contentLength : 0,
    isPersistent: isPersistent && framing !== 'until-close',
  };
}

function framingOf(line: StatusLine, contentLength: number, isChunked: boolean): ReplyFraming {
  const { status, isBodiless } = line;
  if (isBodiless || status < 200 || status === 204 || status === 304) return 'none';
  if (isChunked) return 'chunked';
  if (contentLength < 0) return 'until-close';
  return contentLength === 0 ? 'none' : 'length';
}
