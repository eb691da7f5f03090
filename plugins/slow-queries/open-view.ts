import { OutriderError, type EventLog, type Recorded, type View } from '../../shared/index.ts';
import { overFetchAdvice, overFetchEvidence, overFetchTitle } from './diagnose/over-fetch.ts';
import {
  IndexSuggested,
  LockWaitSeen,
  OverFetchSeen,
  PlanSeen,
  SlowQueryExplained,
  SlowQuerySeen,
} from './events.ts';
import { planView } from './plan.ts';
import { explainedView, rootOf, unexplainedView } from './views.ts';

/** How far back the log is read for one query. */
const mostRead = 5000;

/** What was found out about a query the last time, from the log, so it is there after a restart too. */
export async function openView(events: EventLog, fingerprint: string): Promise<View> {
  const children = [await lastExplanation(events, fingerprint), ...(await planChange(events, fingerprint))];
  return {
    kind: 'stack',
    children: [
      ...children,
      ...(await lastLockWait(events, fingerprint)),
      ...(await lastOverFetch(events, fingerprint)),
    ],
  };
}

async function lastExplanation(events: EventLog, fingerprint: string): Promise<View> {
  const explained = await latest(events, SlowQueryExplained.name, fingerprint);
  if (explained) {
    const { text, totalCost, plan, diagnoses } = SlowQueryExplained.schema.parse(explained.data);
    const index = await latest(events, IndexSuggested.name, fingerprint);
    const indexes = index ? [IndexSuggested.schema.parse(index.data)] : [];
    return explainedView({ text, plan: { root: rootOf(plan), totalCost }, diagnoses, indexes });
  }
  const seen = await latest(events, SlowQuerySeen.name, fingerprint);
  if (seen) return unexplainedView(SlowQuerySeen.schema.parse(seen.data).text, 'The finding says why.');
  const planned = await latest(events, PlanSeen.name, fingerprint);
  const fetched = planned ?? (await latest(events, OverFetchSeen.name, fingerprint));
  if (!fetched) throw new OutriderError('not_found', 'Nothing is known of this query any more.');
  if (!planned)
    return unexplainedView(
      OverFetchSeen.schema.parse(fetched.data).text,
      'It was not slow, so none was asked for.',
    );
  const { text, totalCost, plan } = PlanSeen.schema.parse(planned.data);
  return explainedView({ text, plan: { root: rootOf(plan), totalCost }, diagnoses: [], indexes: [] });
}

/** Both plans of the last change; nothing when the plan was always the same. */
async function planChange(events: EventLog, fingerprint: string): Promise<readonly View[]> {
  const seen = await latest(events, PlanSeen.name, fingerprint);
  const { before, ...now } = seen ? PlanSeen.schema.parse(seen.data) : { before: null };
  if (!seen || before === null || !('plan' in now)) return [];
  const shown = (
    title: string,
    { plan, totalCost }: { plan: Readonly<Record<string, unknown>>; totalCost: number },
  ): View => ({
    kind: 'section',
    title: `${title}, cost ${Math.round(totalCost)}`,
    isOpen: true,
    children: [{ kind: 'plan', root: planView(rootOf(plan)) }],
  });
  return [
    { kind: 'text', markdown: `**The plan changed** at ${seen.at}.` },
    { kind: 'columns', children: [shown('Plan before', before), shown('Plan since', now)] },
  ];
}

async function lastLockWait(events: EventLog, fingerprint: string): Promise<readonly View[]> {
  const seen = await latest(events, LockWaitSeen.name, fingerprint);
  if (!seen) return [];
  const { holder, samples } = LockWaitSeen.schema.parse(seen.data);
  return [
    {
      kind: 'section',
      title: `It waited for a lock at ${seen.at}, seen in ${samples} samples. The holder, ${holder.state}, had run`,
      isOpen: true,
      children: [{ kind: 'code', language: 'sql', text: holder.text }],
    },
  ];
}

async function lastOverFetch(events: EventLog, fingerprint: string): Promise<readonly View[]> {
  const seen = await latest(events, OverFetchSeen.name, fingerprint);
  if (!seen) return [];
  const { sql, ...fetched } = OverFetchSeen.schema.parse(seen.data);
  const children: View[] = [
    { kind: 'text', markdown: `${overFetchAdvice(fetched)}\n\n${overFetchEvidence(fetched)}` },
    ...(sql === null ? [] : [{ kind: 'code', language: 'sql', text: sql } as const]),
  ];
  return [{ kind: 'section', title: overFetchTitle(fetched), isOpen: true, children }];
}

async function latest(events: EventLog, type: string, fingerprint: string): Promise<Recorded | undefined> {
  for await (const event of events.read({ types: [type], isBackward: true, limit: mostRead })) {
    if (isAbout(event.data, fingerprint)) return event;
  }
  return undefined;
}

function isAbout(data: unknown, fingerprint: string): boolean {
  return (
    typeof data === 'object' && data !== null && 'fingerprint' in data && data.fingerprint === fingerprint
  );
}
