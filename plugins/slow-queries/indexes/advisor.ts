import { z } from 'zod';
import {
  OutriderError,
  SqlFinished,
  SqlSummary,
  command,
  readableSql,
  viewCommand,
  type Command,
  type Database,
  type EventLog,
  type Host,
} from '../../../shared/index.ts';
import type { Analysis } from '../analysis/analysis.ts';
import type { Advice, AdvisedIndex, WorkloadStatement } from './advise.ts';
import { IndexSuggested } from '../events.ts';
import { Delivery } from './delivery.ts';
import { IndexDelivered, IndexMigrationWritten, IndexesAdvised, type ToldIndex } from './events.ts';
import { migrationFormats, writeMigration } from './migration.ts';
import { adviceView, type Told } from './views.ts';
import { Workload } from './workload.ts';

/** What the advisor needs of its host. */
export type AdvisorHost = Pick<Host, 'record' | 'now' | 'every' | 'log'> & {
  readonly database: Database;
  readonly events: EventLog;
};

export interface AdvisorOptions {
  readonly budgetMiB: number;
  readonly adviseEverySeconds: number;
  /** A workload without a statement this slow needs no advice by itself. */
  readonly slowMs: number;
}

const deliveryEverySeconds = 60;
/** How far back the log is read after a restart. */
const mostRead = { summaries: 1_000, statements: 3_000 };
const mostTextCharacters = 400;
const mostRemembered = 2_000;

export interface IndexAdvisor {
  summary(data: z.output<typeof SqlSummary.schema>): void;
  statement(data: z.output<typeof SqlFinished.schema>): void;
  /** An exchange that ended, its route with the method, and what it asked. */
  exchange(route: string, durationMs: number, asked: readonly { readonly fingerprint: string }[]): void;
  readonly commands: Readonly<Record<string, Command>>;
}

/** Index advice over the recorded workload: keeps it, judges it when asked and once in a while, follows what was promised. */
export function indexAdvisor(host: AdvisorHost, analysis: Analysis, options: AdvisorOptions): IndexAdvisor {
  const { database, events, record, now, every, log } = host;
  const workload = new Workload();
  const delivery = new Delivery(workload);
  const suggested = new Set<string>();
  let latest: Told | null = null;
  let running: Promise<Told> | null = null;
  let isNews = false;
  let isRead = false;

  /** What the log still holds from before this start, once. */
  async function recall(): Promise<void> {
    if (isRead) return;
    isRead = true;
    if (!workload.isEmpty) return;
    for await (const { data } of events.read({
      types: [SqlSummary.name],
      isBackward: true,
      limit: mostRead.summaries,
    }))
      workload.count(SqlSummary.schema.parse(data));
    for await (const { data } of events.read({
      types: [SqlFinished.name],
      isBackward: true,
      limit: mostRead.statements,
    }))
      workload.sample(SqlFinished.schema.parse(data));
  }

  async function look(): Promise<Told> {
    if (!database.isAvailable)
      throw new OutriderError(
        'database_unavailable',
        'Set sql.inspectUrl: index advice reads statistics there.',
      );
    await recall();
    const startedMs = now().getTime();
    const statements = workload.statements();
    const { advice, agreed } = await analysis.advise(statements, options.budgetMiB * 2 ** 20);
    const told = toldOf(advice, statements, new Set(agreed), now().getTime() - startedMs);
    if (!latest || ddlsOf(latest) !== ddlsOf(told)) record(IndexesAdvised, told);
    latest = told;
    for (const { definition, ddl, undo, serves } of advice.indexes)
      for (const { fingerprint, text, costBefore, costAfter } of serves) {
        const columns = definition.keys.map(({ sql }) => sql);
        const { schema, table } = definition;
        suggest({ fingerprint, text: shown(text), schema, table, columns, ddl, undo, costBefore, costAfter });
      }
    return told;
  }

  /** What is known of a single query shows its index too; each is told once. */
  function suggest(suggestion: z.output<typeof IndexSuggested.schema>): void {
    const key = `${suggestion.fingerprint} ${suggestion.ddl}`;
    if (suggested.has(key)) return;
    if (suggested.size >= mostRemembered) suggested.clear();
    suggested.add(key);
    record(IndexSuggested, suggestion);
  }

  /** One at a time: whoever asks meanwhile gets the same answer. */
  function once(): Promise<Told> {
    isNews = false;
    running ??= look().finally(() => {
      running = null;
    });
    return running;
  }

  every(options.adviseEverySeconds, async () => {
    if (!database.isAvailable || !isNews) return;
    await once().catch((error: unknown) => {
      log.warn('Index advice could not be given.', {
        reason: error instanceof OutriderError ? error.code : 'internal',
      });
    });
  });
  every(deliveryEverySeconds, async () => {
    if (!database.isAvailable) return;
    const told = await delivery.check(database).catch(() => []);
    for (const each of told) record(IndexDelivered, each);
  });

  return {
    summary: (data) => workload.count(data),
    statement(data) {
      workload.sample(data);
      if (data.durationMs >= options.slowMs) isNews = true;
    },
    exchange: (route, durationMs, asked) => workload.exchange(route, durationMs, asked),
    commands: {
      'advise-indexes': viewCommand({
        title: 'Ask for index advice',
        summary: 'Judges indexes for the whole recorded workload by a planner with the server’s statistics.',
        cli: 'sql advise',
        input: z.object({}),
        run: async () => adviceView(await once()),
      }),
      'index-advice': viewCommand({
        title: 'Open the index advice',
        summary: 'The latest advice, asked for when there is none.',
        input: z.object({}),
        run: async () => adviceView(latest ?? (await once())),
      }),
      'apply-indexes': command({
        title: 'Write advised indexes as a migration',
        summary: 'Answers a file for the workspace; the database is changed by whoever runs it.',
        effect: 'change',
        cli: 'sql migration',
        input: z.object({
          format: z.enum(migrationFormats).default('sql'),
          /** Names of the advised indexes; all when left out. */
          indexes: z.array(z.string()).max(200).optional(),
          /** Revisions it comes after: the heads of an Alembic history. */
          follows: z
            .array(z.string().regex(/^[\w.@+-]{1,64}$/))
            .max(20)
            .optional(),
        }),
        async run({ format, indexes: names, follows }) {
          const told = latest ?? (await once());
          const indexes = told.indexes.filter(({ name }) => names?.includes(name) ?? true);
          if (indexes.length === 0) throw new OutriderError('not_found', 'No such index is advised.');
          const { fileName, text, files } = writeMigration(format, indexes, now(), follows);
          record(IndexMigrationWritten, { format, fileName, indexes });
          delivery.promise(indexes);
          return { fileName, text, files };
        },
      }),
    },
  };
}

function toldOf(
  { indexes, unneeded, unverified }: Advice,
  statements: readonly WorkloadStatement[],
  agreed: ReadonlySet<string>,
  tookMs: number,
): Told {
  return {
    statements: statements.length,
    indexes: indexes.map((each) => toldIndex(each, statements, agreed.has(each.name))),
    unneeded: [...unneeded],
    unverified: [...unverified],
    tookMs,
  };
}

function toldIndex(
  index: AdvisedIndex,
  statements: readonly WorkloadStatement[],
  isAgreed: boolean,
): ToldIndex {
  const { name, definition, ddl, undo, requires, bytes, upkeepMs, serves } = index;
  return {
    name,
    schema: definition.schema,
    table: definition.table,
    ddl,
    undo,
    requires: [...requires],
    bytes,
    evidence: isAgreed ? 'hypopg' : 'what-if',
    upkeepMs,
    serves: serves.map((each) => ({
      ...each,
      text: shown(each.text),
      routes: routesOf(each, statements),
    })),
  };
}

/** A route is waited for as long as its statement saves. */
function routesOf(
  { fingerprint, p95BeforeMs, p95ExpectedMs }: AdvisedIndex['serves'][number],
  statements: readonly WorkloadStatement[],
): ToldIndex['serves'][number]['routes'] {
  const saved = Math.max(0, p95BeforeMs - p95ExpectedMs);
  const routes = statements.find((each) => each.fingerprint === fingerprint)?.routes ?? [];
  return routes.map(({ route, p95Ms }) => ({
    route,
    p95BeforeMs: p95Ms,
    p95ExpectedMs: Math.max(p95Ms - saved, Math.min(p95Ms, p95ExpectedMs)),
  }));
}

const ddlsOf = ({ indexes, unneeded }: Told): string =>
  JSON.stringify([indexes.map(({ ddl }) => ddl), unneeded.map(({ ddl }) => ddl)]);

const shown = (text: string): string => readableSql(text).slice(0, mostTextCharacters);
