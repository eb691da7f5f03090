import { allowed, deny, type Exchange, type Guard, type Headers, type Verdict } from '../../shared/index.ts';
import type { Config, RuleMode } from './config.ts';
import type { MatchDetails } from './events.ts';
import { excerptOf } from './excerpt.ts';
import { judge, type Judgement } from './judge.ts';
import { visitBody, visitHead, type Place } from './places.ts';
import type { Policy } from './policy.ts';

/** A match, and why it was not refused. */
export interface Reported {
  readonly details: MatchDetails;
  readonly why: 'observed' | 'base64' | 'code' | 'over-budget';
}

export interface Filter {
  readonly policy: Policy;
  headersOf(exchange: Exchange): Headers;
  report(exchange: Exchange, reported: Reported): void;
}

/** The guard: looks at every value a request can carry an attack in, at once and in linear time. */
export function guardOf(config: Config, filter: Filter): Guard {
  return {
    body: { maxBytes: config.maxBodyBytes },
    onFailure: 'allow',
    check: (exchange) => check(exchange, config, filter),
  };
}

function check(exchange: Exchange, config: Config, filter: Filter): Verdict {
  const { request } = exchange;
  let refusal: MatchDetails | null = null;
  const visit = (value: string, place: Place): boolean => {
    const judgement = judge(value);
    if (!judgement) return false;
    const details = detailsOf(judgement, place);
    const mode = judgement.isReportedOnly ? 'observe' : filter.policy.modeOf(details, request.route);
    if (mode === 'enforce') refusal = details;
    else tell(exchange, filter, details, mode, judgement.isReportedOnly);
    return mode === 'enforce';
  };
  const isFound =
    visitHead(request, filter.headersOf(exchange), visit) ||
    (request.body !== null && visitBody(request.body, request.headers.get('content-type') ?? '', visit));
  if (isFound && refusal) return refuse(refusal);
  return request.isBodyTruncated ? overBudget(exchange, config, filter) : allowed;
}

function tell(
  exchange: Exchange,
  filter: Filter,
  details: MatchDetails,
  mode: RuleMode,
  isBase64: boolean,
): void {
  if (mode === 'observe') filter.report(exchange, { details, why: isBase64 ? 'base64' : 'observed' });
}

function refuse(details: MatchDetails): Verdict {
  return deny(403, 'The request looks like an injection attempt.', { code: 'injection_refused', details });
}

function overBudget(exchange: Exchange, config: Config, filter: Filter): Verdict {
  const details: MatchDetails = {
    rule: 'budget/body-bytes',
    class: 'budget',
    place: 'body',
    field: '',
    excerpt: '',
    marked: [0, 0],
    decodedBy: [],
    matchedRange: [0, 0],
  };
  if (config.overBudget === 'refuse') {
    return deny(413, 'The request body is longer than the injection filter looks at.', {
      code: 'body_too_large',
      details,
    });
  }
  filter.report(exchange, { details, why: 'over-budget' });
  return allowed;
}

function detailsOf(judgement: Judgement, place: Place): MatchDetails {
  const { rule, attack, start, end, text, decodedBy } = judgement;
  const isSecret = place.part === 'cookie';
  const excerpt = isSecret ? { text: '[cookie]', marked: [0, 8] as const } : excerptOf(text, start, end);
  return {
    rule,
    class: attack,
    place: place.part,
    field: place.field(),
    excerpt: excerpt.text,
    marked: [...excerpt.marked],
    decodedBy: [...decodedBy],
    matchedRange: [start, end],
  };
}
