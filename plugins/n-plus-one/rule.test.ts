import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { repetitionsOf } from './rule.ts';
import type { StatementSeen, Trace } from './trace.ts';

const options = { least: 5, leastWithoutParent: 12 };

interface Sketch {
  readonly text: string;
  readonly parameters?: readonly (string | null)[];
  readonly rows?: number;
  readonly isPartial?: boolean;
  readonly isFailed?: boolean;
  readonly writes?: readonly string[];
  /** Overlaps the statement before instead of following it. */
  readonly isParallel?: boolean;
}

/** A trace from a sketch: one millisecond each, one after the other unless told otherwise. */
function traceOf(sketches: readonly Sketch[]): Trace {
  let nowMs = 1000;
  const statements = sketches.map((sketch, index): StatementSeen => {
    if (!sketch.isParallel) nowMs += 1;
    return {
      position: index + 1,
      fingerprint: sketch.text.replace(/'[^']*'|\b\d+\b/g, '?'),
      text: sketch.text,
      parameters: [...(sketch.parameters ?? [])],
      command: 'SELECT',
      reads: sketch.text.startsWith('SELECT') ? ['agents'] : [],
      writes: [...(sketch.writes ?? [])],
      rows: sketch.rows ?? 1,
      startedMs: nowMs,
      durationMs: 1,
      connection: 1,
      isPartial: sketch.isPartial ?? false,
      transaction: 'I',
      sqlstate: sketch.isFailed ? '22001' : null,
    };
  });
  return { exchangeId: 'exchange-1', traceId: '', route: 'GET /x', statements };
}

const kinds = (sketches: readonly Sketch[]): readonly string[] =>
  repetitionsOf(traceOf(sketches), options).map(({ kind }) => kind);
const times = (count: number, make: (index: number) => Sketch): readonly Sketch[] =>
  Array.from({ length: count }, (_, index) => make(index));

const list: Sketch = { text: 'SELECT * FROM workflows ORDER BY id LIMIT $1', parameters: ['12'], rows: 12 };
const byId = (index: number): Sketch => ({
  text: 'SELECT * FROM agents WHERE id = $1',
  parameters: [String(index)],
});

describe('the N+1 rule finds', () => {
  const cases: Readonly<Record<string, readonly Sketch[]>> = {
    'one look-up for each row': [list, ...times(12, byId)],
    'fewer look-ups than rows, because an identity map knew some': [list, ...times(7, byId)],
    'look-ups sent at once': [list, ...times(12, (index) => ({ ...byId(index), isParallel: index > 0 }))],
    'look-ups with the values in the text': [
      list,
      ...times(12, (index) => ({ text: `SELECT * FROM agents WHERE id = ${index}` })),
    ],
    'two look-ups for each row, interleaved': [
      list,
      ...times(24, (index) =>
        index % 2 === 0
          ? byId(index)
          : { text: 'SELECT * FROM teams WHERE id = $1', parameters: [String(index)] },
      ),
    ],
    'writes for each row': [
      list,
      ...times(12, (index) => ({
        text: 'UPDATE agents SET seen = true WHERE id = $1',
        parameters: [String(index)],
        writes: ['agents'],
      })),
    ],
    'inserts in a loop over something unseen': times(20, (index) => ({
      text: 'INSERT INTO messages (execution_id, content) VALUES ($1, $2)',
      parameters: ['7', `line ${index}`],
      writes: ['messages'],
    })),
    'look-ups between SET statements': [
      list,
      ...times(24, (index) => (index % 2 === 0 ? { text: "SET app.user = '1'", rows: 0 } : byId(index))),
    ],
    'look-ups that differ in a comment as well': [
      list,
      ...times(12, (index) => ({
        text: `SELECT * FROM agents WHERE id = $1 /*traceparent='00-${index}'*/`,
        parameters: [String(index)],
      })),
    ],
  };
  for (const [name, sketches] of Object.entries(cases)) {
    it(name, () =>
      assert.ok(kinds(stripped(sketches)).includes('n-plus-one'), JSON.stringify(kinds(stripped(sketches)))),
    );
  }
});

describe('the N+1 rule is silent about', () => {
  const cases: Readonly<Record<string, readonly Sketch[]>> = {
    'a fixed fan-out of a dashboard': times(6, (index) => ({
      text: 'SELECT count(*) FROM runs WHERE status = $1',
      parameters: [`s${index}`],
    })),
    'fetches of a cursor': [list, ...times(12, () => ({ ...byId(7), rows: 100, isPartial: true }))],
    'pages by offset': [
      list,
      ...times(12, (index) => ({
        text: 'SELECT * FROM agents LIMIT 20 OFFSET $1',
        parameters: [`${index * 20}`],
        rows: 20,
      })),
    ],
    'pages by key': [
      list,
      ...times(12, (index) => ({
        text: 'SELECT * FROM agents WHERE id > $1 LIMIT 20',
        parameters: [`${index}`],
        rows: 20,
      })),
    ],
    'attempts that failed': [list, ...times(12, (index) => ({ ...byId(index), isFailed: true }))],
    'transactions and settings': times(20, (index) => ({
      text: index % 2 === 0 ? 'BEGIN' : 'COMMIT',
      rows: 0,
    })),
    'a migration': times(20, (index) => ({ text: `ALTER TABLE agents ADD COLUMN c${index} int`, rows: 0 })),
    'a search for a free name': [
      list,
      ...times(8, (index) => ({
        text: 'SELECT 1 FROM agents WHERE slug = $1',
        parameters: [index === 0 ? 'agent' : `agent-${index}`],
        rows: index === 7 ? 0 : 1,
      })),
    ],
    'a few look-ups': [{ ...list, rows: 4 }, ...times(4, byId)],
    'a parent with far more rows than there are look-ups': [{ ...list, rows: 4000 }, ...times(6, byId)],
  };
  for (const [name, sketches] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(kinds(sketches), []));
  }
});

describe('duplicates', () => {
  it('are told apart from N+1', () => {
    assert.deepEqual(kinds([list, ...times(6, () => byId(7))]), ['duplicate']);
  });

  it('are not seen in repeated writes', () => {
    assert.deepEqual(
      kinds(times(8, () => ({ text: 'UPDATE counters SET n = n + 1 WHERE id = 1', writes: ['counters'] }))),
      [],
    );
  });
});

describe('a repetition', () => {
  it('names its parent, its count and its time', () => {
    const [found] = repetitionsOf(traceOf([list, ...times(12, byId)]), options);
    assert.equal(found?.parent?.text, list.text);
    assert.equal(found?.count, 12);
    assert.equal(found?.totalMs, 12);
    assert.deepEqual(found?.executions.keys, [0]);
  });
});

/** The tap's fingerprint ignores comments; the sketch's must as well. */
function stripped(sketches: readonly Sketch[]): readonly Sketch[] {
  return sketches.map((sketch) => ({ ...sketch, text: sketch.text.replace(/ \/\*.*\*\//, '') }));
}
