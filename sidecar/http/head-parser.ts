import { fieldKindOf } from './field-kind.ts';
import type { HeadMemory } from './head-memory.ts';
import { Head } from './head.ts';

/** More fields than this are refused: each one costs, and no honest message comes near. */
export const maxFields = 256;

export type NotAHead = 'incomplete' | 'malformed' | 'too_many_fields';

/** A start line and the fields below it. */
export interface ParsedHead {
  /** Without its CRLF. */
  readonly startLine: string;
  readonly head: Head;
  /** Bytes of all of it, the empty line included. */
  readonly size: number;
}

/**
 * Parses one message head (RFC 9112 §2.1) that starts at `from`. Only CRLF ends a line, a name is a token
 * with its colon directly behind it, a value holds no control character, no line is folded. `memory` is the
 * connection's, and spares parsing fields that came before.
 */
export function parseHead(bytes: Buffer, from: number, memory?: HeadMemory): ParsedHead | NotAHead {
  const lineEnd = endOfLine(bytes, from);
  if (lineEnd < 0) return lineEnd === notYet ? 'incomplete' : 'malformed';
  const start = lineEnd + 2;
  const head = memory?.recall(bytes, start) ?? parseFields(bytes, start);
  if (typeof head === 'string') return head;
  const end = start + head.text.length;
  memory?.keep(bytes, start, end, head);
  return { startLine: bytes.toString('latin1', from, lineEnd), head, size: end - from };
}

/** Parses field lines up to the empty line: what stands below a start line, or a trailer section. */
export function parseFields(bytes: Buffer, start: number): Head | NotAHead {
  let at = start;
  let size = 0;
  while (bytes[at] !== carriageReturn) {
    if (size === scratch.length) return 'too_many_fields';
    at = parseField(bytes, start, at, size);
    if (at < 0) return at === notYet ? 'incomplete' : 'malformed';
    size += 5;
  }
  if (at + 1 >= bytes.length) return 'incomplete';
  if (bytes[at + 1] !== lineFeed) return 'malformed';
  const text = bytes.toString('latin1', start, at + 2);
  let kinds = 0;
  for (let field = 0; field < size; field += 5) {
    const kind = fieldKindOf(text, scratch[field] ?? 0, scratch[field + 1] ?? 0);
    scratch[field + 4] = kind;
    kinds |= 1 << kind;
  }
  return new Head(text, scratch.slice(0, size), kinds);
}

const notYet = -1;
const never = -2;
const carriageReturn = 13;
const lineFeed = 10;
const colon = 58;

/** The place of the CRLF that ends a start line of printable characters. */
function endOfLine(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && valueByte[bytes[at] ?? 0] === 1) at += 1;
  return endsWithCrlf(bytes, at);
}

/** Places of the head being parsed: a list that grows for each message would be most of a message's garbage. */
const scratch: number[] = Array.from({ length: maxFields * 5 }, () => 0);

/** Writes a field's places at `size` and returns where the next line starts. */
function parseField(bytes: Buffer, base: number, from: number, size: number): number {
  let at = from;
  while (at < bytes.length && tokenByte[bytes[at] ?? 0] === 1) at += 1;
  if (at >= bytes.length) return notYet;
  if (at === from || bytes[at] !== colon) return never;
  const nameEnd = at;
  at += 1;
  while (isBlank(bytes[at])) at += 1;
  const valueStart = at;
  while (at < bytes.length && valueByte[bytes[at] ?? 0] === 1) at += 1;
  const lineEnd = endsWithCrlf(bytes, at);
  if (lineEnd < 0) return lineEnd;
  let valueEnd = at;
  while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1])) valueEnd -= 1;
  scratch[size] = from - base;
  scratch[size + 1] = nameEnd - base;
  scratch[size + 2] = valueStart - base;
  scratch[size + 3] = valueEnd - base;
  return lineEnd + 2;
}

function endsWithCrlf(bytes: Buffer, at: number): number {
  if (at >= bytes.length) return notYet;
  if (bytes[at] !== carriageReturn) return never;
  if (at + 1 >= bytes.length) return notYet;
  return bytes[at + 1] === lineFeed ? at : never;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 9;
}

/** RFC 9110 §5.6.2: what a token is made of. */
export const tokenByte = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  tokenByte[character.charCodeAt(0)] = 1;
}

/** RFC 9110 §5.5: visible characters, space, tab and the bytes above ASCII. */
const valueByte = new Uint8Array(256).fill(1, 0x20);
valueByte[0x7f] = 0;
valueByte[9] = 1;
