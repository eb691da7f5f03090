import type { Exchange, Exchanges, Finding, SqlGuard, StatementAttempt } from '../../shared/index.ts';
import type { SinkDetails } from './events.ts';
import { excerptOf, wideExcerptOf } from './excerpt.ts';
import { judge } from './judge.ts';
import type { Reached, Sink } from './sink.ts';

export interface SinkHost {
  readonly sink: Sink;
  readonly exchanges: Exchanges;
  readonly isEnforced: boolean;
  raise(finding: Finding): void;
  record(details: SinkDetails, exchange: Exchange | undefined): void;
}

/** Exchanges looked at when a statement may belong to several. */
const mostCandidates = 4;

/**
 * Certain, whatever the backend is written in: a value of the request in flight stands in a statement's text and changes
 * its tokens. The statement is refused before PostgreSQL runs it. Values bound as parameters never get here.
 */
export function sinkGuard(host: SinkHost): SqlGuard {
  return {
    onFailure: 'allow',
    check(statement) {
      for (const exchangeId of candidates(statement)) {
        const reached = host.sink.reached(exchangeId, statement.text);
        if (reached) return confirm(host, statement, exchangeId, reached);
      }
      return { allow: true };
    },
  };
}

function candidates({ exchangeId, candidateExchangeIds }: StatementAttempt): readonly string[] {
  return exchangeId === null ? candidateExchangeIds.slice(0, mostCandidates) : [exchangeId];
}

function confirm(
  host: SinkHost,
  statement: StatementAttempt,
  exchangeId: string,
  reached: Reached,
):
  | { readonly allow: true }
  | { readonly allow: false; readonly reason: string; readonly details: SinkDetails } {
  const exchange = reached.exchange ?? host.exchanges.inFlight(exchangeId);
  const details = detailsOf(host, statement, exchange, reached);
  host.record(details, exchange);
  const shown = excerptOf(statement.text, reached.start, reached.end).text;
  host.raise(findingOf(details, exchangeId, shown));
  if (!host.isEnforced) return { allow: true };
  return {
    allow: false,
    reason: `The value of ${reached.part} ${reached.field} would change the statement.`,
    details,
  };
}

function detailsOf(
  host: SinkHost,
  statement: StatementAttempt,
  exchange: Exchange | undefined,
  reached: Reached,
): SinkDetails {
  const excerpt = wideExcerptOf(statement.text, reached.start, reached.end);
  return {
    rule: judge(reached.value, 'identifier')?.rule ?? 'sql/changed-statement',
    route: exchange?.request.route ?? '',
    place: reached.part,
    field: reached.field,
    fingerprint: statement.fingerprint,
    excerpt: excerpt.text,
    marked: [...excerpt.marked],
    isRefused: host.isEnforced,
  };
}

function findingOf(details: SinkDetails, exchangeId: string, shown: string): Finding {
  return {
    // One for each hole, not for each value or statement that comes through it.
    key: `sink:${details.rule}:${details.route}:${details.field}`.slice(0, 500),
    rule: 'injection-filter/reached-sql',
    severity: 'error',
    title: `${details.place} ${details.field} of ${details.route || 'a request'} becomes part of a statement's text`,
    advice: `Bind the value as a parameter. The statement, around the value: ${shown}`,
    evidence: [],
    exchangeId,
    details: { command: 'injection-filter/attempt', input: { exchangeId } },
  };
}
