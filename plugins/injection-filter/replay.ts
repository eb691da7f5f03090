import type { Recorded } from '../../shared/index.ts';
import { attemptOf, type Attempt } from './attempts.ts';
import type { Config, RuleMode } from './config.ts';
import { decisionOf } from './decision.ts';
import { ValuesSampled } from './events.ts';
import type { Sampled } from './history.ts';
import { judge } from './judge.ts';
import type { Policy } from './policy.ts';

/** What the rules of one moment would do. */
export interface RuleSet {
  readonly policy: Policy;
  readonly config: Pick<Config, 'codeSafety'>;
}

/** Something recorded that two rule sets would treat differently. */
export interface Difference {
  readonly key: string;
  readonly at: string;
  readonly rule: string;
  readonly route: string;
  readonly field: string;
  readonly value: string;
  readonly before: Outcome;
  readonly after: Outcome;
}

export type Outcome = 'refused' | 'told' | 'passes';

const outcomes: Readonly<Record<RuleMode, Outcome>> = { enforce: 'refused', observe: 'told', off: 'passes' };

interface Judged {
  readonly rule: string;
  readonly outcome: Outcome;
}

/** Classes of attempts that no rule of this kind decides: sizes, schemas, uploads. */
const decidedElsewhere = new Set(['budget', 'schema', 'upload']);

/** Every difference an event shows, and how many attempts and ordinary values it held. */
export interface Replayed {
  readonly attempts: number;
  readonly values: number;
  readonly differences: readonly Difference[];
}

/** Decides what an event recorded once more, by the rules as they are and as they would be. */
export function replayed(event: Recorded, before: RuleSet, after: RuleSet): Replayed {
  if (event.type === ValuesSampled.name) return replayedValues(event, before, after);
  const attempt = attemptOf(event);
  if (!attempt || decidedElsewhere.has(attempt.details.class)) return nothing;
  return { attempts: 1, values: 0, differences: differenceOfAttempt(attempt, before, after) };
}

const nothing: Replayed = { attempts: 0, values: 0, differences: [] };

function differenceOfAttempt(attempt: Attempt, before: RuleSet, after: RuleSet): readonly Difference[] {
  const { details, route, key, at } = attempt;
  const [was, is] = [judgedAttempt(attempt, before, before), judgedAttempt(attempt, before, after)];
  if (was.outcome === is.outcome) return [];
  const { field, excerpt, rule } = details;
  return [{ key, at, rule, route, field, value: excerpt, before: was.outcome, after: is.outcome }];
}

/** As it was judged, unless the field is now of another kind: then its value is judged anew. */
function judgedAttempt({ details, route }: Attempt, then: RuleSet, rules: RuleSet): Judged {
  const kinds = [then, rules].map(({ policy }) => policy.kindOf(details.field, route));
  if (kinds[0] !== kinds[1] && details.value)
    return judgedValue(details.value.text, details.field, route, rules);
  const match = {
    ...details,
    attack: details.class,
    isReportedOnly: details.isTalk === true || details.decodedBy.includes('base64'),
  };
  return { rule: details.rule, outcome: outcomes[decisionOf(match, route, rules.policy, rules.config)] };
}

function judgedValue(value: string, field: string, route: string, { policy, config }: RuleSet): Judged {
  const judgement = judge(value, policy.kindOf(field, route));
  if (!judgement) return { rule: '', outcome: 'passes' };
  const mode = decisionOf({ ...judgement, field }, route, policy, config);
  return { rule: judgement.rule, outcome: outcomes[mode] };
}

function replayedValues(event: Recorded, before: RuleSet, after: RuleSet): Replayed {
  const parsed = ValuesSampled.schema.safeParse(event.data);
  if (!parsed.success) return nothing;
  const { values } = parsed.data;
  const differences = values.flatMap((sampled, index) =>
    differenceOfValue(sampled, `${event.id}-${index}`, event.at, before, after),
  );
  return { attempts: 0, values: values.length, differences };
}

function differenceOfValue(
  { route, field, value }: Sampled,
  key: string,
  at: string,
  before: RuleSet,
  after: RuleSet,
): readonly Difference[] {
  const [was, is] = [before, after].map((rules) => judgedValue(value, field, route, rules));
  if (!was || !is || was.outcome === is.outcome) return [];
  const rule = is.rule === '' ? was.rule : is.rule;
  return [{ key, at, rule, route, field, value, before: was.outcome, after: is.outcome }];
}
