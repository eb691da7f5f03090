import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { judge } from './judge.ts';
import { tokensFrom } from './sql-tokens.ts';

// How long hostile texts take is measured by `npm run bench -- injection`; here it is work that is counted.
const length = 65_536;
const pieces = [
  "'",
  '/*',
  "'/*",
  '<a ',
  '${',
  '+ADw',
  '&#x',
  '%25',
  '(select ',
  '{{',
  '\n',
  '; cat ',
  "like '",
  '#\n',
];

describe('the work a text costs', () => {
  it('ends for every hostile text, with a verdict or without', () => {
    for (const piece of pieces) judge(piece.repeat(length / piece.length));
  });

  it('is refused as a budget when a text asks for more than its length allows', () => {
    assert.equal(judge("' or (x ".repeat(length / 8))?.rule, 'budget/work');
  });

  it('reads no more tokens from one place than it was asked for', () => {
    assert.equal(tokensFrom('a '.repeat(length), 0, 10).length, 10);
    assert.ok(tokensFrom('#a\n1'.repeat(length), 0).length <= 96);
  });
});
