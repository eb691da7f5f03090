import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { appendedTagsAt, readableSql } from './sql-text.ts';

const tags = `/*framework='demo',traceparent='00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'*/`;

describe('a statement as it is shown', () => {
  const shown: readonly (readonly [text: string, readable: string])[] = [
    [`SELECT 1 ${tags}`, 'SELECT 1'],
    [`SELECT 1 ${tags};\n`, 'SELECT 1'],
    [
      `SELECT * FROM agents WHERE name ILIKE '%O'Brien%' ORDER BY id ${tags}`,
      "SELECT * FROM agents WHERE name ILIKE '%O'Brien%' ORDER BY id",
    ],
    ['SELECT \'/* no comment */\', "a--b", $x$ -- $x$', 'SELECT \'/* no comment */\', "a--b", $x$ -- $x$'],
    ['/* web:agents */ SELECT 1 -- the end\nFROM t', 'SELECT 1 \nFROM t'],
    ["UPDATE t SET a = 'it''s /* */' /* b */ WHERE c", "UPDATE t SET a = 'it''s /* */' WHERE c"],
  ];
  for (const [text, readable] of shown)
    it(`reads ${JSON.stringify(text.slice(0, 60))}`, () => assert.equal(readableSql(text), readable));

  it('takes only tags for tags', () => {
    assert.equal(appendedTagsAt('SELECT 1 /* a note */'), -1);
    assert.equal(appendedTagsAt("SELECT 1 /*a='b'*/ FROM t"), -1);
    assert.equal(appendedTagsAt(`SELECT 1 ${tags}`), 9);
  });
});
