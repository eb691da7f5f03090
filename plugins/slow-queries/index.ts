import { z } from 'zod';
import {
  ApplicationDatabase,
  Events,
  OutriderError,
  SqlFinished,
  definePlugin,
  on,
  viewCommand,
  type EventLog,
  type Finding,
  type Recorded,
  type View,
} from '../../shared/index.ts';
import { IndexSuggested, SlowQueryExplained, SlowQuerySeen } from './events.ts';
import { investigate, type Investigated, type Suspect } from './investigation.ts';
import { panels } from './panels.ts';
import { suspects } from './suspects.ts';
import { explainedView, rootOf, unexplainedView } from './views.ts';

interface SlowOne extends Suspect {
  readonly durationMs: number;
  readonly exchangeId: string | null;
  readonly position: number;
  readonly where: z.output<typeof SqlFinished.schema>['where'];
}

/** Notices statements that take too long, asks PostgreSQL why, and says which index would help. */
export default definePlugin({
  name: 'slow-queries',
  summary: 'Finds slow statements, explains them and suggests the first index.',
  config: z.strictObject({
    /** A statement that takes so long or longer is slow. */
    thresholdMs: z.number().positive().default(1000),
    /** The plan of one fingerprint is asked for at most this often. */
    explainAgainSeconds: z.number().positive().default(600),
  }),
  uses: { database: ApplicationDatabase, events: Events },
  events: [SlowQuerySeen, SlowQueryExplained, IndexSuggested],
  panels,

  setup({ config, database, events, record, raise, now, every, log }) {
    const waiting = suspects<SlowOne>(config.explainAgainSeconds);

    function tell(suspect: SlowOne, found: Investigated): void {
      const { fingerprint, text } = suspect;
      if (found.kind === 'explained') {
        const { plan, diagnoses } = found;
        record(SlowQueryExplained, {
          fingerprint,
          text,
          totalCost: plan.totalCost,
          plan: { ...plan.root },
          diagnoses: [...diagnoses],
        });
        for (const each of found.suggestions)
          record(IndexSuggested, { fingerprint, text, ...each, columns: [...each.columns] });
      }
      raise(findingOf(suspect, found));
    }

    every(1, async () => {
      const suspect = waiting.next();
      if (!suspect) return;
      const found = await investigate(database, suspect).catch((error: unknown): Investigated => {
        log.warn('A slow query could not be looked into.', { reason: String(error) });
        return { kind: 'unexplained', reason: "The sidecar's log says why." };
      });
      tell(suspect, found);
    });

    return {
      on: [
        on(SqlFinished, ({ position, data }) => {
          if (data.durationMs < config.thresholdMs) return;
          const { fingerprint, text, parameters, durationMs, rows, exchangeId, where } = data;
          record(SlowQuerySeen, {
            fingerprint,
            text,
            durationMs,
            rows,
            exchangeId,
            statementPosition: position,
            ...(where && { where }),
          });
          waiting.add(
            { fingerprint, text, parameters, durationMs, exchangeId, position, where },
            now().getTime(),
          );
        }),
      ],
      commands: {
        explain: viewCommand({
          title: 'Explain a statement',
          summary: 'The plan PostgreSQL would make; the statement is not executed.',
          cli: 'sql explain',
          input: z.object({
            text: z.string().min(1).max(16_384),
            parameters: z.array(z.string().nullable()).max(1000).default([]),
          }),
          async run({ text, parameters }): Promise<View> {
            const found = await investigate(database, { fingerprint: text, text, parameters });
            if (found.kind === 'unexplained') return unexplainedView(text, found.reason);
            return explainedView({
              text,
              plan: found.plan,
              diagnoses: found.diagnoses,
              indexes: found.suggestions,
            });
          },
        }),
        open: viewCommand({
          title: 'Open a slow query',
          input: z.object({ fingerprint: z.string().min(1) }),
          run: ({ fingerprint }) => openView(events, fingerprint),
        }),
      },
    };
  },
});

function findingOf(suspect: SlowOne, found: Investigated): Finding {
  const { fingerprint, durationMs, position, exchangeId, where } = suspect;
  const index = found.kind === 'explained' ? found.suggestions[0] : undefined;
  return {
    key: `slow-queries/slow:${fingerprint}`,
    rule: 'slow-queries/slow',
    severity: 'warning',
    title: `This query took ${Math.round(durationMs)} ms`,
    advice: adviceOf(found, index?.ddl),
    evidence: position > 0 ? [position] : [],
    exchangeId,
    ...(where && { where }),
    details: { command: 'slow-queries/open', input: { fingerprint } },
  };
}

function adviceOf(found: Investigated, ddl: string | undefined): string {
  if (found.kind === 'unexplained') return found.reason;
  const [diagnosis] = found.diagnoses;
  const why = diagnosis
    ? `${diagnosis.title}. ${diagnosis.advice}`
    : 'Open the plan to see where the time goes.';
  return ddl === undefined ? why : `${why} Suggested: ${ddl}`;
}

/** How far back the log is read for one query. */
const mostRead = 5000;

/** What was found out about a query the last time, from the log, so it is there after a restart too. */
async function openView(events: EventLog, fingerprint: string): Promise<View> {
  const explained = await latest(events, SlowQueryExplained.name, fingerprint);
  if (explained) {
    const { text, totalCost, plan, diagnoses } = SlowQueryExplained.schema.parse(explained.data);
    const index = await latest(events, IndexSuggested.name, fingerprint);
    const indexes = index ? [IndexSuggested.schema.parse(index.data)] : [];
    return explainedView({ text, plan: { root: rootOf(plan), totalCost }, diagnoses, indexes });
  }
  const seen = await latest(events, SlowQuerySeen.name, fingerprint);
  if (!seen) throw new OutriderError('not_found', 'Nothing is known of this query any more.');
  return unexplainedView(SlowQuerySeen.schema.parse(seen.data).text, 'The finding says why.');
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
