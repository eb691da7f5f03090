import type { PostgresPlanNode } from '../../shared/index.ts';
import { expensiveNode, numberIn, textIn, textsIn } from './plan.ts';

export interface Diagnosis {
  readonly title: string;
  readonly advice: string;
}

/** Why a plan is slow, as far as its most expensive node tells. */
export function diagnosesOf(root: PostgresPlanNode): readonly Diagnosis[] {
  const { node } = expensiveNode(root);
  const type = textIn(node, 'Node Type') ?? '';
  const table = textIn(node, 'Relation Name') ?? 'the table';
  const rows = Math.round(numberIn(node, 'Plan Rows'));
  const filter = textIn(node, 'Filter');
  if (type === 'Seq Scan' && filter !== null)
    return [
      {
        title: `All of ${table} is read to keep about ${rows} rows`,
        advice: `An index on the columns of ${filter} would let PostgreSQL read only those rows.`,
      },
    ];
  if (type === 'Seq Scan')
    return [{ title: `All of ${table} is read`, advice: 'Ask for fewer rows: add a condition or a LIMIT.' }];
  if (type.endsWith('Sort'))
    return [
      {
        title: `About ${rows} rows are sorted by ${textsIn(node, 'Sort Key').join(', ')}`,
        advice: 'An index in that order gives them sorted; with a LIMIT only the first ones are read.',
      },
    ];
  if (type === 'Nested Loop' || type.endsWith('Join'))
    return [
      {
        title: `Most of the cost is in a ${type} of about ${rows} rows`,
        advice: 'Check that both sides of the join condition are indexed and of one type.',
      },
    ];
  return [
    {
      title: `Most of the cost is in ${type || 'one node'} of about ${rows} rows`,
      advice: 'Look at this node in the plan: fewer rows below it make it cheaper.',
    },
  ];
}
