import { createHash, timingSafeEqual } from 'node:crypto';
import { boundedMap, readApiKey, type Allowed, type ErrorCode } from '../../shared/index.ts';
import { addressSet, type AddressSet } from './addresses.ts';
import { endMsOf, type KeyRecord, type RateLimit } from './key-record.ts';
import { quotaPolicies } from './quota-fields.ts';
import { ratePolicy, type RatePolicy } from './rate-field.ts';
import { scopeSet, type ScopeSet } from './scopes.ts';
import type { Bucket } from './token-bucket.ts';

/** A key made ready for the guard: everything that can be computed once is. */
export interface ReadyKey {
  readonly record: KeyRecord;
  readonly digest: Buffer;
  readonly endMs: number;
  readonly scopes: ScopeSet;
  readonly addresses: AddressSet;
  /** What the guard answers for a key without a limit: the same object each time. */
  readonly verdict: Required<Pick<Allowed, 'allow' | 'principal' | 'backendHeaders'>>;
  /** The `RateLimit-Policy` field of replies to a key with a limit or a quota. */
  readonly ratePolicy: RatePolicy;
  /** Of its rate limit; null until its first request. */
  bucket: Bucket | null;
  lastUsedMs: number;
}

export interface KeyIndex {
  /** Finds out whose a presented key is; a code says why it is nobody's. Never touches the store. */
  find(presented: string): ReadyKey | ErrorCode;
  /** Where the key is that an earlier `find` of the same text found; undefined when it is not remembered. Cheap. */
  remembered(presented: string): KeySlot | undefined;
  byId(id: string): ReadyKey | undefined;
  byDigest(digest: string): ReadyKey | undefined;
  put(record: KeyRecord): void;
  /** Every key there is, in no order. */
  all(): Iterable<ReadyKey>;
  /** Texts remembered at the moment, known and unknown; for tests of the bounds. */
  rememberedCount(): number;
}

/** Where a key is kept for as long as this process lives: whoever remembers it sees a changed key at once. */
export interface KeySlot {
  readonly key: ReadyKey;
}

/** Keys presented lately, per generation: enough for the callers of a busy minute, 5 MB at most. */
const mostRemembered = 20_000;
/** Wrong keys presented lately, per generation: an attacker's guesses push out only each other. */
const mostUnknown = 5000;
/** No key is longer, ours or imported. */
const mostCharacters = 512;

/** All keys in memory by digest, so a look-up costs the same with one key and with a hundred thousand. */
export function keyIndex(prefix: string): KeyIndex {
  const byDigest = new Map<string, Slot>();
  const byId = new Map<string, Slot>();
  const known = boundedMap<Slot>(mostRemembered);
  const unknown = boundedMap<ErrorCode>(mostUnknown);
  let importedCount = 0;

  /** Our own keys prove by their checksum that they were copied whole; only imported ones may look otherwise. */
  function isPlausible(presented: string): boolean {
    const read = readApiKey(presented);
    if (read?.prefix === prefix && read.isChecksumRight) return true;
    return importedCount > 0 && presented.length <= mostCharacters;
  }

  function lookUp(presented: string): Slot | ErrorCode {
    if (!isPlausible(presented)) return 'key_malformed';
    const digest = createHash('sha256').update(presented).digest();
    const slot = byDigest.get(digest.toString('hex'));
    // The map compares digests, of which a caller controls no prefix; this comparison is constant in time as well.
    return slot && timingSafeEqual(slot.key.digest, digest) ? slot : 'key_unknown';
  }

  return {
    remembered: (presented) => known.get(presented),
    find(presented) {
      const slot = known.get(presented);
      if (slot) return slot.key;
      const refused = unknown.get(presented);
      if (refused) return refused;
      const found = lookUp(presented);
      if (typeof found !== 'string') {
        known.set(presented, found);
        return found.key;
      }
      if (presented.length <= mostCharacters) unknown.set(presented, found);
      return found;
    },
    byId: (id) => byId.get(id)?.key,
    byDigest: (digest) => byDigest.get(digest)?.key,
    put(record) {
      const before = byId.get(record.id);
      const key = readyKey(record, before?.key);
      if (before) {
        before.key = key;
        return;
      }
      const slot: Slot = { key };
      byId.set(record.id, slot);
      byDigest.set(record.digest, slot);
      if (record.isImported) importedCount += 1;
      unknown.clear();
    },
    *all() {
      for (const { key } of byId.values()) yield key;
    },
    rememberedCount: () => known.size + unknown.size,
  };
}

interface Slot extends KeySlot {
  key: ReadyKey;
}

function readyKey(record: KeyRecord, before: ReadyKey | undefined): ReadyKey {
  return {
    record,
    digest: Buffer.from(record.digest, 'hex'),
    endMs: endMsOf(record),
    scopes: scopeSet(record.scopes),
    addresses: addressSet(record.addresses),
    verdict: {
      allow: true,
      principal: { kind: 'api-key', id: record.id, label: record.label },
      backendHeaders: backendFields(record),
    },
    ratePolicy: ratePolicy(policiesOf(record)),
    bucket: before?.bucket ?? null,
    lastUsedMs: before?.lastUsedMs ?? 0,
  };
}

/** Frozen: the host then checks and writes them once for all requests of the key. */
function backendFields({ id, owner, scopes }: KeyRecord): ReadyKey['verdict']['backendHeaders'] {
  const fields: (readonly [name: string, value: string])[] = [
    ['x-outrider-key-id', id],
    ...(owner === null ? [] : ([['x-outrider-key-owner', fieldValue(owner)]] as const)),
    ['x-outrider-key-scopes', scopes.map(fieldValue).join(', ')],
  ];
  return Object.freeze(fields.map((field) => Object.freeze(field)));
}

/** As in draft-ietf-httpapi-ratelimit-headers-10: quota and window of the rate limit, then those of the quotas. */
function policiesOf({ rateLimit, quota }: KeyRecord): string {
  const rate = rateLimit === null ? [] : [ratePolicyOf(rateLimit)];
  return [...rate, ...(quota === null ? [] : quotaPolicies(quota))].join(', ');
}

function ratePolicyOf({ requests, seconds }: RateLimit): string {
  return `"key";q=${requests};w=${Math.max(1, Math.ceil(seconds))}`;
}

/** Visible ASCII and single spaces as they are, everything else percent-encoded: safe in a header field (RFC 9110 §5.5). */
function fieldValue(text: string): string {
  return text.replace(/[^\x20-\x7e]|[%,]/gu, (each) => encodeURIComponent(each));
}
