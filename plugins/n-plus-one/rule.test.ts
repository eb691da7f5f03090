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
  /** Nothing happened for this long before it. */
  readonly pauseMs?: number;
  readonly sqlstate?: string;
  readonly transaction?: 'I' | 'T';
  readonly reads?: readonly string[];
}

/** A trace from a sketch: one millisecond each, one after the other unless told otherwise. */
function traceOf(sketches: readonly Sketch[]): Trace {
  let nowMs = 1000;
  const statements = sketches.map((sketch, index): StatementSeen => {
    if (!sketch.isParallel) nowMs += 1 + (sketch.pauseMs ?? 0);
    return {
      position: index + 1,
      fingerprint: sketch.text.replace(/'[^']*'|\b\d+\b/g, '?'),
      text: sketch.text,
      parameters: [...(sketch.parameters ?? [])],
      command: 'SELECT',
      reads: [...(sketch.reads ?? (sketch.text.startsWith('SELECT') ? ['agents'] : []))],
      writes: [...(sketch.writes ?? [])],
      rows: sketch.rows ?? 1,
      startedMs: nowMs,
      durationMs: 1,
      connection: 1,
      isPartial: sketch.isPartial ?? false,
      transaction: sketch.transaction ?? 'I',
      sqlstate: sketch.sqlstate ?? (sketch.isFailed ? '22001' : null),
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
    'look-ups by a key and a date of each row': [
      list,
      ...times(12, (index) => ({
        text: 'SELECT * FROM runs WHERE agent_id = $1 AND at > $2',
        parameters: [`${index}`, `2026-01-${index}`],
      })),
    ],
    'look-ups whose values are hidden': [
      list,
      ...times(8, (index) => ({
        text: 'SELECT id, password FROM users WHERE id = $1',
        parameters: [`[redacted aaaa${index}_]`],
      })),
    ],
    'look-ups whose values cannot be told apart, as many as there are rows': [
      list,
      ...times(12, () => ({ text: 'SELECT * FROM agents WHERE id = $1', parameters: ['[binary]'] })),
    ],
    'look-ups limited to their first row by the driver': [
      list,
      ...times(12, (index) => ({ ...byId(index), isPartial: true })),
    ],
    'look-ups of few keys without a cache, one for each row': [
      list,
      ...times(12, (index) => byId(index % 3)),
    ],
    'look-ups that wait for another service in between': [
      list,
      ...times(12, (index) => ({ ...byId(index), pauseMs: 300 })),
    ],
    'eight keys of ninety rows, behind an identity map': [{ ...list, rows: 90 }, ...times(8, byId)],
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
    'pages by key and date, with both compared twice': times(14, (index) => ({
      text: 'SELECT * FROM runs WHERE at < $1 OR (at = $1 AND id < $2) LIMIT 20',
      parameters: [`2026-01-${index}`, `${index}`],
    })),
    'lists of many keys': times(14, (index) => ({
      text: 'SELECT * FROM agents WHERE id = ANY($1)',
      parameters: [
        `{${times(30, () => ({ text: '' }))
          .map((_, at) => index * 30 + at)
          .join(',')}}`,
      ],
    })),
    'inserts of many rows': times(14, (index) => ({
      text: 'INSERT INTO messages (content) SELECT * FROM unnest($1)',
      parameters: [`{${index}}`],
      writes: ['messages'],
      rows: 50,
    })),
    'look-ups in the catalog': times(14, (index) => ({
      text: 'SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = $1',
      parameters: [`${index}`],
      reads: ['pg_catalog.pg_attribute'],
    })),
    'locks, settings and notifications': times(14, (index) => ({
      text: 'SELECT pg_notify($1, $2)',
      parameters: ['things', `${index}`],
      reads: [],
    })),
    'what a migration notes down': times(14, (index) => ({
      text: 'INSERT INTO schema_migrations (version) VALUES ($1)',
      parameters: [`${index}`],
      writes: ['schema_migrations'],
    })),
    'a worker that takes one job after the other': times(28, (index) =>
      index % 2 === 0
        ? { text: 'SELECT id FROM jobs LIMIT 1 FOR UPDATE SKIP LOCKED', reads: ['jobs'] }
        : { text: 'UPDATE jobs SET done = true WHERE id = $1', parameters: [`${index}`], writes: ['jobs'] },
    ),
    'a write for each piece of a stream': times(14, (index) => ({
      text: 'INSERT INTO messages (content) VALUES ($1)',
      parameters: [`word ${index}`],
      writes: ['messages'],
      pauseMs: 80,
    })),
    polling: times(9, () => ({ ...byId(7), pauseMs: 200 })),
    'words of the code, after a list of about as many': [
      list,
      ...times(8, (index) => ({
        text: 'SELECT count(*) FROM runs WHERE status = $1',
        parameters: [`status ${index}`],
      })),
    ],
    'reads of what was just written': times(14, (index) =>
      index % 2 === 0 ? { text: 'UPDATE agents SET n = n + 1 WHERE id = 7', writes: ['agents'] } : byId(7),
    ),
    'the same question in one schema after the other': times(14, (index) =>
      index % 2 === 0
        ? { text: `SET search_path TO tenant_${index}`, rows: 0 }
        : { text: 'SELECT count(*) FROM agents' },
    ),
    'transactions that are done again after a serialization failure': times(24, (index) => {
      if (index % 4 === 0) return { text: 'BEGIN ISOLATION LEVEL SERIALIZABLE', rows: 0 };
      if (index % 4 === 3)
        return { text: 'UPDATE agents SET n = 1', writes: ['agents'], transaction: 'T', sqlstate: '40001' };
      return { ...byId(index % 4), transaction: 'T' };
    }),
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
