import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { before, beforeEach, describe, it } from 'mocha';
import { ManualClock } from '../plugins/fake-host.ts';
import { createCompletions, type Completions } from './completions.ts';
import { unjoined } from './join.ts';
import { createRedactor } from './redact.ts';
import { Session, statementOf, type Execution } from './session.ts';
import { analysed, loadParser, type Shape } from './shape.ts';
import { createShapes, type ShapeAnalyst } from './shapes.ts';
import type { FinishedStatement } from './statements.ts';

/** Answers what it was asked when the test says so. */
class SlowAnalyst implements ShapeAnalyst {
  readonly asked: { readonly shape: string; readonly tell: (found: Shape | null) => void }[] = [];
  isFull = false;

  ask(shape: string, tell: (found: Shape | null) => void): boolean {
    if (!this.isFull) this.asked.push({ shape, tell });
    return !this.isFull;
  }

  answer(): void {
    for (const { shape, tell } of this.asked.splice(0)) tell(analysed(shape));
  }
}

function execution(text: string, connection = 1): Execution {
  return {
    statement: statementOf(text),
    portal: null,
    joined: unjoined,
    startedMs: 0,
    endedMs: 1,
    tag: 'SELECT 1',
    rowsSeen: 0,
    result: null,
    transaction: 'I',
    isPartial: false,
    error: null,
    session: new Session({ connection, database: 'd', user: 'u' }),
  };
}

describe('completed statements', () => {
  let analyst: SlowAnalyst;
  let clock: ManualClock;
  let told: FinishedStatement[];
  let completions: Completions;
  const texts = (): readonly string[] => told.map(({ text }) => text);

  before(loadParser);
  beforeEach(() => {
    analyst = new SlowAnalyst();
    clock = new ManualClock();
    told = [];
    const shapes = createShapes({
      analyst,
      nowMs: () => clock.nowMs(),
      answered: () => completions.answered(),
    });
    completions = createCompletions({
      statements: {
        isGuarded: () => false,
        check: () => ({ allow: true }),
        finished: (statement) => void told.push(statement),
      },
      shapes,
      redactor: createRedactor([]),
      clock,
      failed: (error) => assert.fail(String(error)),
    });
  });

  it('wait for what parses new shapes, and are told in order, whatever is known of those behind', async () => {
    completions.push(execution('select a from known'));
    await turn();
    analyst.answer();
    await turn();
    completions.push(execution('select b from fresh'));
    completions.push(execution('select a from known'));
    await turn();
    assert.deepEqual(texts(), ['select a from known']);
    analyst.answer();
    await turn();
    assert.deepEqual(texts(), ['select a from known', 'select b from fresh', 'select a from known']);
    assert.deepEqual(told[1]?.reads, ['fresh']);
    assert.equal(completions.unparsed(), 0);
  });

  it('ask about a shape once, however many statements have it', async () => {
    for (let value = 0; value < 20; value++)
      completions.push(execution(`select a from t where b = ${value}`));
    await turn();
    assert.deepEqual(
      analyst.asked.map(({ shape }) => shape),
      ['select a from t where b = 0'],
    );
    analyst.answer();
    await turn();
    assert.equal(told.length, 20);
    assert.equal(new Set(told.map(({ fingerprint }) => fingerprint)).size, 1);
  });

  it('are told without an answer that does not come in time, and are counted; a later one is used', async () => {
    const again = execution('select a from t');
    completions.push(again);
    await turn();
    assert.equal(told.length, 0);
    await clock.advance(1_000);
    await turn();
    assert.deepEqual([told.length, completions.unparsed()], [1, 1]);
    assert.deepEqual(told[0]?.reads, []);
    completions.push(again);
    await turn();
    assert.deepEqual([told.length, completions.unparsed()], [2, 2]);
    analyst.answer();
    completions.push(again);
    await turn();
    assert.deepEqual(told[2]?.reads, ['t']);
    assert.equal(completions.unparsed(), 2);
  });

  it('do not wait where nothing more may be asked', async () => {
    analyst.isFull = true;
    completions.push(execution('select a from t'));
    await turn();
    assert.deepEqual([told.length, completions.unparsed()], [1, 1]);
  });

  it('are told at once when too many wait', () => {
    for (let count = 0; count < 10_000; count++) completions.push(execution('select a from t'));
    assert.equal(told.length, 10_000);
    assert.equal(completions.unparsed(), 10_000);
  });

  it('are parsed here when the tap closes', async () => {
    completions.push(execution('select a from t'));
    await turn();
    completions.flush();
    assert.deepEqual(told[0]?.reads, ['t']);
    assert.equal(completions.unparsed(), 0);
  });

  it('are lost one by one when telling them fails, and the rest is told', async () => {
    const failures: unknown[] = [];
    const shapes = createShapes();
    const failing = createCompletions({
      statements: {
        isGuarded: () => false,
        check: () => ({ allow: true }),
        finished(statement) {
          if (statement.text === 'select 1') throw new Error('not this one');
          told.push(statement);
        },
      },
      shapes,
      redactor: createRedactor([]),
      clock,
      failed: (error) => void failures.push(error),
    });
    failing.push(execution('select 1'));
    failing.push(execution('select 2'));
    await turn();
    assert.deepEqual(texts(), ['select 2']);
    assert.equal(failures.length, 1);
  });
});
