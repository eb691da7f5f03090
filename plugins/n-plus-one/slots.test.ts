import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { slotsOf, type Use } from './slots.ts';

type Told = readonly (readonly [use: Use, column: string, values: readonly (string | null)[]])[];

const told = (text: string, parameters: (string | null)[] = []): Told =>
  slotsOf({ text, parameters }).map(({ use, column, values }) => [use, column, values]);

describe('what a value is for', () => {
  const cases: readonly (readonly [what: string, text: string, parameters: (string | null)[], told: Told])[] =
    [
      [
        'a key and a date',
        'SELECT x FROM t WHERE t."a" = $1 AND at > $2',
        ['7', 'now'],
        [
          ['key', 't."a"', ['7']],
          ['range', 'at', ['now']],
        ],
      ],
      [
        'a key on the left',
        'SELECT x FROM t WHERE 7 = t.a AND b = 2',
        [],
        [
          ['key', 't.a', ['7']],
          ['key', 'b', ['2']],
        ],
      ],
      [
        'pages',
        'SELECT x FROM t LIMIT 5 OFFSET $1',
        ['10'],
        [
          ['page', 't', ['5']],
          ['page', 't', ['10']],
        ],
      ],
      [
        'a list',
        'SELECT x FROM t WHERE a IN ($1, $2) AND b NOT IN (3)',
        ['1', '2'],
        [
          ['list', 'a', ['1', '2']],
          ['list', 'b', ['3']],
        ],
      ],
      ['an array', 'SELECT x FROM t WHERE a = ANY($1::int[])', ['{1,2,3}'], [['list', 'a', ['1', '2', '3']]]],
      [
        'a row of two',
        'SELECT x FROM t WHERE (a, b) < ($1, $2)',
        ['1', '2'],
        [
          ['range', '', ['1']],
          ['range', '', ['2']],
        ],
      ],
      [
        'both ends',
        'SELECT x FROM t WHERE a BETWEEN 1 AND 2',
        [],
        [
          ['range', 'a', ['1']],
          ['range', 'a', ['2']],
        ],
      ],
      [
        'where a range begins',
        'SELECT x FROM t WHERE a >= (SELECT a FROM t WHERE id = $1)',
        ['4'],
        [['range', 'id', ['4']]],
      ],
      [
        'the first of many rows',
        "INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y')",
        [],
        [
          ['inserted', '', ['1']],
          ['inserted', '', ["'x'"]],
        ],
      ],
      [
        'a row with a call in it, and what is written on conflict',
        'INSERT INTO t (a, b) VALUES (lower($1), $2) ON CONFLICT (a) DO UPDATE SET b = 3',
        ['x', 'y'],
        [
          ['inserted', '', ['x']],
          ['inserted', '', ['y']],
          ['assigned', 'b', ['3']],
        ],
      ],
      [
        'a key on the left after a range',
        'SELECT x FROM t WHERE a > $1 AND $2 = b',
        ['1', '2'],
        [
          ['range', 'a', ['1']],
          ['key', 'b', ['2']],
        ],
      ],
      [
        'a change',
        "UPDATE t SET a = 'x', b = b + 1 WHERE id = 7",
        [],
        [
          ['assigned', 'a', ["'x'"]],
          ['assigned', 'b', ['1']],
          ['key', 'id', ['7']],
        ],
      ],
      ['an argument', 'SELECT price_of($1)', ['5'], [['argument', '', ['5']]]],
      [
        'a part of a document',
        "SELECT x FROM t WHERE doc->>'name' = $1",
        ['a'],
        [
          ['other', 'doc', ["'name'"]],
          ['key', '', ['a']],
        ],
      ],
      [
        'a contained document',
        'SELECT x FROM t WHERE doc @> \'{"id": 7}\'',
        [],
        [['key', 'doc', ['\'{"id": 7}\'']]],
      ],
      [
        'quotes and comments',
        "SELECT x FROM t /* a = 1 */ WHERE a = 'it''s -- 5' -- b = 2",
        [],
        [['key', 'a', ["'it''s -- 5'"]]],
      ],
    ];
  for (const [what, text, parameters, expected] of cases)
    it(what, () => assert.deepEqual(told(text, parameters), expected));
});
