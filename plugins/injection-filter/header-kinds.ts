/** What a header field's value is looked at as: `secret` never, `plain` only where it holds what such a value never does. */
export type HeaderKind = 'secret' | 'plain' | 'cookie' | 'referer' | 'value';

/** Fields whose values nobody may see, nor an excerpt of them. */
const secretHeaders = new Set(['authorization', 'proxy-authorization', 'x-api-key']);

/** Header fields that hardly a backend puts into SQL, a page or a shell, and that the host or a browser writes. */
const plainHeaders = new Set(
  `host connection accept accept-encoding accept-language accept-charset content-length content-type content-encoding transfer-encoding
   cache-control pragma upgrade-insecure-requests te trailer upgrade dnt expect if-none-match if-modified-since if-match range
   traceparent tracestate sec-fetch-site sec-fetch-mode sec-fetch-dest sec-fetch-user
   sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform sec-websocket-key sec-websocket-version sec-websocket-extensions sec-websocket-protocol
   sec-gpc priority origin date keep-alive x-request-id x-correlation-id content-disposition`.split(/\s+/),
);

/** Spellings remembered, so that nearly every field costs one look-up; then it starts anew. */
const mostSpellings = 512;
const known = new Map<string, HeaderKind>();

/** What to do with a field, by its name in whatever case it came. */
export function headerKind(name: string): HeaderKind {
  const before = known.get(name);
  if (before !== undefined) return before;
  const lower = name.toLowerCase();
  const kind = secretHeaders.has(lower)
    ? 'secret'
    : plainHeaders.has(lower)
      ? 'plain'
      : lower === 'cookie' || lower === 'referer'
        ? lower
        : 'value';
  if (known.size >= mostSpellings) known.clear();
  if (name.length <= 64) known.set(Buffer.from(name, 'latin1').toString('latin1'), kind);
  return kind;
}
