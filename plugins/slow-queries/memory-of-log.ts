import { SqlSummary, type EventLog } from '../../shared/index.ts';
import { PlanSeen } from './events.ts';
import type { PlanShapes } from './plan-shapes.ts';
import type { Regressions } from './regressions.ts';

/** Half an hour of traffic at one summary a second. */
const mostSummaries = 1800;
const mostPlans = 1000;

/** Learns from the log what was usual before this start: plans, and durations by fingerprint. */
export async function learnFromLog(
  events: EventLog,
  plans: PlanShapes,
  regressions: Regressions,
): Promise<void> {
  for await (const { data } of events.read({ types: [PlanSeen.name], isBackward: true, limit: mostPlans })) {
    const seen = PlanSeen.schema.safeParse(data);
    if (seen.success && !plans.knows(seen.data.fingerprint)) plans.know(seen.data.fingerprint, seen.data);
  }
  for await (const { data } of events.read({
    types: [SqlSummary.name],
    isBackward: true,
    limit: mostSummaries,
  })) {
    const summary = SqlSummary.schema.safeParse(data);
    if (summary.success) for (const row of summary.data.rows) regressions.add(row);
  }
  regressions.close();
}
