/** The header fields that the data path itself acts on; every other field is `ordinary` and passes as it came. */
export const FieldKind = {
  ordinary: 0,
  host: 1,
  connection: 2,
  contentLength: 3,
  transferEncoding: 4,
  expect: 5,
  upgrade: 6,
  /** Meant for the next hop only (RFC 9110 §7.6.1), or credentials for a proxy, which ends here. */
  hopByHop: 7,
  keepAlive: 8,
  requestId: 9,
  traceparent: 10,
  forwarded: 11,
  forwardedFor: 12,
  forwardedProto: 13,
  forwardedHost: 14,
  /** `x-outrider-…`: what guards tell the backend. From outside it would be forged. */
  outrider: 15,
  contentType: 16,
  contentEncoding: 17,
  /** A field of framing or routing spelt with `_`, which CGI-like backends cannot tell from the real one. */
  lookalike: 18,
} as const;

/** The kind of the field whose name is `text` from `start` to `end`. Ordinary names cost one table look-up. */
export function fieldKindOf(text: string, start: number, end: number): number {
  const length = end - start;
  const first = text.charCodeAt(start) & letterBits;
  if (length > maxLength) return first === letterX ? kindOfName(text.slice(start, end)) : FieldKind.ordinary;
  if (mayAct[(length << 5) | first] !== 1) return FieldKind.ordinary;
  return kindOfName(text.slice(start, end));
}

const outriderPrefix = 'x-outrider-';

function kindOfName(received: string): number {
  const lower = received.toLowerCase();
  const name = lower.includes('_') ? lower.replaceAll('_', '-') : lower;
  if (name.startsWith(outriderPrefix)) return FieldKind.outrider;
  const kind = kinds.get(name) ?? FieldKind.ordinary;
  return kind === FieldKind.ordinary || name === lower ? kind : FieldKind.lookalike;
}

const kinds: ReadonlyMap<string, number> = new Map([
  ['host', FieldKind.host],
  ['connection', FieldKind.connection],
  ['content-length', FieldKind.contentLength],
  ['transfer-encoding', FieldKind.transferEncoding],
  ['expect', FieldKind.expect],
  ['upgrade', FieldKind.upgrade],
  ['keep-alive', FieldKind.keepAlive],
  ['proxy-connection', FieldKind.hopByHop],
  ['proxy-authenticate', FieldKind.hopByHop],
  ['proxy-authorization', FieldKind.hopByHop],
  ['te', FieldKind.hopByHop],
  ['http2-settings', FieldKind.hopByHop],
  ['x-request-id', FieldKind.requestId],
  ['traceparent', FieldKind.traceparent],
  ['forwarded', FieldKind.forwarded],
  ['x-forwarded-for', FieldKind.forwardedFor],
  ['x-forwarded-proto', FieldKind.forwardedProto],
  ['x-forwarded-host', FieldKind.forwardedHost],
  ['content-type', FieldKind.contentType],
  ['content-encoding', FieldKind.contentEncoding],
]);

const letterBits = 31;
const letterX = 'x'.charCodeAt(0) & letterBits;
const maxLength = 31;

/** Which pairs of name length and first letter are worth a closer look. */
const mayAct = new Uint8Array((maxLength + 1) << 5);
for (const name of kinds.keys()) mayAct[(name.length << 5) | (name.charCodeAt(0) & letterBits)] = 1;
for (let length = outriderPrefix.length; length <= maxLength; length += 1)
  mayAct[(length << 5) | letterX] = 1;
