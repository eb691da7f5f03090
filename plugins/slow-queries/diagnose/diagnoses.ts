import type { Case } from './case.ts';
import type { Diagnosis } from './diagnosis.ts';
import { misestimate } from './estimates.ts';
import { expensiveWork, notInThePlan } from './last-resort.ts';
import { lockWait } from './lock-wait.ts';
import { overFetch } from './over-fetch.ts';
import { scans } from './scans.ts';
import { spills } from './spills.ts';
import { deepOffset, unbounded } from './statement-text.ts';

/**
 * Why a statement is slow, the likeliest reason first; never empty. Each rule reads the plan, the text or what was
 * seen of the execution, and says nothing where it has no evidence. `loadParser` must have been awaited.
 */
export function diagnosesOf(seen: Case): readonly Diagnosis[] {
  const found = [lockWait, scans, deepOffset, spills, misestimate, unbounded, overFetch].flatMap((rule) =>
    rule(seen),
  );
  if (found.length > 0) return found;
  const hidden = notInThePlan(seen);
  return hidden.length > 0 ? hidden : expensiveWork(seen);
}
