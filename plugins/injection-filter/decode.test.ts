import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { base64Decoded, decodings } from './decode.ts';

const stages = (text: string) => [...decodings(text)];

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
    it(`takes off ${what}`, () => assert.equal(stages(encoded).at(-1)?.text, decoded));
  }

  it('leaves plain text alone', () => assert.deepEqual(stages('100 % of R&D in one file: a\\b'), []));

  it('names what it took off, outermost first', () => {
    assert.deepEqual(stages('%26lt%3Bb').at(-1)?.by, ['percent', 'html-entity']);
  });

  it('takes off what only shows once a later encoding is off', () => {
    assert.deepEqual(stages('%\u200b3c'), [
      { text: '%3c', by: ['invisible'] },
      { text: '<', by: ['invisible', 'percent'] },
    ]);
    assert.deepEqual(stages('％26lt;'), [
      { text: '%26lt;', by: ['full-width'] },
      { text: '<', by: ['full-width', 'percent', 'html-entity'] },
    ]);
  });

  it('reads each reference of a text once in a round', () => {
    assert.deepEqual(
      stages('&am&lt;p; &LT; &amp;gt; &quot &bogus;').map(({ text }) => text),
      ['&am<p; < &gt; " &bogus;', '&am<p; < > " &bogus;'],
    );
  });

  for (const [encoded, decoded] of [
    ['%3C', '<'],
    ['&#60;', '<'],
    ['&amp;', '&'],
    ['&lt;', '<'],
    ['\\x3c', '<'],
    ['\\u{3c}', '<'],
    ['%', '%'],
    ['&', '&'],
    ['\\', '\\'],
  ] as const) {
    it(`reads ${encoded} the same whether a long text holds it once or all over`, () => {
      for (const between of [' ', ' '.repeat(5000)])
        assert.equal(
          stages(`&#98;${`${encoded}${between}`.repeat(20)}`).at(-1)?.text,
          `b${`${decoded}${between}`.repeat(20)}`,
        );
    });
  }

  it('reads a long run of bytes like a short one', () => {
    const letters = '%61'.repeat(40);
    assert.equal(stages(`${letters}%ed%95%9c`).at(-1)?.text, `${'a'.repeat(40)}한`);
    assert.equal(stages(`${letters}%c0%bc`).at(-1)?.text, `${'a'.repeat(40)}<`);
    assert.equal(stages(`${letters}%FF%e0`).at(-1)?.text, `${'a'.repeat(40)}ÿà`);
  });

  it('folds letters of mathematics, and leaves half of one alone', () => {
    assert.equal(stages('\ud835\udc1a\ufb01').at(-1)?.text, 'afi');
    assert.deepEqual(stages('\ud835a\ufb01'), []);
  });

  it('stops after a few rounds', () => {
    let text = '<';
    for (let round = 0; round < 20; round += 1) text = encodeURIComponent(text);
    assert.ok(stages(text).length <= 5);
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
