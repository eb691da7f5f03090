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
 * Counts findings of N+1: one is expected for each pattern of a trace labelled so. A duplicate that is told as such
 * is neither right nor wrong here, unless the trace is labelled as nothing or as duplicate.
 */
export interface Score {
  readonly tool: string;
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

export function scoreOf(tool: string, traces: readonly LabelledTrace[], options: RuleOptions): Score {
  const verdicts = traces.map((each) => verdictOn(each, options));
  const expected = sum(verdicts, ({ labelled }) => labelled.of.length);
  const right = expected - sum(verdicts, ({ missed }) => missed.length);
  const wrong = sum(verdicts, (verdict) => verdict.wrong.length);
  return {
    tool,
    truths: traces.filter(({ is }) => is === 'n-plus-one').length,
    lookAlikes: traces.filter(({ is }) => is !== 'n-plus-one').length,
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
