import {
  allowed,
  deny,
  errorTable,
  type Allowed,
  type CredentialReader,
  type Denied,
  type ErrorCode,
  type Exchange,
  type Headers,
  type Request,
  type Verdict,
} from '../../shared/index.ts';
import { notLoaded, type Loading } from './loading.ts';
import type { KeyIndex, KeySlot, ReadyKey } from './key-index.ts';
import type { Quota } from './key-record.ts';
import type { Options } from './options.ts';
import { quotaItem, quotaReason } from './quota-fields.ts';
import type { Quotas } from './quotas.ts';
import { rateFields, rateItem } from './rate-field.ts';
import type { RateLimiter } from './rate-limit.ts';
import { scopeSet } from './scopes.ts';
import type { Throttle } from './throttle.ts';
import type { Taken } from './token-bucket.ts';

interface Parts {
  readonly options: Options;
  readonly credentials: CredentialReader;
  readonly index: KeyIndex;
  readonly loading: Loading;
  readonly throttle: Throttle;
  readonly limiter: RateLimiter;
  readonly quotas: Quotas;
  /** Hears of each request that is let by. */
  readonly used: (keyId: string, exchange: Exchange) => void;
  readonly nowMs: () => number;
}

type LetBy = ReadyKey['verdict'];
type Fields = NonNullable<Allowed['replyHeaders']>;

/**
 * Decides about one request: who it is from, whether it may, and whether it is not too much. Answers at once;
 * only a limit or quota shared by several sidecars
 * now and then waits to be counted.
 */
export function admission(parts: Parts): (exchange: Exchange) => Verdict | Promise<Verdict> {
  const { options, credentials, index, loading, throttle, limiter, quotas, used } = parts;
  const publicRoutes = scopeSet(options.publicRoutes);
  const inFields = (headers: Headers) => presentedIn(headers, options);
  const hasPublicRoutes = options.publicRoutes.length > 0;

  function refuseUnknown(exchange: Exchange, nowMs: number, code: ErrorCode, key?: ReadyKey): Denied {
    throttle.failed(exchange.request.clientAddress, nowMs);
    return refused(code, key);
  }

  /** A key that was right lately is let by; anybody else at a throttled source waits before any look-up. */
  function identify(exchange: Exchange, presented: Presented, nowMs: number): ReadyKey | Denied {
    const known = (presented.slot ??= index.remembered(presented.text));
    if (!known) {
      const waitSeconds = throttle.waitSeconds(exchange.request.clientAddress, nowMs);
      if (waitSeconds > 0) return refused('source_throttled', undefined, waitSeconds);
    }
    const found = known?.key ?? index.find(presented.text);
    if (typeof found === 'string') return refuseUnknown(exchange, nowMs, found);
    if (found.record.revokedAt !== null) return refuseUnknown(exchange, nowMs, 'key_revoked', found);
    if (found.endMs <= nowMs) return refuseUnknown(exchange, nowMs, 'key_expired', found);
    return found;
  }

  /** A quota that is used up costs no token of the rate limit; it is counted once the rate limit has let through. */
  function limited(key: ReadyKey, exchange: Exchange, nowMs: number): Verdict | Promise<Verdict> {
    const { rateLimit, quota } = key.record;
    if (quota) {
      const waitSeconds = quotas.waitSeconds(key.record.id, quota, nowMs);
      if (waitSeconds > 0)
        return withFields(exhausted(key, quota, waitSeconds, nowMs), fieldsOf(key, null, nowMs));
    }
    if (!rateLimit) return quota ? counted(key, quota, null, exchange, nowMs) : letBy(key, exchange);
    const taken = limiter.take(key, rateLimit, nowMs);
    return taken instanceof Promise
      ? taken.then((each) => rated(key, exchange, nowMs, each))
      : rated(key, exchange, nowMs, taken);
  }

  function rated(key: ReadyKey, exchange: Exchange, nowMs: number, taken: Taken): Verdict | Promise<Verdict> {
    const { quota } = key.record;
    if (!taken.isWithin)
      return withFields(refused('rate_limited', key, taken.resetSeconds), fieldsOf(key, taken, nowMs));
    return quota
      ? counted(key, quota, taken, exchange, nowMs)
      : withFields(letBy(key, exchange), fieldsOf(key, taken, nowMs));
  }

  function counted(
    key: ReadyKey,
    quota: Quota,
    taken: Taken | null,
    exchange: Exchange,
    nowMs: number,
  ): Verdict | Promise<Verdict> {
    const told = (waitSeconds: number): Verdict => {
      const verdict = waitSeconds > 0 ? exhausted(key, quota, waitSeconds, nowMs) : letBy(key, exchange);
      return withFields(verdict, fieldsOf(key, taken, nowMs));
    };
    const waitSeconds = quotas.take(key.record.id, quota, nowMs);
    return waitSeconds instanceof Promise ? waitSeconds.then(told) : told(waitSeconds);
  }

  function exhausted(key: ReadyKey, quota: Quota, waitSeconds: number, nowMs: number): Denied {
    const reason = quotaReason(quotas.left(key.record.id, quota, nowMs), waitSeconds, nowMs);
    return { ...refused('quota_exhausted', key, waitSeconds), reason };
  }

  /** The `RateLimit` fields of draft-ietf-httpapi-ratelimit-headers-10, for the policies of `key-index.ts`. */
  function fieldsOf(key: ReadyKey, taken: Taken | null, nowMs: number): Fields {
    const { id, quota } = key.record;
    if (!quota && taken) return rateFields(key.ratePolicy, taken);
    const items = quota ? quotas.left(id, quota, nowMs).map(quotaItem) : [];
    if (taken) items.unshift(rateItem(taken));
    return items.length === 0 ? [] : [key.ratePolicy.field, ['ratelimit', items.join(', ')]];
  }

  function letBy(key: ReadyKey, exchange: Exchange): LetBy {
    used(key.record.id, exchange);
    return key.verdict;
  }

  return (exchange) => {
    const { request } = exchange;
    if (hasPublicRoutes && publicRoutes.allows(request.method, request.path)) return allowed;
    if (!loading.isDone()) return notLoaded;
    const nowMs = parts.nowMs();
    const carried = presentedKey(credentials.headersOf(exchange).derived(inFields), request, options);
    if (carried === null) return refused('key_required');
    if (carried === ambiguous) return refused('key_malformed');
    const key = identify(exchange, carried, nowMs);
    if ('allow' in key) return key;
    if (!key.addresses.includes(request.clientAddress)) return refused('address_refused', key);
    if (!key.scopes.isEverything && !key.scopes.allows(request.method, request.path))
      return refused('scope_missing', key);
    key.lastUsedMs = nowMs;
    return limited(key, exchange, nowMs);
  };
}

/** Written out: a spread costs as much as finding the key. */
function withFields(verdict: LetBy | Denied, replyHeaders: Fields): Verdict {
  if (!verdict.allow) return { ...verdict, replyHeaders };
  const { principal, backendHeaders } = verdict;
  return { allow: true, principal, backendHeaders, replyHeaders };
}

const ambiguous = Symbol('two different keys');
const scheme = 'bearer ';
const space = 0x20;

/** A key as it came; kept with fields that come again, so that it need not be looked up again either. */
interface Presented {
  readonly text: string;
  slot: KeySlot | undefined;
}

/** The key a request carries; its query is only read where that is allowed. */
function presentedKey(
  found: Presented | null | typeof ambiguous,
  request: Request,
  { queryParameter }: Options,
): Presented | null | typeof ambiguous {
  if (found !== null || queryParameter === undefined) return found;
  const inQuery = new URLSearchParams(request.query).getAll(queryParameter);
  return inQuery.length > 1 ? ambiguous : presented(inQuery[0] ?? null);
}

const presented = (text: string | null): Presented | null =>
  text === null ? null : { text, slot: undefined };

function presentedIn(headers: Headers, options: Options): Presented | null | typeof ambiguous {
  const found = keyInFields(headers, options);
  return found === ambiguous ? ambiguous : presented(found);
}

/**
 * Two different keys are refused: a proxy and a backend could each believe another. Repeated fields come joined by `, `,
 * which no key contains.
 */
function keyInFields(headers: Headers, options: Options): string | null | typeof ambiguous {
  let found: string | null = null;
  for (const name of options.headers) {
    const value = headers.get(name);
    if (value === undefined) continue;
    const key = name === 'authorization' ? bearerToken(value) : value.trim();
    if (key === null || key === '') continue;
    if (key.includes(', ')) return ambiguous;
    found ??= key;
    if (found !== key && looksOurs(key, options) && looksOurs(found, options)) return ambiguous;
    if (!looksOurs(found, options) && looksOurs(key, options)) found = key;
  }
  return found;
}

function bearerToken(value: string): string | null {
  if (value.charCodeAt(scheme.length - 1) !== space) return null;
  return value.slice(0, scheme.length).toLowerCase() === scheme ? value.slice(scheme.length).trim() : null;
}

function looksOurs(key: string, { prefix }: Options): boolean {
  return key.startsWith(prefix) && key[prefix.length] === '_';
}

function refused(code: ErrorCode, key?: ReadyKey, retryAfterSeconds?: number): Denied {
  const { status, title } = errorTable[code];
  const isUnauthorized = status === 401;
  return deny(status as Denied['status'], title, {
    code,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    // RFC 9110 §11.6.1 asks for a challenge with each 401; RFC 6750 names the scheme.
    ...(isUnauthorized && { replyHeaders: [['www-authenticate', 'Bearer']] as const }),
    ...(key && { details: { keyId: key.record.id, start: key.record.start } }),
  });
}
