import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { splitStatements } from './split.ts';

const cases: readonly (readonly [text: string, parts: readonly string[]])[] = [
  ['select 1', ['select 1']],
  ['select 1; select 2;', ['select 1', 'select 2']],
  [";; select ';' ; -- end\n", ["select ';'"]],
  [
    'create function f() returns int begin atomic select 1; select case when true then 1 end; end; select 2',
    [
      'create function f() returns int begin atomic select 1; select case when true then 1 end; end',
      'select 2',
    ],
  ],
  [
    'create rule r as on insert to t do (select 1; select 2); begin; end',
    ['create rule r as on insert to t do (select 1; select 2)', 'begin', 'end'],
  ],
  ['do $$ begin; end $$; select 1', ['do $$ begin; end $$', 'select 1']],
  [' -- nothing', []],
];

describe('the statements of a simple query', () => {
  for (const [text, parts] of cases)
    it(`are found in ${JSON.stringify(text)}`, () => assert.deepEqual(splitStatements(text), parts));
});
