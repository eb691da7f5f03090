import { readableSql, type ExplainedPlan, type PostgresPlanNode, type View } from '../../shared/index.ts';
import type { Diagnosis } from './diagnose/diagnosis.ts';
import { planView } from './plan.ts';

/** A statement, why it is slow, and its plan. */
export function explainedView(explained: {
  readonly text: string;
  readonly plan: Pick<ExplainedPlan, 'root' | 'totalCost'>;
  readonly diagnoses: readonly Diagnosis[];
  readonly indexes: readonly {
    readonly ddl: string;
    readonly undo: string;
    readonly costAfter: number | null;
  }[];
}): View {
  const { text, plan, diagnoses, indexes } = explained;
  return {
    kind: 'stack',
    children: [
      { kind: 'code', language: 'sql', text: readableSql(text) },
      ...diagnoses.flatMap(diagnosisViews),
      ...indexes.map((index): View => indexView(index, plan.totalCost)),
      {
        kind: 'section',
        title: `Plan, cost ${Math.round(plan.totalCost)}`,
        children: [{ kind: 'plan', root: planView(plan.root) }],
      },
    ],
  };
}

export function unexplainedView(text: string, reason: string): View {
  return {
    kind: 'stack',
    children: [
      { kind: 'code', language: 'sql', text: readableSql(text) },
      { kind: 'text', markdown: `There is no plan. ${reason}` },
    ],
  };
}

/** The reason, what shows it, and what to do, with SQL to copy. */
function diagnosisViews({ title, advice, evidence, sql }: Diagnosis): readonly View[] {
  const told = evidence === '' ? '' : `\n\n${evidence}`;
  return [
    { kind: 'text', markdown: `**${title}.** ${advice}${told}` },
    ...(sql === null ? [] : [{ kind: 'code', language: 'sql', text: sql } as const]),
  ];
}

/** The root as it comes back from the log. */
export function rootOf(plan: Readonly<Record<string, unknown>>): PostgresPlanNode {
  // Safe: it is the JSON of a plan node that was recorded; nodes are read field by field, each checked.
  return plan as PostgresPlanNode;
}

function indexView(
  {
    ddl,
    undo,
    costAfter,
  }: { readonly ddl: string; readonly undo: string; readonly costAfter: number | null },
  costBefore: number,
): View {
  const told =
    costAfter === null
      ? 'Unverified: the server has no HypoPG, so the planner could not be asked.'
      : `The planner says cost ${Math.round(costAfter)} in place of ${Math.round(costBefore)}.`;
  return {
    kind: 'section',
    title: 'An index would help',
    children: [
      { kind: 'code', language: 'sql', text: ddl },
      { kind: 'text', markdown: `${told} To undo it:` },
      { kind: 'code', language: 'sql', text: undo },
    ],
  };
}
