import { OutriderError, type Database, type ExplainedPlan } from '../../shared/index.ts';
import { candidatesOf } from './candidates.ts';
import { loadParser } from './conditions.ts';
import type { Execution } from './diagnose/case.ts';
import { diagnosesOf } from './diagnose/diagnoses.ts';
import type { Diagnosis } from './diagnose/diagnosis.ts';
import { factsOf } from './diagnose/facts.ts';
import { isHidden } from './hidden-values.ts';
import { suggestionFor, type Suggestion } from './index-advice.ts';

/** A statement whose plan is wanted. */
export interface Suspect {
  readonly fingerprint: string;
  readonly text: string;
  readonly parameters: readonly (string | null)[];
  /** Null when nobody executed it: a person asks for its plan. */
  readonly execution: Execution | null;
}

export type Investigated =
  | {
      readonly kind: 'explained';
      readonly plan: ExplainedPlan;
      readonly diagnoses: readonly Diagnosis[];
      readonly suggestions: readonly Suggestion[];
    }
  | { readonly kind: 'unexplained'; readonly reason: string };

const noDatabase =
  'Set sql.inspectUrl (a read-only user of the same database) and the plan and index advice are shown here.';

/** Longer texts were cut when they were recorded, and a part of a statement has no plan. */
const mostTextCharacters = 16 * 1024;

/** Asks PostgreSQL how it would run a statement (never running it), why that is slow, and which index would help. */
export async function investigate(database: Database, suspect: Suspect): Promise<Investigated> {
  if (!database.isAvailable) return { kind: 'unexplained', reason: noDatabase };
  if (suspect.text.length >= mostTextCharacters)
    return {
      kind: 'unexplained',
      reason: 'Its text is longer than what is recorded, so it cannot be explained.',
    };
  try {
    await loadParser();
    const parameters = plannable(suspect.parameters);
    const plan = await database.explain(suspect.text, parameters);
    const statement = { text: suspect.text, parameters, totalCost: plan.totalCost };
    const suggestions: Suggestion[] = [];
    for (const candidate of candidatesOf(plan.root)) {
      const suggestion = await suggestionFor(database, statement, candidate);
      if (suggestion) suggestions.push(suggestion);
    }
    const facts = await factsOf(database, plan.root);
    const { text } = suspect;
    const execution = comparable(suspect, parameters);
    const diagnoses = diagnosesOf({ text, parameters, root: plan.root, facts, execution });
    return { kind: 'explained', plan, diagnoses: withoutTwice(diagnoses, suggestions), suggestions };
  } catch (error) {
    if (error instanceof OutriderError) return { kind: 'unexplained', reason: error.message };
    throw error;
  }
}

/** Values that were redacted or not decoded would mislead the planner: it is asked for any values instead. */
export function plannable(parameters: readonly (string | null)[]): readonly (string | null)[] {
  return parameters.some(isHidden) ? [] : parameters;
}

/** A plan for any values says nothing about the rows that came for these. */
function comparable({ execution, parameters }: Suspect, planned: readonly unknown[]): Execution | null {
  if (execution === null || planned.length === parameters.length) return execution;
  return { ...execution, rows: null };
}

/** Where the index advice has an index to make, the diagnosis need not name a rougher one. */
function withoutTwice(
  diagnoses: readonly Diagnosis[],
  suggestions: readonly Suggestion[],
): readonly Diagnosis[] {
  if (suggestions.length === 0) return diagnoses;
  // Where the cost lies is said when nothing else is known; here it is known what to make.
  return diagnoses
    .filter(({ kind }) => kind !== 'expensive-node')
    .map((each) => (each.kind === 'sequential-scan' ? { ...each, sql: null } : each));
}
