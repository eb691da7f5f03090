import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { codePieces } from './code-pieces.ts';

describe('Pieces of code', () => {
  it('colours the words of SQL', () => {
    const pieces = codePieces("SELECT 'x' -- y", 'sql');
    assert.deepEqual(
      pieces.map(({ text, token }) => [text, token]),
      [
        ['SELECT', 'keyword'],
        [' ', 'plain'],
        ["'x'", 'text'],
        [' ', 'plain'],
        ['-- y', 'comment'],
      ],
    );
  });

  it('tells the names of JSON from its texts', () => {
    const pieces = codePieces('{"a":"b"}', 'json');
    assert.deepEqual(
      pieces.filter(({ token }) => token !== 'plain').map(({ text, token }) => [text, token]),
      [
        ['"a"', 'name'],
        ['"b"', 'text'],
      ],
    );
  });

  it('marks exactly the range asked for, also across tokens', () => {
    const marked = codePieces("WHERE name = '' OR 1=1", 'sql', [[13, 22]]).filter(({ isMarked }) => isMarked);
    assert.equal(marked.map(({ text }) => text).join(''), "'' OR 1=1");
  });

  it('never loses or adds a character, whatever the marks', () => {
    const mark = fc.tuple(fc.integer({ min: -3, max: 60 }), fc.integer({ min: -3, max: 60 }));
    fc.assert(
      fc.property(
        fc.string({ maxLength: 50 }),
        fc.constantFrom('sql', 'json', 'ts', '?'),
        fc.array(mark),
        (text, language, marks) => {
          assert.equal(
            codePieces(text, language, marks)
              .map((piece) => piece.text)
              .join(''),
            text,
          );
        },
      ),
    );
  });
});
