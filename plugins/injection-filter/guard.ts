import { allowed, deny, type Exchange, type Guard, type Headers, type Verdict } from '../../shared/index.ts';
import type { Blocked } from './blocked.ts';
import type { Config } from './config.ts';
import { decisionOf } from './decision.ts';
import { detailsOf, plainDetails } from './details.ts';
import type { MatchDetails } from './events.ts';
import { withLiterals } from './graphql.ts';
import { judge, type Judgement } from './judge.ts';
import type { Learner } from './learning.ts';
import type { Part } from './multipart.ts';
import type { Description } from './open-api.ts';
import { visitBody, visitHead, type Place } from './places.ts';
import type { Policy } from './policy.ts';
import { uploadProblem } from './uploads.ts';

export type Why = 'observed' | 'base64' | 'code' | 'over-budget' | 'schema' | 'upload';

/** What the guard works with. */
export interface Filter {
  readonly config: Config;
  readonly policy: Policy;
  readonly blocked: Blocked;
  readonly learner: Learner;
  /** The backend's own description, once read. */
  description(): Description | null;
  headersOf(exchange: Exchange): Headers;
  report(exchange: Exchange, details: MatchDetails, why: Why): void;
}

/** The guard: looks at every value a request can carry an attack in, at once and in linear time. */
export function guardOf(filter: Filter): Guard {
  return {
    body: { maxBytes: filter.config.maxBodyBytes },
    onFailure: 'allow',
    check: (exchange) =>
      blockedSource(exchange, filter) ??
      injection(exchange, filter) ??
      violation(exchange, filter) ??
      overBudget(exchange, filter) ??
      allowed,
  };
}

export function blockedSource({ request }: Exchange, { blocked }: Filter): Verdict | null {
  const block = blocked.hasAny() ? blocked.of(request.clientAddress) : null;
  if (!block) return null;
  return deny(403, 'Requests from this address are refused for a while.', {
    code: 'guard_denied',
    details: { rule: 'source/blocked', reason: block.reason },
    retryAfterSeconds: block.secondsLeft,
  });
}

function injection(exchange: Exchange, filter: Filter): Verdict | null {
  const { request } = exchange;
  const headers = filter.headersOf(exchange);
  const learns = filter.learner.takesPart();
  const wanted = learns || filter.policy.hasCode() ? 'all' : 'suspected';
  const { ignoreHeaders } = filter.config;
  let refusal: Verdict | null = null;
  const visit = withLiterals((value, place) => {
    if (place.part === 'header' && ignoreHeaders.includes(place.field())) return false;
    const judgement = judgeAt(value, place, request.route, filter);
    if (judgement) refusal = act(exchange, filter, judgement, place);
    else if (learns && place.part !== 'cookie') filter.learner.see(request.route, place.field(), value);
    return refusal !== null;
  });
  if (visitHead(request, headers, wanted, visit) || request.body === null) return refusal;
  const onFile = (part: Part): boolean => {
    refusal ??= upload(exchange, filter, part);
    return refusal !== null;
  };
  visitBody(request.body, headers.get('content-type') ?? '', wanted, visit, onFile);
  return refusal;
}

/** Judges by what the value is; the field's kind is looked up only where it can change something. */
export function judgeAt(value: string, place: Place, route: string, { policy }: Filter): Judgement | null {
  if (!policy.hasKinds()) return judge(value);
  const kind = policy.kindOf(place.field(), route);
  return judge(value, kind);
}

/** Refuses, reports or leaves alone, as the policy says. */
function act(exchange: Exchange, filter: Filter, judgement: Judgement, place: Place): Verdict | null {
  const details = detailsOf(judgement, place);
  const match = { ...judgement, field: details.field };
  const mode = decisionOf(match, exchange.request.route, filter.policy, filter.config);
  if (mode === 'enforce') {
    return deny(403, 'The request looks like an injection attempt.', { code: 'injection_refused', details });
  }
  if (mode === 'observe') filter.report(exchange, details, whyOf(judgement));
  return null;
}

export function whyOf({ decodedBy, attack, isReportedOnly }: Judgement): Why {
  if (decodedBy.includes('base64')) return 'base64';
  if (attack === 'budget' && isReportedOnly) return 'over-budget';
  return attack === 'code' ? 'code' : 'observed';
}

function upload(exchange: Exchange, filter: Filter, part: Part): Verdict | null {
  const { uploads } = filter.config;
  const problem = uploads.mode === 'off' ? null : uploadProblem(part, uploads);
  if (!problem) return null;
  const details = plainDetails(problem.rule, 'upload', 'file-name', part.name, problem.reason);
  const mode = uploads.mode === 'enforce' ? filter.policy.modeOf(details, exchange.request.route) : 'observe';
  if (mode === 'enforce') return deny(422, problem.reason, { code: 'upload_refused', details });
  if (mode === 'observe') filter.report(exchange, details, 'upload');
  return null;
}

function violation(exchange: Exchange, filter: Filter): Verdict | null {
  const { openApi } = filter.config;
  if (openApi.mode === 'off' && openApi.routes.length === 0) return null;
  const route = openApi.routes.find((each) => each.route === exchange.request.route);
  const mode = route?.mode ?? openApi.mode;
  const found = mode === 'off' ? null : filter.description()?.violation(exchange.request);
  if (!found) return null;
  const details = plainDetails('schema/violated', 'schema', found.place, found.field, found.reason);
  if (mode === 'enforce')
    return deny(422, `${found.field === '' ? 'The body' : found.field} ${found.reason}.`, {
      code: 'schema_violated',
      details,
    });
  filter.report(exchange, details, 'schema');
  return null;
}

function overBudget(exchange: Exchange, filter: Filter): Verdict | null {
  if (!exchange.request.isBodyTruncated) return null;
  const details = plainDetails(
    'budget/body-bytes',
    'budget',
    'body',
    '',
    'The body is longer than what is looked at.',
  );
  if (filter.config.overBudget === 'refuse') {
    return deny(413, 'The request body is longer than the injection filter looks at.', {
      code: 'body_too_large',
      details,
    });
  }
  filter.report(exchange, details, 'over-budget');
  return null;
}
