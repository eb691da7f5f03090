import { Fifo } from '../fifo.ts';
import type { Clock } from '../plugins/clock.ts';
import { callSiteOf } from './call-site.ts';
import { textsOf } from './client-side.ts';
import { createMarks, type Marks } from './hidden-values.ts';
import { commandOf } from './messages.ts';
import { shownParameters, noParameters } from './parameters.ts';
import { withoutValues, type Hidden, type Redactor } from './redact.ts';
import type { Execution, Known, Statement } from './session.ts';
import { answerMs, type Shapes } from './shapes.ts';
import type { FinishedStatement, StatementPipeline } from './statements.ts';

const textCharactersMax = 16 * 1024;

/** Executions told in one turn of the event loop, so that bytes waiting to be relayed go first. */
const turnMax = 256;

/** Executions that may wait; beyond, they are told at once and the relay waits for that. */
const waitingMax = 10_000;

export interface Completions {
  /** Executions told since the start. */
  count(): number;
  /** Of these, those whose shape was not found out in time: their fingerprint is a hash and they name no tables. */
  unparsed(): number;
  push(execution: Execution): void;
  /** A shape that was asked for is known. */
  answered(): void;
  /** Tells everything that waits, and finds out here what is not known. */
  flush(): void;
}

export interface CompletionsOptions {
  readonly statements: StatementPipeline;
  readonly shapes: Shapes;
  readonly redactor: Redactor;
  readonly clock: Pick<Clock, 'after'>;
  /** Something threw; the execution is lost, the tap goes on. */
  readonly failed: (error: unknown) => void;
}

/** What happens to an execution whose shape is not known yet: `wait` for it, tell it `without`, or find it out `here`. */
type Patience = 'wait' | 'without' | 'here';

/**
 * Tells the plugin host of each execution, in order, after the bytes at hand have been relayed. One whose shape is new waits
 * for the thread that parses it, and all behind it with it; nothing of this holds a byte back.
 */
export function createCompletions(options: CompletionsOptions): Completions {
  const { shapes, redactor, clock } = options;
  const waiting = new Fifo<Execution>();
  const marks = createMarks();
  let isScheduled = false;
  let stopWaiting: (() => void) | null = null;
  let count = 0;
  let unparsed = 0;

  /** Null when it must wait. */
  function knownOf(statement: Statement, patience: Patience): Known | null {
    if (statement.known !== null) return statement.known;
    const text = cutText(statement.text);
    const found = patience === 'here' ? shapes.of(text) : shapes.soon(text);
    if (found === 'asked' && patience === 'wait') return null;
    const hidden = redactor.rulesFor(text);
    const where = callSiteOf(statement.tags);
    if (typeof found === 'object') return (statement.known = { shape: found, hidden, where });
    unparsed += 1;
    return { shape: shapes.unparsed(text), hidden, where };
  }

  function tellOne(execution: Execution, patience: Patience): boolean {
    try {
      const known = knownOf(execution.statement, patience);
      if (known === null) return false;
      count += 1;
      options.statements.finished(finishedOf(execution, known, marks));
    } catch (error) {
      options.failed(error);
    }
    return true;
  }

  function tell(upTo: number, patience: Patience): void {
    for (let told = 0; told < upTo; told++) {
      const execution = waiting.head();
      if (execution === undefined) return;
      if (!tellOne(execution, patience)) return wait();
      waiting.shift();
    }
    if (waiting.length > 0) schedule();
  }

  function wait(): void {
    stopWaiting ??= clock.after(answerMs, answered);
  }

  function answered(): void {
    stopWaiting?.();
    stopWaiting = null;
    if (waiting.length > 0) schedule();
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      tell(turnMax, 'wait');
    });
  }

  return {
    count: () => count,
    unparsed: () => unparsed,
    push(execution) {
      waiting.push(execution);
      if (waiting.length >= waitingMax) tell(waitingMax, 'without');
      else if (stopWaiting === null) schedule();
    },
    answered,
    flush: () => tell(Infinity, 'here'),
  };
}

function finishedOf(execution: Execution, { hidden, shape, where }: Known, marks: Marks): FinishedStatement {
  const { statement, portal, joined, session, error, startedMs } = execution;
  const text = cutText(statement.text);
  const { fingerprint, reads, writes } = shape;
  const { command, rows } = commandOf(execution.tag);
  const mark = hidden ? marks(joined.exchangeId) : undefined;
  const note = portal?.note?.tags ?? null;
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
    tags: note ?? statement.tags,
    where: note === null ? where : callSiteOf(note),
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
