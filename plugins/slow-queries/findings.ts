import type { z } from 'zod';
import { readableSql, type Finding, type SqlFinished } from '../../shared/index.ts';
import { durationText } from './diagnose/figures.ts';
import { overFetchAdvice, overFetchEvidence, overFetchTitle } from './diagnose/over-fetch.ts';
import type { IdleGap } from './diagnose/open-transactions.ts';
import type { PoolWait } from './diagnose/pool-waits.ts';
import type { Investigated, Suspect } from './investigation.ts';
import type { OverFetched } from './over-fetch/over-fetch.ts';
import type { KnownPlan } from './plan-shapes.ts';
import { placed, type Placed } from './places.ts';
import type { Regression } from './regressions.ts';

/** A slow execution of a statement. */
export interface SlowOne extends Suspect {
  readonly durationMs: number;
  readonly exchangeId: string | null;
  readonly position: number;
  readonly where: z.output<typeof SqlFinished.schema>['where'];
}

const details = (fingerprint: string) => ({ command: 'slow-queries/open', input: { fingerprint } });

export function slowFinding(suspect: SlowOne, found: Investigated): Finding {
  const { fingerprint, text, durationMs, position, exchangeId, where } = suspect;
  const index = found.kind === 'explained' ? found.suggestions[0] : undefined;
  return {
    key: `slow-queries/slow:${fingerprint}`,
    rule: 'slow-queries/slow',
    severity: 'warning',
    title: `This query took ${durationText(durationMs)}: ${short(readableSql(text).replace(/\s+/g, ' '))}`,
    advice: adviceOf(found, index?.ddl),
    evidence: position > 0 ? [position] : [],
    exchangeId,
    ...placed(where, text),
    details: details(fingerprint),
  };
}

function adviceOf(found: Investigated, ddl: string | undefined): string {
  if (found.kind === 'unexplained') return found.reason;
  const [diagnosis] = found.diagnoses;
  if (!diagnosis)
    return ddl === undefined ? 'Open the plan to see where the time goes.' : `Suggested: ${ddl}`;
  const sql = ddl ?? diagnosis.sql;
  return `${diagnosis.title}. ${diagnosis.advice}${sql ? ` Suggested: ${sql}` : ''}`;
}

export const regressionKey = (fingerprint: string): string => `slow-queries/regression:${fingerprint}`;

export function regressionFinding(
  { fingerprint, p95BeforeMs, p95Ms, calls }: Regression,
  place: Placed,
): Finding {
  return {
    key: regressionKey(fingerprint),
    rule: 'slow-queries/regression',
    severity: 'warning',
    title: `A query became slower: p95 ${durationText(p95Ms)} in place of ${durationText(p95BeforeMs)}`,
    advice: `Seen over ${calls} calls. Compare its plans below, and what was deployed or loaded since; \`ANALYZE\` its tables if they grew.`,
    evidence: [],
    ...place,
    details: details(fingerprint),
  };
}

export function planChangeFinding(
  fingerprint: string,
  before: KnownPlan,
  now: KnownPlan,
  place: Placed,
): Finding {
  return {
    key: `slow-queries/plan-changed:${fingerprint}`,
    rule: 'slow-queries/plan-changed',
    severity: now.totalCost > before.totalCost * 2 ? 'warning' : 'hint',
    title: `PostgreSQL plans a query in another way: cost ${Math.round(before.totalCost)} → ${Math.round(now.totalCost)}`,
    advice:
      'Both plans are shown. Other values, a dropped index or statistics that moved choose another plan.',
    evidence: [],
    ...place,
    details: details(fingerprint),
  };
}

export function idleFinding(
  { gapMs, before, after }: IdleGap,
  user: string,
  exchangeId: string | null,
  place: Placed,
): Finding {
  return {
    key: `slow-queries/idle-in-transaction:${before.fingerprint}:${after.fingerprint}`,
    rule: 'slow-queries/idle-in-transaction',
    severity: 'warning',
    title: `A transaction stood open and idle for ${durationText(gapMs)}`,
    advice: `Between "${short(before.text)}" and "${short(after.text)}" nothing was asked, while its locks were held. Do slow work before BEGIN or after COMMIT. A limit ends what is forgotten: ALTER ROLE "${user}" SET idle_in_transaction_session_timeout = '10s';`,
    evidence: [],
    exchangeId,
    ...place,
  };
}

export function poolWaitFinding({
  exchangeId,
  route,
  gapMs,
  busyMs,
  connections,
  text,
  heldBy,
}: PoolWait): Finding {
  return {
    key: `slow-queries/pool-wait:${route}`,
    rule: 'slow-queries/pool-wait',
    severity: 'warning',
    title: `${route} waited ${durationText(gapMs)} for a database connection`,
    advice: `For ${durationText(busyMs)} of it ${connections === 1 ? 'the one connection' : `all ${connections} connections`} seen ${connections === 1 ? 'was' : 'were'} held by other requests; "${short(text)}" ran on one as soon as "${short(heldBy)}" gave it back. Shorten what holds connections (no call to a model or a service inside a transaction), or raise the pool's size above ${connections}.`,
    evidence: [],
    exchangeId,
  };
}

export const overFetchKey = (fingerprint: string): string => `slow-queries/over-fetch:${fingerprint}`;

export function overFetchFinding(fetched: OverFetched, sql: string | null, place: Placed): Finding {
  const { fingerprint, confidence, routes } = fetched;
  const [route] = routes;
  return {
    key: overFetchKey(fingerprint),
    rule: 'slow-queries/over-fetch',
    severity: confidence === 'high' ? 'warning' : 'hint',
    title: overFetchTitle(fetched),
    advice: `${overFetchAdvice(fetched)}${sql === null ? '' : ` Suggested: ${sql}`} Seen in ${overFetchEvidence(fetched)}`,
    evidence: [],
    ...place,
    about: { ...place.about, ...(route !== undefined && { route }) },
    details: details(fingerprint),
  };
}

const short = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);
