import type { Allowed } from '../../shared/index.ts';
import type { LiveExchange } from './exchange-record.ts';
import { FieldKind } from './field-kind.ts';
import { forwardedLines, type Peer } from './forwarded.ts';
import type { Head } from './head.ts';
import type { ReplyHead } from './reply-head.ts';

/** How requests are passed on. */
export interface ForwardRules {
  readonly trustedHops: number;
  /** The Host that the backend gets in place of the client's; null to keep the client's. */
  readonly host: string | null;
  /** Put before every path: the upstream's own path, without the slash at its end. */
  readonly prefix: string;
}

type Fields = readonly (readonly [name: string, value: string])[];

/** A request's start line and fields as the backend gets them. `isChunked` says how its body will be framed. */
export function backendHead(
  exchange: LiveExchange,
  peer: Peer,
  rules: ForwardRules,
  added: Allowed['backendHeaders'],
): string {
  const { parsed } = exchange.request;
  const isExpecting = parsed.head.valueOf(FieldKind.expect)?.toLowerCase() === '100-continue';
  return (
    startLine(exchange, rules) +
    parsed.head.derived(rules.host === null ? linesForBackend : linesForBackendWithoutHost) +
    (rules.host === null ? '' : `Host: ${rules.host}\r\n`) +
    forwardedLines(parsed, peer, rules.trustedHops) +
    `Via: 1.1 outrider\r\nX-Request-Id: ${exchange.id}\r\ntraceparent: ${exchange.traceparent}\r\n` +
    (parsed.isChunked ? 'Transfer-Encoding: chunked\r\n' : '') +
    (isExpecting ? 'Expect: 100-continue\r\n' : '') +
    (added === undefined ? '' : addedLines(added)) +
    '\r\n'
  );
}

/** Lines for the backend of lists that their guard froze: the same for every request. */
const frozenAdded = new WeakMap<Fields, string>();

function addedLines(added: Fields): string {
  const known = frozenAdded.get(added);
  if (known !== undefined) return known;
  const lines = fieldLines(added.filter(([name]) => /^x-outrider-/i.test(name)));
  return isFrozenWhole(added) ? remembered(frozenAdded, added, lines) : lines;
}

/** True for a list whose guard can change neither it nor its fields any more. */
export function isFrozenWhole(fields: Fields): boolean {
  return Object.isFrozen(fields) && fields.every((field) => Object.isFrozen(field));
}

/** A backend's fields as the client gets them, without status line and without the empty line. */
export function clientLines(reply: ReplyHead): string {
  return reply.head.derived(linesForClient);
}

/** A trailer section as lines, without what may not stand in one (RFC 9110 §6.5.1). */
export function trailerLines(trailers: Head): string {
  const kept = [...trailers].filter((_, index) => trailers.kindAt(index) === FieldKind.ordinary);
  return fieldLines(kept);
}

/** Fields as lines; what would break a line is left out, and reported by whoever built it. */
export function fieldLines(fields: Fields): string {
  const known = frozenLines.get(fields);
  if (known !== undefined) return known;
  let lines = '';
  for (const field of fields) lines += frozenLine.get(field) ?? lineOf(field);
  return isFrozenWhole(fields) ? remembered(frozenLines, fields, lines) : lines;
}

/** Lines of whole lists that whoever made them froze. */
const frozenLines = new WeakMap<Fields, string>();

/** Lines of fields that whoever made them froze. */
const frozenLine = new WeakMap<Fields[number], string>();

function lineOf(field: Fields[number]): string {
  const [name, value] = field;
  const line = isSafeField(name, value) ? `${name}: ${value}\r\n` : '';
  return Object.isFrozen(field) ? remembered(frozenLine, field, line) : line;
}

/** Remembers a text in one piece: what was joined from pieces would be put together each time it is written. */
function remembered<Key extends object>(memory: WeakMap<Key, string>, key: Key, text: string): string {
  const flat = Buffer.from(text, 'latin1').toString('latin1');
  memory.set(key, flat);
  return flat;
}

/** True for what RFC 9110 §5.1 and §5.5 allow. Above U+00FF a character would turn into another byte on the wire. */
export function isSafeField(name: string, value: string): boolean {
  return isSafeName(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}

/** Plugins write the same few names with every request. */
const knownNames = new Set<string>();
const mostKnownNames = 256;

function isSafeName(name: string): boolean {
  if (knownNames.has(name)) return true;
  const isSafe = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name);
  if (isSafe && knownNames.size < mostKnownNames) knownNames.add(name);
  return isSafe;
}

function startLine(exchange: LiveExchange, rules: ForwardRules): string {
  const { method, target } = exchange.request.parsed;
  return `${method} ${target === '*' ? '' : rules.prefix}${target} HTTP/1.1\r\n`;
}

// One function each, so that fields which come again keep the answer (`Head.derived`).
const linesForBackend = (head: Head): string => keptLines(head, droppedFromRequest);
const linesForBackendWithoutHost = (head: Head): string => keptLines(head, droppedWithHost);
const linesForClient = (head: Head): string => keptLines(head, droppedFromReply);

/** The lines that are not dropped, in as few pieces as there are gaps. */
function keptLines(head: Head, dropped: Uint8Array): string {
  const named = namedByConnection(head);
  let lines = '';
  let start = 0;
  for (let index = 0; index < head.count; index += 1) {
    const kind = head.kindAt(index);
    const isNamed =
      named !== null && kind === FieldKind.ordinary && named.has(head.nameAt(index).toLowerCase());
    if (dropped[kind] !== 1 && !isNamed) continue;
    lines += head.text.slice(start, head.lineAt(index));
    start = head.lineAt(index + 1);
  }
  return lines + head.text.slice(start, head.text.length - 2);
}

/** Fields that the Connection field keeps for this hop (RFC 9110 §7.6.1); null when it names none. */
function namedByConnection(head: Head): ReadonlySet<string> | null {
  const value = head.valueOf(FieldKind.connection);
  if (value === undefined || value === 'keep-alive' || value === 'close') return null;
  return new Set(value.split(',').map((each) => each.trim().toLowerCase()));
}

function table(...kinds: readonly number[]): Uint8Array {
  const dropped = new Uint8Array(Object.keys(FieldKind).length);
  for (const kind of kinds) dropped[kind] = 1;
  return dropped;
}

const forThisHop = [
  FieldKind.connection,
  FieldKind.keepAlive,
  FieldKind.hopByHop,
  FieldKind.transferEncoding,
  FieldKind.upgrade,
];
const droppedFromRequest = table(
  ...forThisHop,
  FieldKind.expect,
  FieldKind.requestId,
  FieldKind.traceparent,
  FieldKind.forwarded,
  FieldKind.forwardedFor,
  FieldKind.forwardedProto,
  FieldKind.forwardedHost,
  FieldKind.outrider,
  FieldKind.lookalike,
);
const droppedWithHost = Uint8Array.from(droppedFromRequest);
droppedWithHost[FieldKind.host] = 1;
const droppedFromReply = table(...forThisHop, FieldKind.requestId);
