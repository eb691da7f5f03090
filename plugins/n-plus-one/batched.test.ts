import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { batchedOf } from './batched.ts';
import { executionsOf } from './executions.ts';
import type { StatementSeen } from './trace.ts';

const seen = (text: string, parameters: string[] = [], rows = 1): StatementSeen => ({
  position: 1,
  fingerprint: 'f',
  text,
  parameters,
  command: '',
  reads: [],
  writes: /^(?:insert|update|delete)/i.test(text) ? ['t'] : [],
  rows,
  startedMs: 0,
  durationMs: 1,
  connection: 1,
  transaction: 'I',
  isPartial: false,
  sqlstate: null,
});

/** Of a text with its key as `#`: executed with the keys 1 and 2, written into it or bound. */
function batched(text: string, rows = 1): string | null {
  const [one, two] = ['1', '2'].map((key) =>
    seen(text.replace('#', key), text.includes('$1') ? [key] : [], rows),
  );
  return one && two ? (batchedOf(executionsOf([one, two]))?.text ?? null) : null;
}

describe('the one statement that would do', () => {
  const cases: Readonly<Record<string, readonly [text: string, batched: string | null]>> = {
    'has an array of keys': ['SELECT * FROM t WHERE id = $1', 'SELECT * FROM t WHERE id = ANY($1)'],
    'has one where keys are written into the text': [
      'SELECT * FROM t WHERE id = #;',
      'SELECT * FROM t WHERE id = ANY($1)',
    ],
    'has one where the key stands on the left': [
      'SELECT * FROM t WHERE # = t.id AND x',
      'SELECT * FROM t WHERE t.id = ANY($1) AND x',
    ],
    'has one for a list of one key': [
      'SELECT * FROM t WHERE id IN ($1)',
      'SELECT * FROM t WHERE id = ANY($1)',
    ],
    'says whose answer each row is': [
      'SELECT name FROM t WHERE a_id = $1',
      'SELECT a_id, name FROM t WHERE a_id = ANY($1)',
    ],
    'counts by key': [
      'SELECT count(*) AS n FROM t WHERE a_id = $1',
      'SELECT a_id, count(*) AS n FROM t WHERE a_id = ANY($1) GROUP BY a_id',
    ],
    'asks which keys there are': [
      'SELECT EXISTS (SELECT * FROM t WHERE t.a_id = #) AS x',
      'SELECT DISTINCT t.a_id FROM t WHERE t.a_id = ANY($1)',
    ],
    'asks which keys there are, of a check by LIMIT': [
      'SELECT 1 FROM t WHERE a_id = $1 LIMIT 1',
      'SELECT DISTINCT a_id FROM t WHERE a_id = ANY($1)',
    ],
    'takes the first of each': [
      'SELECT * FROM t WHERE a_id = $1 ORDER BY at DESC LIMIT 1',
      'SELECT DISTINCT ON (a_id) * FROM t WHERE a_id = ANY($1) ORDER BY a_id, at DESC',
    ],
    'has no LIMIT where one row has the key': [
      'SELECT * FROM t WHERE id = $1 LIMIT 1',
      'SELECT * FROM t WHERE id = ANY($1)',
    ],
    'deletes all at once': ['DELETE FROM t WHERE id = $1', 'DELETE FROM t WHERE id = ANY($1)'],
    'updates all with one value': [
      "UPDATE t SET a = 'x' WHERE id = $1",
      "UPDATE t SET a = 'x' WHERE id = ANY($1)",
    ],
    'is not told for a key inside a subquery': [
      'SELECT 1 FROM (SELECT 1) d WHERE EXISTS (SELECT 1 FROM t WHERE (a_id = $1))',
      null,
    ],
  };
  for (const [name, [text, expected]] of Object.entries(cases))
    it(name, () => assert.equal(batched(text), expected));

  it('is not told where each key has its first few rows', () => {
    assert.equal(batched('SELECT * FROM t WHERE a_id = $1 ORDER BY at LIMIT 3', 3), null);
  });

  it('is not told where two values differ', () => {
    const both = [
      seen('SELECT * FROM t WHERE a = $1 AND at > $2', ['1', 'x']),
      seen('SELECT * FROM t WHERE a = $1 AND at > $2', ['2', 'y']),
    ] as const;
    assert.equal(batchedOf(executionsOf(both)), null);
  });

  it('inserts many rows, with parameters numbered anew', () => {
    const text = 'INSERT INTO t (a, b) VALUES ($1, $2) RETURNING id';
    const both = [seen(text, ['1', 'x']), seen(text, ['2', 'y'])] as const;
    assert.deepEqual(batchedOf(executionsOf(both)), {
      text: 'INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4) RETURNING id',
      parameters: ['1', 'x', '2', 'y'],
    });
  });

  it('is explained with all keys, quoted as arrays need it', () => {
    const both = [
      seen(`SELECT * FROM t WHERE a = 'it''s "x"'`),
      seen("SELECT * FROM t WHERE a = 'b'"),
    ] as const;
    assert.deepEqual(batchedOf(executionsOf(both))?.parameters, ['{"it\'s \\"x\\"","b"}']);
  });
});
