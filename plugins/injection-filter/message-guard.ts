import { allowed, deny, type Exchange, type MessageGuard, type MessageVerdict } from '../../shared/index.ts';
import { decisionOf } from './decision.ts';
import { detailsOf, plainDetails } from './details.ts';
import { withLiterals } from './graphql.ts';
import { blockedSource, judgeAt, whyOf, type Filter } from './guard.ts';
import type { Judgement } from './judge.ts';
import { visitMessage } from './message-values.ts';
import type { Place } from './places.ts';
import type { RecentMessages } from './recent-messages.ts';

/** Judges what clients send over WebSockets like the values of a request: JSON string by string, else as one text. */
export function messageGuardOf(filter: Filter, recent: RecentMessages | null): MessageGuard {
  return {
    maxBytes: filter.config.messages.maxBytes,
    onFailure: 'allow',
    check({ exchange, text, isTruncated }) {
      const refusal =
        blockedSource(exchange, filter) ??
        injection(exchange, text, filter) ??
        (isTruncated ? overBudget(exchange, filter) : null);
      if (refusal && !refusal.allow) return refusal;
      recent?.remember(exchange, text);
      return allowed;
    },
  };
}

function injection(exchange: Exchange, text: string, filter: Filter): MessageVerdict | null {
  const { route } = exchange.request;
  let refusal: MessageVerdict | null = null;
  const visit = withLiterals((value, place) => {
    const judgement = judgeAt(value, place, route, filter);
    if (judgement) refusal = act(exchange, filter, judgement, place);
    return refusal !== null;
  });
  visitMessage(text, filter.policy.hasCode() ? 'all' : 'suspected', visit);
  return refusal;
}

/** Refuses only where both the rule and the option for messages say so. */
function act(exchange: Exchange, filter: Filter, judgement: Judgement, place: Place): MessageVerdict | null {
  const details = detailsOf(judgement, place);
  const { policy, config } = filter;
  const match = { ...judgement, field: details.field };
  const mode = decisionOf(match, exchange.request.route, policy, config);
  if (mode === 'off') return null;
  if (mode === 'enforce' && config.messages.mode === 'enforce')
    return deny(403, 'The message looks like an injection attempt.', { code: 'injection_refused', details });
  filter.report(exchange, details, whyOf(judgement));
  return null;
}

function overBudget(exchange: Exchange, { config, report }: Filter): MessageVerdict | null {
  const reason = 'The message is longer than what is looked at.';
  const details = plainDetails('budget/message-bytes', 'budget', 'message', '', reason);
  if (config.overBudget === 'refuse' && config.messages.mode === 'enforce')
    return deny(413, reason, { code: 'body_too_large', details });
  report(exchange, details, 'over-budget');
  return null;
}
