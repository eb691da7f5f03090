import type { z } from 'zod';
import type { Database, EventLog, Host, HttpFinished, SqlFinished, SqlSummary } from '../../shared/index.ts';
import { Busiest } from './busiest.ts';
import { LockWatch } from './diagnose/lock-watch.ts';
import type { Executed } from './diagnose/connection-use.ts';
import { OpenTransactions } from './diagnose/open-transactions.ts';
import { PoolWaits } from './diagnose/pool-waits.ts';
import {
  IdleInTransactionSeen,
  IndexSuggested,
  LockWaitSeen,
  PlanSeen,
  PoolWaitSeen,
  RegressionSeen,
  SlowQueryExplained,
  SlowQuerySeen,
} from './events.ts';
import {
  idleFinding,
  planChangeFinding,
  poolWaitFinding,
  regressionFinding,
  regressionKey,
  slowFinding,
  type SlowOne,
} from './findings.ts';
import type { Analysis } from './analysis/analysis.ts';
import { plannable, type Investigated } from './investigation.ts';
import { learnFromLog } from './memory-of-log.ts';
import type { Options } from './options.ts';
import { OverFetchWatch } from './over-fetch/watch.ts';
import { Places } from './places.ts';
import { PlanShapes } from './plan-shapes.ts';
import { Regressions } from './regressions.ts';
import { suspects } from './suspects.ts';
import { timeReader } from './time-reader.ts';

export type Finished = z.output<typeof SqlFinished.schema>;
type Summary = z.output<typeof SqlSummary.schema>;
type Exchange = z.output<typeof HttpFinished.schema>;
type WatchHost = Pick<Host<Options>, 'config' | 'record' | 'raise' | 'resolve' | 'now' | 'log'> & {
  readonly database: Database;
  readonly events: EventLog;
};

/** Locks are looked at for so long after the last statement. */
const quietAfterMs = 60_000;

/** Everything the plugin does with what it sees; `index.ts` says when. */
export class Watch {
  readonly #host: WatchHost;
  readonly #analysis: Analysis;
  readonly #waiting;
  readonly #locks: LockWatch;
  readonly #transactions = new OpenTransactions();
  readonly #plans = new PlanShapes();
  readonly #regressions: Regressions;
  readonly #busiest = new Busiest();
  readonly #pools: PoolWaits;
  /** One each, as each remembers the second it read last. */
  readonly #startOf = timeReader();
  readonly #endOf = timeReader();
  readonly #places = new Places();
  readonly overFetch: OverFetchWatch;
  #lastStatementMs = -Infinity;
  /** Since the clock was read last: reading it for each statement would cost as much as looking at one. */
  #hasStatements = false;
  #hasLearnt = false;
  #seesStatements = false;
  #couldSample = true;

  constructor(host: WatchHost, analysis: Analysis) {
    this.#host = host;
    this.#analysis = analysis;
    this.#waiting = suspects<SlowOne>(host.config.explainAgainSeconds);
    this.#locks = new LockWatch(host.database);
    this.#regressions = new Regressions(host.config.regressions);
    this.#pools = new PoolWaits(host.config.poolWaitMs);
    this.overFetch = new OverFetchWatch(host, analysis, this.#places);
  }

  /** True once there was one: there is a tap. */
  get seesStatements(): boolean {
    return this.#seesStatements;
  }

  /** Every statement, slow or not. */
  statement(data: Finished): void {
    this.#hasStatements = true;
    this.#seesStatements = true;
    this.#places.seen(data.fingerprint, data.where);
    if (data.error === undefined && data.command !== '') this.#busiest.add(data, data.durationMs);
    this.overFetch.statement(data);
    const startedMs = this.#startOf(data.startedAt);
    this.#pools.statement(data, startedMs);
    const gap = this.#transactions.step(data, startedMs);
    if (gap === null || gap.gapMs < this.#host.config.idleInTransactionMs) return;
    const { connection, user, exchangeId } = data;
    const { gapMs, before, after } = gap;
    const texts = { before: before.text, after: after.text };
    this.#host.record(IdleInTransactionSeen, { connection, user, exchangeId, gapMs, ...texts });
    this.#host.raise(idleFinding(gap, user, exchangeId, this.#places.of(before.fingerprint, before.text)));
  }

  /** Answers what the exchange asked, as far as it is kept; `route` is its method and route. */
  exchange({ exchangeId, durationMs }: Exchange, route: string, at: string): readonly Executed[] {
    const asked = this.#pools.exchange(exchangeId, route, this.#endOf(at), durationMs);
    this.overFetch.exchange(exchangeId, asked);
    return asked;
  }

  /** Tells of exchanges that waited for a connection. */
  judgePools(): void {
    for (const wait of this.#pools.take(this.#host.now().getTime())) {
      this.#host.record(PoolWaitSeen, wait);
      this.#host.raise(poolWaitFinding(wait));
    }
  }

  summary({ rows }: Summary): void {
    for (const row of rows) this.#regressions.add(row);
  }

  slow(data: Finished, position: number): void {
    const { fingerprint, text, parameters, durationMs, rows, exchangeId, where } = data;
    const known = { fingerprint, text, durationMs, rows, exchangeId, ...(where && { where }) };
    this.#host.record(SlowQuerySeen, { ...known, statementPosition: position });
    const startedMs = Date.parse(data.startedAt);
    const lockWaits = this.#locks.during(text, startedMs, startedMs + durationMs);
    const last = lockWaits.at(-1);
    if (last) {
      const { holder } = last;
      const wait = { fingerprint, text, exchangeId, durationMs, samples: lockWaits.length, holder };
      this.#host.record(LockWaitSeen, wait);
    }
    const overFetch = this.overFetch.of(fingerprint);
    const execution = { durationMs, rows: data.isPartial ? null : rows, lockWaits, overFetch };
    const suspect = { fingerprint, text, parameters, durationMs, exchangeId, position, where, execution };
    this.#waiting.add(suspect, this.#host.now().getTime());
  }

  /** Looks into one slow statement, if one waits. */
  async investigateNext(): Promise<void> {
    const suspect = this.#waiting.next();
    if (!suspect) return;
    const found = await this.#analysis.investigate(suspect).catch((error: unknown): Investigated => {
      this.#host.log.warn('A slow query could not be looked into.', { reason: String(error) });
      return { kind: 'unexplained', reason: "The sidecar's log says why." };
    });
    this.#tell(suspect, found);
  }

  async sampleLocks(): Promise<void> {
    const nowMs = this.#host.now().getTime();
    const { database, config, log } = this.#host;
    if (this.#hasStatements) this.#lastStatementMs = nowMs;
    this.#hasStatements = false;
    const isQuiet = nowMs - this.#lastStatementMs > quietAfterMs;
    if (!config.watchLocks || !database.isAvailable || isQuiet) return;
    try {
      await this.#locks.sample(nowMs);
      this.#couldSample = true;
    } catch (error) {
      if (this.#couldSample) log.warn('Lock waits could not be sampled.', { reason: String(error) });
      this.#couldSample = false;
    }
  }

  /** Asks for the plan of the busiest statement that is not known, while all is well. */
  async planBusiest(): Promise<void> {
    const { database, log } = this.#host;
    if (!database.isAvailable) return;
    const nowMs = this.#host.now().getTime();
    const executed = this.#busiest.take((fingerprint) => this.#waiting.wasLookedAt(fingerprint, nowMs));
    if (!executed) return;
    try {
      const plan = await database.explain(executed.text, plannable(executed.parameters));
      this.#planned(executed, plan);
    } catch (error) {
      log.info('A busy statement has no plan.', { reason: String(error) });
    }
  }

  /** Judges the window that ends, once the log was read. */
  async closeWindow(): Promise<void> {
    if (!this.#hasLearnt) return;
    const { slower, recovered } = this.#regressions.close();
    const { windowSeconds } = this.#host.config.regressions;
    for (const regression of slower) {
      this.#host.record(RegressionSeen, { ...regression, seconds: windowSeconds });
      this.#host.raise(
        regressionFinding(regression, this.#places.of(regression.fingerprint, regression.text)),
      );
    }
    for (const fingerprint of recovered)
      this.#host.resolve(regressionKey(fingerprint), 'Its p95 is as it was, or has been like this for long.');
  }

  /** Reads the log once; later calls do nothing. */
  async learn(): Promise<void> {
    if (this.#hasLearnt) return;
    this.#hasLearnt = true;
    await learnFromLog(this.#host.events, this.#plans, this.#regressions).catch((error: unknown) =>
      this.#host.log.warn('What was usual before could not be read from the log.', { reason: String(error) }),
    );
  }

  #tell(suspect: SlowOne, found: Investigated): void {
    const { fingerprint, text } = suspect;
    if (found.kind === 'explained') {
      const { plan, diagnoses } = found;
      this.#host.record(SlowQueryExplained, {
        fingerprint,
        text,
        totalCost: plan.totalCost,
        plan: { ...plan.root },
        diagnoses: [...diagnoses],
      });
      for (const each of found.suggestions)
        this.#host.record(IndexSuggested, { fingerprint, text, ...each, columns: [...each.columns] });
      this.#planned(suspect, plan);
    }
    this.#host.raise(slowFinding(suspect, found));
  }

  #planned(
    { fingerprint, text }: { readonly fingerprint: string; readonly text: string },
    plan: Parameters<PlanShapes['seen']>[1],
  ): void {
    const change = this.#plans.seen(fingerprint, plan);
    if (change === null) return;
    const { now, before } = change;
    const old = before && { totalCost: before.totalCost, plan: { ...before.plan } };
    this.#host.record(PlanSeen, { fingerprint, text, ...now, before: old });
    if (before)
      this.#host.raise(planChangeFinding(fingerprint, before, now, this.#places.of(fingerprint, text)));
  }
}
