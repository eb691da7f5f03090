import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { base64Decoded, decodings } from './decode.ts';

describe('decoding', () => {
  for (const [what, encoded, decoded] of [
    ['percent', '%3Cb%3E', '<b>'],
    ['percent twice', '%253Cb%253E', '<b>'],
    ['percent with Unicode', '%u003cb%u003e', '<b>'],
    ['percent of UTF-8', '%ED%95%9C', '한'],
    ['overlong UTF-8 of two bytes', '%c0%bcb%c0%be', '<b>'],
    ['overlong UTF-8 of three bytes', '%e0%80%bcb', '<b'],
    ['decimal references', '&#60;b&#62;', '<b>'],
    ['hexadecimal references without a semicolon', '&#x3c&#x62;', '<b'],
    ['named references', '&lt;b&gt; &lpar;&apos;', "<b> ('"],
    ['script escapes', '\\u003cb\\x3e', '<b>'],
    ['full width', '＜ｂ＞', '<b>'],
    ['UTF-7', '+ADw-b+AD4-', '<b>'],
    ['NUL and zero width', 's\u0000cr\u200bipt', 'script'],
    ['plus for space', 'a+b+c', 'a b c'],
    ['one inside the other', '%26lt%3Bb', '<b'],
  ] as const) {
    it(`takes off ${what}`, () => assert.equal(decodings(encoded).at(-1)?.text, decoded));
  }

  it('leaves plain text alone', () => assert.deepEqual(decodings('100 % of R&D in one file: a\\b'), []));

  it('names what it took off, outermost first', () => {
    assert.deepEqual(decodings('%26lt%3Bb').at(-1)?.by, ['percent', 'html-entity']);
  });

  it('stops after a few rounds', () => {
    let text = '<';
    for (let round = 0; round < 20; round += 1) text = encodeURIComponent(text);
    assert.ok(decodings(text).length <= 5);
  });

  it('reads text in Base64 and no binary', () => {
    assert.equal(
      base64Decoded(Buffer.from('<script>alert(1)</script>').toString('base64')),
      '<script>alert(1)</script>',
    );
    assert.equal(
      base64Decoded(Buffer.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]).toString('base64')),
      null,
    );
    assert.equal(base64Decoded('short'), null);
  });
});
