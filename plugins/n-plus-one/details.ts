import type { z } from 'zod';
import type { Database, EventLog, View } from '../../shared/index.ts';
import { OutriderError, durationText, readableSql } from '../../shared/index.ts';
import { rowsShown } from './batched-rows.ts';
import { compare, comparedView } from './costs.ts';
import { RepetitionSeen } from './events.ts';

interface Wanted {
  readonly exchangeId: string;
  readonly fingerprint: string;
}

type Seen = z.output<(typeof RepetitionSeen)['schema']>;

/** Everything known about one repetition: parent, statement, time, line, the fix, and what the one statement that would do costs. */
export async function detailsOf(wanted: Wanted, events: EventLog, database: Database): Promise<View> {
  const seen = await find(wanted, events);
  const { parent, text, fix, batched, where, exchangeId } = seen;
  return {
    kind: 'stack',
    children: [
      summary(seen),
      ...(parent ? [labelled(`It follows the ${parent.rows} rows of`, parent.text)] : []),
      labelled('Repeated', text),
      ...(where
        ? [
            sentence(
              'Sent from',
              `\`${where.file}:${where.line}\`${where.function ? ` in \`${where.function}\`` : ''}`,
            ),
          ]
        : []),
      sentence('What to do', fix),
      ...(batched === null
        ? []
        : [labelled('One statement that would do', batched), await costOf(seen, batched, database)]),
      {
        kind: 'actions',
        actions: [{ label: 'Open the exchange', command: 'exchange/open', input: { exchangeId } }],
      },
    ],
  };
}

function summary({ kind, count, totalMs, spanMs, orm }: Seen): View {
  const what = kind === 'n-plus-one' ? 'one statement for each row' : 'the same statement again';
  return {
    kind: 'columns',
    children: [
      { kind: 'stat', label: 'Executions', value: String(count), tone: 'warning', note: what },
      {
        kind: 'stat',
        label: 'Time spent',
        value: durationText(totalMs),
        ...(spanMs !== undefined && { note: `within ${spanMs.toFixed(0)} ms of the exchange` }),
      },
      { kind: 'stat', label: 'Written by', value: orm },
    ],
  };
}

async function find({ exchangeId, fingerprint }: Wanted, events: EventLog): Promise<Seen> {
  for await (const seen of events.read({ types: [RepetitionSeen.name], exchangeId, limit: 100 })) {
    const parsed = RepetitionSeen.schema.safeParse(seen.data);
    if (parsed.success && parsed.data.fingerprint === fingerprint) return parsed.data;
  }
  throw new OutriderError('not_found', 'This repetition is not in the log any more.');
}

const labelled = (title: string, text: string): View => ({
  kind: 'section',
  title,
  isOpen: true,
  children: [{ kind: 'code', language: 'sql', text: readableSql(text) }],
});

const sentence = (title: string, markdown: string): View => ({
  kind: 'text',
  markdown: `**${title}** ${markdown}`,
});

const isInsert = /^\s*insert\b/i;

/** EXPLAIN tells whether PostgreSQL accepts the one statement, by which way, and at what cost. */
async function costOf(seen: Seen, batched: string, database: Database): Promise<View> {
  const { text, parameters = [], batchedParameters = [], count } = seen;
  if (!database.isAvailable)
    return { kind: 'text', markdown: 'Not checked with EXPLAIN: `sql.inspectUrl` is not configured.' };
  try {
    const compared = await compare(
      database,
      { text, parameters },
      { text: batched, parameters: batchedParameters },
    );
    return comparedView(compared, count, isInsert.test(batched) ? Math.min(count, rowsShown) : count);
  } catch (error) {
    return {
      kind: 'text',
      markdown: `EXPLAIN could not check it: ${error instanceof Error ? error.message : 'no reason given'}`,
    };
  }
}
