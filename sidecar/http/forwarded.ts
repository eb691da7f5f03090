import { FieldKind } from './field-kind.ts';
import type { RequestHead } from './request-head.ts';

/** Who is at the other end of a client's connection, and how it came. */
export interface Peer {
  /** Without port; IPv4 in its usual form even on an IPv6 socket. */
  readonly address: string;
  readonly protocol: 'http' | 'https';
  /** What is written for a request of this connection without trusted hops; all of them name the same host. */
  written: { readonly host: string; readonly lines: string } | null;
}

export function peerOf(remoteAddress: string | undefined): Peer {
  const address = remoteAddress ?? 'unknown';
  return {
    address: address.startsWith('::ffff:') ? address.slice(7) : address,
    protocol: 'http',
    written: null,
  };
}

/**
 * The client's address: each trusted hop vouches for the one before it, so with `trustedHops` of our own
 * proxies in front it is the entry as many places from the right of X-Forwarded-For (or of Forwarded).
 */
export function clientAddressOf(request: RequestHead, peer: Peer, trustedHops: number): string {
  if (trustedHops === 0) return peer.address;
  return believedHops(request, trustedHops)[0] ?? peer.address;
}

/** `Forwarded` and `X-Forwarded-*` as the backend gets them. What hops claimed that nobody vouches for is dropped. */
export function forwardedLines(request: RequestHead, peer: Peer, trustedHops: number): string {
  if (trustedHops > 0) return linesFor(request, peer, trustedHops);
  if (peer.written?.host !== request.host) {
    peer.written = { host: request.host, lines: linesFor(request, peer, 0) };
  }
  return peer.written.lines;
}

function linesFor(request: RequestHead, peer: Peer, trustedHops: number): string {
  const chain = [...(trustedHops === 0 ? [] : believedHops(request, trustedHops)), peer.address];
  const proto = believed(request, FieldKind.forwardedProto, trustedHops, /^https?$/i) ?? peer.protocol;
  const host = believed(request, FieldKind.forwardedHost, trustedHops, /^[\w.\-:[\]]+$/) ?? request.host;
  const element = `for=${node(peer.address)};${request.host === '' ? '' : `host="${request.host}";`}proto=${peer.protocol}`;
  const elements = trustedHops === 0 ? [] : lastOf(request.head.valueOf(FieldKind.forwarded), trustedHops);
  return (
    `Forwarded: ${[...elements, element].join(', ')}\r\nX-Forwarded-For: ${chain.join(', ')}\r\n` +
    `X-Forwarded-Proto: ${proto}\r\n${host === '' ? '' : `X-Forwarded-Host: ${host}\r\n`}`
  );
}

/** The last entries that trusted hops wrote, the client first. */
function believedHops(request: RequestHead, trustedHops: number): readonly string[] {
  const xForwardedFor = request.head.valueOf(FieldKind.forwardedFor);
  if (xForwardedFor !== undefined) return lastOf(xForwardedFor, trustedHops).map(withoutPort);
  const elements = lastOf(request.head.valueOf(FieldKind.forwarded), trustedHops);
  return elements.map((each) => withoutPort(/(?:^|;)\s*for="?([^";]+)"?/i.exec(each)?.[1] ?? 'unknown'));
}

function lastOf(list: string | undefined, count: number): readonly string[] {
  if (list === undefined) return [];
  const entries = list.split(',').map((each) => each.trim());
  return entries.filter((each) => each !== '').slice(-count);
}

/** `1.2.3.4:80`, `[::1]:80` and `[::1]` without what is not the address. */
function withoutPort(entry: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(entry);
  if (bracketed?.[1] !== undefined) return bracketed[1];
  return entry.replace(/^([^:]+):\d+$/, '$1');
}

function believed(
  request: RequestHead,
  kind: number,
  trustedHops: number,
  syntax: RegExp,
): string | undefined {
  if (trustedHops === 0) return undefined;
  const value = lastOf(request.head.valueOf(kind), 1)[0];
  return value !== undefined && syntax.test(value) ? value : undefined;
}

/** RFC 7239 §6: an IPv6 address stands in brackets and quotes. */
function node(address: string): string {
  return address.includes(':') ? `"[${address}]"` : address;
}
