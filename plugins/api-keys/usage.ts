import type { z } from 'zod';
import { addBuckets, emptyBuckets, type GuardDenied, type HttpSummary } from '../../shared/index.ts';
import type { UsedSince } from './events.ts';

/** What was counted for one key (and route) in one span of time. */
export interface Count {
  requests: number;
  refusals: number;
  errors: number;
  durationMsSum: number;
  databaseMs: number;
}

/** The same for one route, with its durations for percentiles. */
export interface RouteCount extends Count {
  buckets: number[];
  lastAt: string;
}

/** One key's use: by minute, hour and day, and by route. Plain JSON; every list has a bound. */
export interface KeyUsage {
  minutes: Span[];
  hours: Span[];
  days: Span[];
  /** `GET /agents/:id` → its counts and when it was used last. */
  routes: Record<string, RouteCount>;
  /** Where it was used from: address → requests and when the last was. */
  clients: Record<string, { requests: number; lastAt: string }>;
  lastAt: string | null;
}

/** Counts of the span that begins at `atMs`. */
export interface Span extends Count {
  atMs: number;
}

/** Use by key id. */
export type Usage = Record<string, KeyUsage>;

/** Spans kept: two hours of minutes, three days of hours, three months of days. */
const most = { minutes: 120, hours: 72, days: 92 } as const;
const mostRoutes = 100;
/** Each is up to 40 kB as JSON; the one not used for longest makes room. */
const mostKeys = 300;
const mostClients = 50;
const lengthMs = { minutes: 60_000, hours: 3_600_000, days: 86_400_000 } as const;

export function emptyCount(): Count {
  return { requests: 0, refusals: 0, errors: 0, durationMsSum: 0, databaseMs: 0 };
}

/** Folds a summary of exchanges; changes the usage in place. */
export function withSummary(
  usage: Usage,
  at: string,
  rows: z.output<typeof HttpSummary.schema>['rows'],
): Usage {
  for (const row of rows) {
    if (row.principalId === null) continue;
    add(
      usage,
      row.principalId,
      at,
      `${row.method} ${row.route}`,
      {
        requests: row.count,
        refusals: 0,
        errors: row.status >= 500 || row.status === 0 ? row.count : 0,
        durationMsSum: row.durationMsSum,
        databaseMs: 0,
      },
      row.buckets,
    );
  }
  return usage;
}

/** Folds a refusal of a key that was recognised. */
export function withRefusal(usage: Usage, at: string, denied: z.output<typeof GuardDenied.schema>): Usage {
  const keyId = keyIdOf(denied.details);
  if (keyId === null) return usage;
  const count = { ...emptyCount(), refusals: denied.count };
  add(usage, keyId, at, `${denied.method} ${denied.route}`, count);
  return usage;
}

export function withUse(usage: Usage, at: string, { databaseTime, clients }: UsedSince): Usage {
  for (const { keyId, method, route, databaseMs } of databaseTime)
    add(usage, keyId, at, `${method} ${route}`, { ...emptyCount(), databaseMs });
  for (const { keyId, address, requests } of clients) addClient(keyOf(usage, keyId), address, requests, at);
  return usage;
}

/** The counts since a moment, from the finest spans that reach back so far. */
export function since(key: KeyUsage | undefined, fromMs: number, nowMs: number): Count {
  const sum = emptyCount();
  const spans = spansFor(key, fromMs, nowMs);
  for (const span of spans) if (span.atMs >= fromMs && span.atMs <= nowMs) addTo(sum, span);
  return sum;
}

/** Which key a refusal is about, as `admission.ts` writes it. */
export function keyIdOf(details: unknown): string | null {
  if (typeof details !== 'object' || details === null || !('keyId' in details)) return null;
  return typeof details.keyId === 'string' ? details.keyId : null;
}

function spansFor(key: KeyUsage | undefined, fromMs: number, nowMs: number): readonly Span[] {
  if (!key) return [];
  if (nowMs - fromMs <= most.minutes * lengthMs.minutes) return key.minutes;
  return nowMs - fromMs <= most.hours * lengthMs.hours ? key.hours : key.days;
}

function add(
  usage: Usage,
  keyId: string,
  at: string,
  route: string,
  count: Count,
  buckets: readonly number[] = [],
): void {
  const key = keyOf(usage, keyId);
  const atMs = Date.parse(at);
  for (const span of ['minutes', 'hours', 'days'] as const)
    addTo(spanAt(key[span], atMs, lengthMs[span], most[span]), count);
  const known = Object.hasOwn(key.routes, route) || Object.keys(key.routes).length < mostRoutes;
  const name = known ? route : '* (other)';
  const counted = key.routes[name] ?? { ...emptyCount(), buckets: emptyBuckets(), lastAt: at };
  addTo(counted, count);
  addBuckets(counted.buckets, buckets);
  if (count.requests > 0) {
    counted.lastAt = at;
    key.lastAt = at;
  }
  key.routes[name] = counted;
}

function keyOf(usage: Usage, keyId: string): KeyUsage {
  const known = Object.hasOwn(usage, keyId) ? usage[keyId] : undefined;
  if (known) return known;
  if (Object.keys(usage).length >= mostKeys) forgetLeastRecent(usage);
  const fresh: KeyUsage = { minutes: [], hours: [], days: [], routes: {}, clients: {}, lastAt: null };
  usage[keyId] = fresh;
  return fresh;
}

function addClient({ clients }: KeyUsage, address: string, requests: number, at: string): void {
  clients[address] = { requests: (clients[address]?.requests ?? 0) + requests, lastAt: at };
  const names = Object.keys(clients);
  if (names.length <= mostClients) return;
  const oldest = names.reduce((a, b) => ((clients[a]?.lastAt ?? '') <= (clients[b]?.lastAt ?? '') ? a : b));
  delete clients[oldest];
}

function forgetLeastRecent(usage: Usage): void {
  const [oldest] = Object.entries(usage).sort(([, a], [, b]) =>
    (a.lastAt ?? '') < (b.lastAt ?? '') ? -1 : 1,
  );
  if (oldest) delete usage[oldest[0]];
}

function spanAt(spans: Span[], atMs: number, eachMs: number, mostSpans: number): Span {
  const startMs = Math.floor(atMs / eachMs) * eachMs;
  const last = spans.at(-1);
  if (last && last.atMs >= startMs) return spans.findLast((each) => each.atMs <= startMs) ?? last;
  const fresh: Span = { atMs: startMs, ...emptyCount() };
  spans.push(fresh);
  if (spans.length > mostSpans) spans.shift();
  return fresh;
}

function addTo(sum: Count, more: Count): void {
  sum.requests += more.requests;
  sum.refusals += more.refusals;
  sum.errors += more.errors;
  sum.durationMsSum += more.durationMsSum;
  sum.databaseMs += more.databaseMs;
}
