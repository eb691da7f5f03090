import { z } from 'zod';
import {
  ApplicationDatabase,
  Events,
  HttpFinished,
  SqlFinished,
  SqlSummary,
  definePlugin,
  on,
  viewCommand,
  type Database,
  type Plugin,
  type View,
} from '../../shared/index.ts';
import type { Analysis } from './analysis/analysis.ts';
import { analysisThread } from './analysis/thread.ts';
import {
  IdleInTransactionSeen,
  IndexSuggested,
  LockWaitSeen,
  OverFetchSeen,
  PlanSeen,
  PoolWaitSeen,
  RegressionSeen,
  RoutesCounted,
  SlowQueryExplained,
  SlowQuerySeen,
} from './events.ts';
import { indexAdvisor } from './indexes/advisor.ts';
import { IndexDelivered, IndexMigrationWritten, IndexesAdvised } from './indexes/events.ts';
import { indexAdvicePanel } from './indexes/panel.ts';
import { openView } from './open-view.ts';
import { options } from './options.ts';
import { panels } from './panels.ts';
import { RouteStatements } from './route-statements.ts';
import { Thresholds } from './thresholds.ts';
import { explainedView, unexplainedView } from './views.ts';
import { Watch, type Finished } from './watch.ts';

/** Routes and what they ask are told as seldom as is still worth watching. */
const routesEverySeconds = 10;

/** A statement with its place in the log, until it is known whether it was slow. */
type Seen = Finished & { readonly position: number };

/** Notices statements that take too long or longer than they used to, asks PostgreSQL why, and says what would help. */
export const slowQueries = (analysisOf: (database: Database) => Analysis): Plugin =>
  definePlugin({
    name: 'slow-queries',
    summary: 'Finds slow statements and what changed, explains them and suggests the first index.',
    config: options,
    uses: { database: ApplicationDatabase, events: Events },
    events: [
      SlowQuerySeen,
      SlowQueryExplained,
      IndexSuggested,
      PlanSeen,
      RegressionSeen,
      LockWaitSeen,
      IdleInTransactionSeen,
      PoolWaitSeen,
      OverFetchSeen,
      RoutesCounted,
      IndexesAdvised,
      IndexMigrationWritten,
      IndexDelivered,
    ],
    panels: [...panels, indexAdvicePanel],

    setup(host) {
      const { config, database, events, every } = host;
      const analysis = analysisOf(database);
      const watch = new Watch(host, analysis);
      const thresholds = new Thresholds<Seen>(config);
      const routes = new RouteStatements();
      const tellSlow = (slow: readonly Seen[]): void =>
        slow.forEach((each) => watch.slow(each, each.position));

      const advisor = indexAdvisor(host, analysis, { ...config.indexes, slowMs: config.thresholdMs });

      every(1, () => watch.investigateNext());
      every(1, () => watch.sampleLocks());
      every(5, () => watch.judgePools());
      every(5, () => watch.overFetch.judge());
      every(routesEverySeconds, () => {
        const rows = routes.take();
        if (rows.length > 0) host.record(RoutesCounted, { rows: [...rows] });
      });
      every(config.planEverySeconds, async () => {
        await watch.learn();
        await watch.planBusiest();
      });
      every(config.regressions.windowSeconds, () => watch.closeWindow());

      return {
        replyKeys: watch.overFetch.replyKeys,
        on: [
          // One reaction for each kind: every event that waits for one costs.
          on(SqlFinished, ({ position, data }) => {
            advisor.statement(data);
            watch.statement(data);
            if (thresholds.mayBeSlow(data)) tellSlow(thresholds.statement({ ...data, position }));
          }),
          on(SqlSummary, ({ data }) => {
            advisor.summary(data);
            watch.summary(data);
          }),
          on(HttpFinished, ({ at, data }) => {
            // Without a tap there is nothing to say about any of them.
            if (!watch.seesStatements) return;
            const route = `${data.method} ${data.route}`;
            const asked = watch.exchange(data, route, at);
            advisor.exchange(route, data.durationMs, asked);
            routes.add(route, data.durationMs, asked);
            tellSlow(thresholds.finished(data.exchangeId, route));
          }),
        ],
        commands: {
          ...advisor.commands,
          explain: viewCommand({
            title: 'Explain a statement',
            summary: 'The plan PostgreSQL would make; the statement is not executed.',
            cli: 'sql explain',
            input: z.object({
              text: z.string().min(1).max(16_384),
              parameters: z.array(z.string().nullable()).max(1000).default([]),
            }),
            async run({ text, parameters }): Promise<View> {
              const asked = { fingerprint: text, text, parameters, execution: null };
              const found = await analysis.investigate(asked);
              if (found.kind === 'unexplained') return unexplainedView(text, found.reason);
              const { plan, diagnoses, suggestions } = found;
              return explainedView({ text, plan, diagnoses, indexes: suggestions });
            },
          }),
          open: viewCommand({
            title: 'Open a slow query',
            input: z.object({ fingerprint: z.string().min(1) }),
            run: ({ fingerprint }) => openView(events, fingerprint),
          }),
        },
        dispose: () => analysis.close(),
      };
    },
  });

export default slowQueries((database) => analysisThread(database));
