import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import { codesOf } from './text-codes.ts';

describe('the codes of a text', () => {
  const texts = ['', 'a', 'é漢\u{1f600}', 'x'.repeat(65_536), 'y'.repeat(65_537), 'z'.repeat(200_000)];

  for (const text of texts)
    it(`are its UTF-16 and a 0, for one of ${text.length} units`, () => {
      codesOf('another that was longer '.repeat(4000));
      const codes = codesOf(text);
      assert.equal(codes[text.length], 0);
      for (let at = 0; at < text.length; at += 1)
        if (codes[at] !== text.charCodeAt(at)) assert.fail(`differs at ${at}`);
    });

  it('are those of the text that is asked about, however the two alternate', () => {
    for (const text of ['one', 'two', 'one']) assert.equal(codesOf(text)[0], text.charCodeAt(0));
  });
});
