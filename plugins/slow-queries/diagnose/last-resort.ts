import { expensiveNode, numberIn, textIn, textsIn } from '../plan.ts';
import type { Case } from './case.ts';
import type { Diagnosis } from './diagnosis.ts';
import { countText, durationText } from './figures.ts';

/** A plan of this cost takes some tens of milliseconds at most: what took several times as long was not spent on it. */
const cheapCost = 1000;
const leastMs = 50;
const msPerCost = 0.45;

/** It took long and the plan is cheap: something kept it waiting that no sample caught. */
export function notInThePlan({ root, execution }: Case): readonly Diagnosis[] {
  const cost = numberIn(root, 'Total Cost');
  if (execution === null || cost > cheapCost) return [];
  if (execution.durationMs < leastMs + cost * msPerCost) return [];
  return [
    {
      kind: 'not-in-the-plan',
      title: `The plan is cheap, yet it took ${durationText(execution.durationMs)}`,
      evidence: `Cost ${Math.round(cost)}. No session that blocks it was seen in the samples, one a second; the user of sql.inspectUrl sees others' locks only with pg_read_all_stats.`,
      advice:
        'It waited: for a lock held shortly, for the disk or a busy processor, inside a function it calls, or for the client to read the rows.',
      sql: 'SELECT pid, wait_event_type, wait_event, state, query FROM pg_stat_activity WHERE wait_event IS NOT NULL;',
    },
  ];
}

/** What can be said of any plan: where most of its cost is. */
export function expensiveWork({ root }: Case): readonly Diagnosis[] {
  const { node } = expensiveNode(root);
  const type = textIn(node, 'Node Type') ?? 'one node';
  const rows = countText(numberIn(node, 'Plan Rows'));
  const evidence = `${type}: cost ${Math.round(numberIn(node, 'Total Cost'))}, about ${rows} rows`;
  const told = (title: string, advice: string): readonly Diagnosis[] => [
    { kind: 'expensive-node', title, evidence, advice, sql: null },
  ];
  if (type === 'Seq Scan')
    return told(
      `All of ${textIn(node, 'Relation Name') ?? 'the table'} is read`,
      'Ask for fewer rows: add a condition that keeps few, or a LIMIT.',
    );
  if (type.endsWith('Sort'))
    return told(
      `About ${rows} rows are sorted by ${textsIn(node, 'Sort Key').join(', ')}`,
      'An index in that order gives them sorted; with a LIMIT only the first ones are read.',
    );
  if (type === 'Nested Loop' || type.endsWith('Join'))
    return told(
      `Most of the cost is in a ${type} of about ${rows} rows`,
      'Check that both sides of the join condition are indexed and of one type.',
    );
  return told(
    `Most of the cost is in ${type} of about ${rows} rows`,
    'Look at this node in the plan: fewer rows below it make it cheaper.',
  );
}
