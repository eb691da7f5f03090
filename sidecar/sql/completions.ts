import { callSiteOf } from './call-site.ts';
import { textsOf } from './client-side.ts';
import { createMarks, type Marks } from './hidden-values.ts';
import { commandOf } from './messages.ts';
import { shownParameters, noParameters } from './parameters.ts';
import { withoutValues, type Hidden, type Redactor } from './redact.ts';
import type { Execution } from './session.ts';
import type { Shapes } from './shapes.ts';
import type { FinishedStatement, StatementPipeline } from './statements.ts';

const textCharactersMax = 16 * 1024;

/** Executions told in one turn of the event loop, so that bytes waiting to be relayed go first. */
const turnMax = 256;

/** Executions that may wait; beyond, they are told at once and the relay waits for that. */
const waitingMax = 10_000;

export interface Completions {
  /** Executions told since the start. */
  readonly count: number;
  push(execution: Execution): void;
  /** Tells everything that waits. */
  flush(): void;
}

/** Tells the plugin host of each execution, in order, after the bytes at hand have been relayed. */
export function createCompletions(options: {
  readonly statements: StatementPipeline;
  readonly shapes: Shapes;
  readonly redactor: Redactor;
  /** Something threw; the execution is lost, the tap goes on. */
  readonly failed: (error: unknown) => void;
}): Completions {
  let waiting: Execution[] = [];
  let isScheduled = false;
  let count = 0;
  const marks = createMarks();
  const tellOne = (execution: Execution): void => {
    try {
      options.statements.finished(finishedOf(execution, { ...options, marks }));
    } catch (error) {
      options.failed(error);
    }
  };
  const tell = (upTo: number): void => {
    const batch = upTo >= waiting.length ? waiting : waiting.slice(0, upTo);
    waiting = batch === waiting ? [] : waiting.slice(upTo);
    count += batch.length;
    for (const execution of batch) tellOne(execution);
  };
  const turn = (): void => {
    isScheduled = false;
    tell(turnMax);
    if (waiting.length > 0) schedule();
  };
  const schedule = (): void => {
    isScheduled = true;
    setImmediate(turn);
  };
  return {
    get count() {
      return count;
    },
    push(execution) {
      waiting.push(execution);
      if (waiting.length >= waitingMax) tell(waitingMax);
      else if (!isScheduled) schedule();
    },
    flush: () => tell(Infinity),
  };
}

function finishedOf(
  execution: Execution,
  {
    shapes,
    redactor,
    marks,
  }: { readonly shapes: Shapes; readonly redactor: Redactor; readonly marks: Marks },
): FinishedStatement {
  const { statement, portal, joined, session, error, startedMs } = execution;
  const text = cutText(statement.text);
  statement.known ??= { shape: shapes.of(text), hidden: redactor.rulesFor(text) };
  const { hidden, shape } = statement.known;
  const { fingerprint, reads, writes } = shape;
  const { command, rows } = commandOf(execution.tag);
  const mark = hidden ? marks(joined.exchangeId) : undefined;
  const tags = portal?.note?.tags ?? statement.tags;
  return {
    exchangeId: joined.exchangeId,
    traceId: joined.traceId,
    attribution: joined.attribution,
    fingerprint,
    text: hidden ? cutText(withoutValues(text, mark)) : text,
    parameters: portal ? shownParameters(textsOf(portal), hidden, mark) : noParameters,
    command,
    reads,
    writes,
    rows: execution.isPartial ? execution.rowsSeen : rows,
    result: execution.result,
    durationMs: Math.round((execution.endedMs - startedMs) * 1000) / 1000,
    startedAtMs: startedMs,
    connection: session.facts.connection,
    database: session.facts.database,
    user: session.facts.user,
    transaction: execution.transaction,
    isPartial: execution.isPartial,
    error: error && { sqlstate: error.sqlstate, message: shownMessage(error.message, hidden) },
    tags,
    where: callSiteOf(tags),
  };
}

/** PostgreSQL quotes offending values at the end of its messages. */
function shownMessage(message: string, hidden: Hidden | null): string {
  return hidden ? message.replace(/: ".*"$/s, ': "[redacted]"') : message;
}

/** A text as it is told, so that its shape is the same for guards and in the log. */
export function cutText(text: string): string {
  return text.length > textCharactersMax ? text.slice(0, textCharactersMax) : text;
}
