import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { endOfEscaped, unescape } from './json-escapes.ts';

const said = (json: string): string => {
  const { buffer, length } = unescape(Buffer.from(json), 1);
  return buffer.toString('utf8', 0, length);
};

describe('a JSON string', () => {
  it('says what JSON.parse says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), fc.boolean(), (text, isAscii) => {
        const json = JSON.stringify(text.toWellFormed());
        const written = isAscii ? json.replace(/[^\x20-\x7e]/g, unitEscape) : json;
        assert.equal(said(written), JSON.parse(json));
      }),
      { seed: 7, numRuns: 1000 },
    );
  });

  it('is read to its closing quote, whatever comes behind it', () => {
    const json = Buffer.from('"a\\"b\\\\","c"');
    assert.equal(unescape(json, 1).end, 7);
    assert.equal(endOfEscaped(json, 1), 7);
  });

  it('may be longer than the bytes that short ones share, and end in any escape there', () => {
    for (let padding = 16_376; padding < 16_392; padding += 1) {
      const text = `${'x'.repeat(padding)}\n\u{1f600}"y`;
      const json = JSON.stringify(text).replace(/[^\x20-\x7e]/g, unitEscape);
      assert.equal(said(json), text);
    }
  });

  it('keeps what is no escape, and ends with the text when its quote is missing', () => {
    assert.equal(said('"\\q \\u12 \\'), '\\q \\u12 \\');
    assert.equal(unescape(Buffer.from('"\\n'), 1).end, 3);
  });
});

function unitEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
