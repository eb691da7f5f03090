import type { z } from 'zod';
import { readableSql, type Finding } from '../../shared/index.ts';
import type { Burst } from './across.ts';
import { batchedOf } from './batched.ts';
import type { BurstSeen, RepetitionSeen } from './events.ts';
import { fixFor } from './fixes.ts';
import { ormOf } from './orm.ts';
import type { Repetition } from './rule.ts';
import type { Trace } from './trace.ts';

type Seen = z.output<(typeof RepetitionSeen)['schema']>;

/** What is recorded of a repetition. */
export function seenOfRepetition(trace: Trace, repetition: Repetition): Seen {
  const { kind, executions, fingerprint, text, count, totalMs, isWrite, parent } = repetition;
  const { first, statements } = executions;
  const orm = ormOf(first);
  const batched = kind === 'n-plus-one' ? batchedOf(executions) : null;
  const where = statements.find((each) => each.where)?.where;
  const endMs = Math.max(...statements.map(({ startedMs, durationMs }) => startedMs + durationMs));
  return {
    kind,
    route: trace.route,
    exchangeId: trace.exchangeId,
    fingerprint,
    text,
    parameters: [...first.parameters],
    count,
    totalMs,
    spanMs: endMs - first.startedMs,
    isWrite,
    parent: parent && { text: parent.text, rows: parent.rows },
    orm,
    fix: kind === 'duplicate' ? onceIsEnough : fixFor(orm, executions, parent?.table),
    batched: batched?.text ?? null,
    ...(batched && { batchedParameters: [...batched.parameters] }),
    ...(where && { where }),
  };
}

const onceIsEnough = 'Ask once and keep the answer for the rest of the request.';

const mostTextCharacters = 2000;

export function findingOfRepetition(seen: Seen, positions: readonly number[]): Finding {
  const { kind, route, fingerprint, count, totalMs, fix, exchangeId, where, text } = seen;
  return {
    key: `n-plus-one/${kind} ${route} ${fingerprint}`,
    rule: `n-plus-one/${kind}`,
    severity: kind === 'duplicate' ? 'hint' : 'warning',
    title: `${route} sends ${whatOf(seen)}: ${count} times, ${totalMs.toFixed(0)} ms`,
    advice: fix,
    evidence: [...positions],
    exchangeId,
    about: { statement: readableSql(text).slice(0, mostTextCharacters), route },
    ...(where && { where }),
    details: { command: 'n-plus-one/open', input: { exchangeId, fingerprint } },
  };
}

function whatOf({ kind, parent }: Seen): string {
  if (kind === 'duplicate') return 'the same statement';
  return parent ? 'one statement for each row of another' : 'one statement after the other';
}

export function burstSeen({ who, route, count, totalMs }: Burst): z.output<(typeof BurstSeen)['schema']> {
  return { who, route, count, totalMs, batchRoute: batchRouteOf(route) };
}

export function findingOfBurst({ who, route, count, totalMs, positions }: Burst): Finding {
  return {
    key: `n-plus-one/burst ${route} ${who}`,
    rule: 'n-plus-one/burst',
    severity: 'hint',
    title: `${who} asked for ${count} things one by one at ${route}: ${totalMs.toFixed(0)} ms`,
    advice: `Offer a route that takes many ids at once, e.g. \`${batchRouteOf(route)}\`, and tell whoever calls (a client, an agent’s tool) to use it.`,
    evidence: [...positions],
    about: { route },
  };
}

/** `GET /agents/:id` → `GET /agents?ids=1,2,3`; what follows the id stays: `GET /agents/messages?ids=1,2,3`. */
export function batchRouteOf(route: string): string {
  const parts = route.split('/');
  const at = parts.findLastIndex((part) => part.startsWith(':'));
  const name = parts[at] === ':id' || at < 0 ? 'ids' : `${(parts[at] ?? '').slice(1)}s`;
  return `${parts.filter((_, index) => index !== at).join('/')}?${name}=1,2,3`;
}
