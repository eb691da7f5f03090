import { repetitionsOf, type Repetition, type RuleOptions } from '../rule.ts';
import { seenOf } from '../trace.ts';
import type { LabelledTrace } from './labelled-traces.ts';

/** What the rule says of one labelled trace. */
export interface Verdict {
  readonly labelled: LabelledTrace;
  readonly found: readonly Repetition[];
  /** Patterns for which nothing was found. */
  readonly missed: readonly string[];
  /** What was found and is not labelled. */
  readonly wrong: readonly Repetition[];
}

/**
 * Counts findings of one kind: one is expected for each pattern of a trace labelled so. A duplicate told beside an
 * N+1 that was expected is neither right nor wrong.
 */
export interface Score {
  readonly name: string;
  readonly truths: number;
  readonly lookAlikes: number;
  readonly expected: number;
  readonly right: number;
  readonly wrong: number;
  readonly precision: number;
  readonly recall: number;
  readonly verdicts: readonly Verdict[];
}

export function verdictOn(labelled: LabelledTrace, options: RuleOptions): Verdict {
  const { trace, is, of } = labelled;
  const statements = trace.statements
    .map((fact, index) => seenOf(fact, index + 1))
    .toSorted((a, b) => a.startedMs - b.startedMs);
  const found = repetitionsOf({ ...trace, statements }, options);
  const isLabelled = ({ kind, text }: Repetition): boolean =>
    kind === is && of.some((pattern) => text.includes(pattern));
  return {
    labelled,
    found,
    missed: of.filter((pattern) => !found.some(({ kind, text }) => kind === is && text.includes(pattern))),
    wrong: found.filter((each) => !isLabelled(each) && !(is === 'n-plus-one' && each.kind === 'duplicate')),
  };
}

export function scoreOf(
  name: string,
  traces: readonly LabelledTrace[],
  options: RuleOptions,
  kind: Repetition['kind'] = 'n-plus-one',
): Score {
  const verdicts = traces.map((each) => verdictOn(each, options));
  const labelled = verdicts.filter((each) => each.labelled.is === kind);
  const expected = sum(labelled, (each) => each.labelled.of.length);
  const right = expected - sum(labelled, ({ missed }) => missed.length);
  const wrong = sum(verdicts, (each) => each.wrong.filter((found) => found.kind === kind).length);
  return {
    name,
    truths: labelled.length,
    lookAlikes: traces.length - labelled.length,
    expected,
    right,
    wrong,
    precision: right + wrong === 0 ? 1 : right / (right + wrong),
    recall: expected === 0 ? 1 : right / expected,
    verdicts,
  };
}

function sum<T>(items: readonly T[], valueOf: (item: T) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0);
}
