import type { Database, EventLog, PlanNode, PostgresPlanNode, Recorded, View } from '../../shared/index.ts';
import { OutriderError, readableSql } from '../../shared/index.ts';
import { RepetitionSeen } from './events.ts';

interface Wanted {
  readonly exchangeId: string;
  readonly fingerprint: string;
}

/** Everything known about one repetition: parent, statement, time, the fix, and the plan of the one statement that would do. */
export async function detailsOf(wanted: Wanted, events: EventLog, database: Database): Promise<View> {
  const seen = await find(wanted, events);
  const { data } = seen;
  const what = data.kind === 'n-plus-one' ? 'One statement for each row' : 'The same statement again';
  return {
    kind: 'stack',
    children: [
      {
        kind: 'columns',
        children: [
          { kind: 'stat', label: 'Executions', value: String(data.count), tone: 'warning', note: what },
          { kind: 'stat', label: 'Time spent', value: `${data.totalMs.toFixed(1)} ms` },
          { kind: 'stat', label: 'Written by', value: data.orm },
        ],
      },
      ...(data.parent ? [labelled(`It follows the ${data.parent.rows} rows of`, data.parent.text)] : []),
      labelled('Repeated', data.text),
      { kind: 'text', markdown: `**What to do** ${data.fix}` },
      ...(data.batched === null
        ? []
        : [labelled('One statement that would do', data.batched), await planOf(data.batched, database)]),
      {
        kind: 'actions',
        actions: [
          { label: 'Open the exchange', command: 'exchange/open', input: { exchangeId: data.exchangeId } },
        ],
      },
    ],
  };
}

async function find(
  { exchangeId, fingerprint }: Wanted,
  events: EventLog,
): Promise<Recorded<typeof RepetitionSeen.schema._output>> {
  for await (const seen of events.read({ types: [RepetitionSeen.name], exchangeId, limit: 100 })) {
    const parsed = RepetitionSeen.schema.safeParse(seen.data);
    if (parsed.success && parsed.data.fingerprint === fingerprint) return { ...seen, data: parsed.data };
  }
  throw new OutriderError('not_found', 'This repetition is not in the log any more.');
}

const labelled = (title: string, text: string): View => ({
  kind: 'section',
  title,
  isOpen: true,
  children: [{ kind: 'code', language: 'sql', text: readableSql(text) }],
});

/** EXPLAIN tells whether PostgreSQL can run the one statement, and by which way. */
async function planOf(text: string, database: Database): Promise<View> {
  if (!database.isAvailable)
    return { kind: 'text', markdown: 'Not checked with EXPLAIN: `sql.inspectUrl` is not configured.' };
  try {
    const { root } = await database.explain(text, []);
    return { kind: 'plan', root: planNode(root) };
  } catch (error) {
    return {
      kind: 'text',
      markdown: `EXPLAIN could not check it: ${error instanceof Error ? error.message : 'no reason given'}`,
    };
  }
}

function planNode(node: PostgresPlanNode): PlanNode {
  const relation = node['Relation Name'];
  const cost = node['Total Cost'];
  const rows = node['Plan Rows'];
  return {
    label: [String(node['Node Type']), ...(typeof relation === 'string' ? [`on ${relation}`] : [])].join(' '),
    ...(typeof cost === 'number' && { cost }),
    ...(typeof rows === 'number' && { rows }),
    children: (node.Plans ?? []).map(planNode),
  };
}
