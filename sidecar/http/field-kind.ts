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
  if (length >= outriderPrefix.length && first === letterX && startsWithOutrider(text, start))
    return FieldKind.outrider;
  const named = length > maxLength ? undefined : byShape[(length << 5) | first];
  if (named === undefined) return FieldKind.ordinary;
  for (const { name, kind } of named) {
    const likeness = likenessTo(name, text, start);
    if (likeness !== different) return likeness === same ? kind : FieldKind.lookalike;
  }
  return FieldKind.ordinary;
}

const outriderPrefix = 'x-outrider-';
const startsWithOutrider = (text: string, start: number): boolean =>
  likenessTo(outriderPrefix, text, start) !== different;

const different = 0;
const spelt = 1;
const same = 2;

/** How the text at `start` compares to a name in lower case: letter case is nothing, `_` for `-` is another spelling. */
function likenessTo(name: string, text: string, start: number): number {
  let likeness = same;
  for (let at = 0; at < name.length; at += 1) {
    const code = text.charCodeAt(start + at);
    const lower = code >= 0x41 && code <= 0x5a ? code | 0x20 : code;
    if (lower === name.charCodeAt(at)) continue;
    if (lower !== underscore || name.charCodeAt(at) !== hyphen) return different;
    likeness = spelt;
  }
  return likeness;
}

const underscore = 0x5f;
const hyphen = 0x2d;

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

/** The names of one length and first letter: nearly always none or one. */
const byShape: ({ readonly name: string; readonly kind: number }[] | undefined)[] = Array.from({
  length: (maxLength + 1) << 5,
});
for (const [name, kind] of kinds) {
  const shape = (name.length << 5) | (name.charCodeAt(0) & letterBits);
  (byShape[shape] ??= []).push({ name, kind });
}
