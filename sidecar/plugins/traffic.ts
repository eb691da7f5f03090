import { GuardDenied, HttpFinished, SqlFinished, type Recorded } from '../../shared/index.ts';
import type { Pipeline } from '../http/pipeline.ts';
import type { Recorder } from '../record/recorder.ts';
import type { StatementPipeline } from '../sql/statements.ts';
import type { Clock } from './clock.ts';
import { createDenials, type Denials } from './denials.ts';
import { createGuards } from './guards.ts';
import { createHttpFacts } from './http-facts.ts';
import type { InFlightTable } from './in-flight.ts';
import { createMessageGuards } from './message-guards.ts';
import { createObserver } from './observe.ts';
import { createOnion } from './onion.ts';
import { createSqlFacts, type SqlConnections } from './sql-facts.ts';
import { createReplyWatches } from './reply-watches.ts';
import { createStatementGuards } from './statement-guards.ts';
import type { Table } from './table.ts';

/** What the data ports ask of the plugins, and what is recorded of it. */
export interface Traffic {
  readonly pipeline: Pipeline;
  readonly statements: StatementPipeline;
  /** Over the second before the last tick. */
  readonly pace: Pace;
  /** Takes an event as the recorder delivers it: one without a position was sampled away, and is counted. */
  delivered(event: Recorded): void;
  /** Called once a second: records what was counted. */
  tick(): void;
  /** Records what was counted so far. */
  close(): void;
}

export interface Pace {
  readonly requestsPerSecond: number;
  readonly errorsPerSecond: number;
  readonly statementsPerSecond: number;
}

export interface TrafficOptions {
  readonly table: () => Table;
  readonly inFlight: InFlightTable;
  readonly recorder: Recorder;
  readonly secretParameters: readonly string[];
  readonly sqlConnections?: () => SqlConnections;
  readonly clock: Clock;
}

const noConnections: SqlConnections = { connections: 0, opaqueConnections: 0 };

export function createTraffic(options: TrafficOptions): Traffic {
  const { table, inFlight, recorder, clock, sqlConnections = () => noConnections } = options;
  const denials = createDenials((data, about) => recorder.record(GuardDenied, data, about), clock);
  const httpFacts = createHttpFacts(recorder, options.secretParameters);
  const sqlFacts = createSqlFacts(recorder);
  let summarisedMs = clock.nowMs();
  let sampledAway = { http: 0, sql: 0 };
  let pace: Pace = { requestsPerSecond: 0, errorsPerSecond: 0, statementsPerSecond: 0 };

  function summarise(): void {
    const seconds = Math.max(0.001, (clock.nowMs() - summarisedMs) / 1000);
    summarisedMs = clock.nowMs();
    const { requests, errors } = httpFacts.summarise(seconds, inFlight.size(), sampledAway.http);
    const statements = sqlFacts.summarise(seconds, sqlConnections(), sampledAway.sql);
    sampledAway = { http: 0, sql: 0 };
    const perSecond = (count: number) => Math.round(count / seconds);
    pace = {
      requestsPerSecond: perSecond(requests),
      errorsPerSecond: perSecond(errors),
      statementsPerSecond: perSecond(statements),
    };
  }

  return {
    pipeline: createPipeline(options, denials, httpFacts.finished),
    statements: statementPipeline(createStatementGuards(table, denials, clock), sqlFacts.finished),
    get pace() {
      return pace;
    },
    delivered({ position, type }) {
      if (position !== 0) return;
      if (type === HttpFinished.name) sampledAway.http += 1;
      else if (type === SqlFinished.name) sampledAway.sql += 1;
    },
    tick() {
      summarise();
      denials.flush();
    },
    close() {
      summarise();
      denials.flush(true);
    },
  };
}

function createPipeline(
  { table, inFlight, recorder, clock }: TrafficOptions,
  denials: Denials,
  recordFinished: Pipeline['finished'],
): Pipeline {
  const guards = createGuards(table, denials, clock);
  const onion = createOnion(table, createObserver(recorder, clock), clock);
  return {
    hasGuards: () => table().guards.length > 0,
    bodyBytesWanted: guards.bodyBytesWanted,
    admit: guards.admit,
    isWrapped: onion.isWrapped,
    around: onion.around,
    hasReplyWatches: () => table().replyWatches.length > 0,
    replyWatch: createReplyWatches(table),
    messageWatch: createMessageGuards(table, denials, clock),
    began: inFlight.add,
    finished(exchange, outcome) {
      inFlight.remove(exchange);
      recordFinished(exchange, outcome);
    },
  };
}

function statementPipeline(
  guards: ReturnType<typeof createStatementGuards>,
  finished: StatementPipeline['finished'],
): StatementPipeline {
  return {
    isGuarded: guards.isGuarded,
    check: guards.check,
    finished,
  };
}
