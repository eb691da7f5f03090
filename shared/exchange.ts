/** Header fields of a request or reply. Reading one is cheap; nothing is parsed before the first read. */
export interface Headers extends Iterable<readonly [name: string, value: string]> {
  /** The value of a field, names in any case; several fields are joined with `, ` (RFC 9110 §5.2). */
  get(name: string): string | undefined;
  /** Every value of a field, one per line received. */
  all(name: string): readonly string[];
  /** True when a field meets the test; asked in the order received, until one does. Cheaper than iterating. */
  some(test: (name: string, value: string) => boolean): boolean;
  /**
   * What `work` makes of these fields and of nothing else. Clients repeat their fields byte for byte on a connection, and
   * then the answer is kept: give the same function each time, made once in `setup`.
   */
  derived<Value>(work: (headers: Headers) => Value): Value;
}

export interface Request {
  readonly method: string;
  /** The path as received: still percent-encoded, without the query. */
  readonly path: string;
  /** The query as received, without `?`; empty when there is none. */
  readonly query: string;
  /** The path with its variable parts named: `/agents/:id`. */
  readonly route: string;
  /** Credential fields read `[redacted]`; use the `Credentials` capability to see them. */
  readonly headers: Headers;
  /** The client's address after trusted hops were taken off, without port. */
  readonly clientAddress: string;
  /**
   * The body's first bytes, content-decoded (gzip, deflate, br), up to the largest `maxBytes` a matching
   * guard asked for; null when no guard asked or the request has no body.
   */
  readonly body: Uint8Array | null;
  /** True when the body was longer than what `body` holds. */
  readonly isBodyTruncated: boolean;
}

/** Bytes at once, or as they come. A stream is never buffered by the host. */
export type ReplyBody = Uint8Array | string | null | AsyncIterable<Uint8Array>;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ReplyBody;
  /** True for event streams, upgrades and bodies of unknown length: never buffer, never cache. */
  readonly isStreaming: boolean;
}

/** Whoever a request is from, as a guard recognised it: an API key, a user, a service. */
export interface Principal {
  readonly kind: string;
  readonly id: string;
  readonly label: string;
}

/** One request on its way to the backend, and its reply. */
export interface Exchange {
  readonly id: string;
  /** W3C trace id, 32 hex digits; the SQL caused by this exchange carries the same one. */
  readonly traceId: string;
  readonly request: Request;
  readonly principal: Principal | null;
  /** Aborts when the client goes away or the sidecar stops. */
  readonly signal: AbortSignal;
  /** Calls back once the last byte has left or the exchange failed; for a stream that can be long after the reply began. */
  onFinished(call: () => void): void;
}

/** Builds a reply from plain parts; header names are kept as given. */
export function reply(
  status: number,
  headers: Readonly<Record<string, string | readonly string[]>>,
  body: ReplyBody,
): Reply {
  const isStreaming = body !== null && typeof body === 'object' && Symbol.asyncIterator in body;
  return { status, headers: headersOf(headers), body, isStreaming };
}

/** Headers from a plain record; a list becomes one field per value. */
export function headersOf(record: Readonly<Record<string, string | readonly string[]>>): Headers {
  const pairs = Object.entries(record).flatMap(([name, value]): (readonly [string, string])[] =>
    typeof value === 'string' ? [[name, value]] : value.map((each) => [name, each] as const),
  );
  return headersFrom(pairs);
}

/** Headers from name and value pairs, in order. */
export function headersFrom(pairs: readonly (readonly [name: string, value: string])[]): Headers {
  const all = (name: string): readonly string[] => {
    const wanted = name.toLowerCase();
    return pairs.filter(([each]) => each.toLowerCase() === wanted).map(([, value]) => value);
  };
  const headers: Headers = {
    all,
    get(name) {
      const values = all(name);
      return values.length === 0 ? undefined : values.join(', ');
    },
    some: (test) => pairs.some(([name, value]) => test(name, value)),
    derived: (work) => work(headers),
    [Symbol.iterator]: () => pairs[Symbol.iterator](),
  };
  return headers;
}
