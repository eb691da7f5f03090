import type { Database } from '../../../shared/index.ts';
import type { AdvisedIndex, WorkloadStatement } from './advise.ts';
import { hypotheticalStatement } from './definition.ts';

/** The server's planner must find a statement this much cheaper to count as agreeing. */
const agreesBelow = 0.9;
/** Statements asked about for one index. */
const mostAsked = 3;

/**
 * Names of the advised indexes that the server's own planner uses as well, by HypoPG. It knows B-trees and block
 * ranges, and has no statistics of expressions, so of others it is not asked.
 */
export async function agreedByServer(
  database: Pick<Database, 'explain' | 'canTryIndexes'>,
  indexes: readonly AdvisedIndex[],
  workload: readonly WorkloadStatement[],
): Promise<ReadonlySet<string>> {
  const agreed = new Set<string>();
  if (!(await database.canTryIndexes().catch(() => false))) return agreed;
  const known = indexes.filter(isKnown);
  const hypotheticalIndexes = known.map(({ definition }) => hypotheticalStatement(definition));
  for (const index of known) {
    for (const { fingerprint } of index.serves.slice(0, mostAsked)) {
      const sample = workload.find((each) => each.fingerprint === fingerprint)?.samples[0];
      if (!sample) continue;
      const ask = (tried: readonly string[]) =>
        database
          .explain(sample.text, sample.parameters ?? [], { hypotheticalIndexes: tried })
          .catch(() => null);
      const others = hypotheticalIndexes.filter((each) => each !== hypotheticalStatement(index.definition));
      const [having, lacking] = [await ask(hypotheticalIndexes), await ask(others)];
      if (having && lacking && having.totalCost < lacking.totalCost * agreesBelow) agreed.add(index.name);
    }
  }
  return agreed;
}

function isKnown({ definition: { method, keys } }: AdvisedIndex): boolean {
  return (method === 'btree' || method === 'brin') && keys.every(({ column }) => column !== null);
}
