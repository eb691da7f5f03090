import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import fc from 'fast-check';
import { heldIn, Pieces } from './pieces.ts';

describe('a look for pieces of a text', () => {
  const pieces = ['<script', 'union', 'on', 'nion', 'ifs', '$(', '=', 'select', 'unions', '\\u0028'];
  const finder = new Pieces(pieces);
  const filler = '. '.repeat(4096);

  for (const [name, before] of [
    ['short', ''],
    ['long', filler],
  ] as const) {
    it(`finds them in any case in a ${name} text, and within one another`, () => {
      const holds = finder.heldBy(`${before}<SCRIPT> uNion $$( \\U0028`);
      assert.deepEqual(pieces.filter(holds), ['<script', 'union', 'on', 'nion', '$(', '\\u0028']);
    });
  }

  it('takes any white space for a blank that a piece ends in', () => {
    const ending = new Pieces(['nc ', 'nc(']);
    for (const white of [' ', '\t', '\n', '\u00a0', '\u2003', '\u3000']) {
      assert.equal(ending.heldBy(`${filler}nc${white}x`)('nc '), true);
      assert.equal(heldIn(`nc${white}x`)('nc '), true);
    }
    assert.equal(ending.heldBy(`${filler}ncx`)('nc '), false);
  });

  it('finds single marks that it was not made with', () => {
    assert.equal(finder.heldBy(`${filler}~`)('~'), true);
    assert.equal(finder.heldBy(filler)('~'), false);
  });

  it('finds in a long text what it finds in a short one', () => {
    const text = fc.array(
      fc.constantFrom(...pieces, 'u', 'n', 'i', 'ON', 's', '$', '(', ' ', 'é', '\u{1f600}'),
    );
    fc.assert(
      fc.property(text, (parts) => {
        const short = parts.join('');
        const long = finder.heldBy(filler + short);
        const expected = finder.heldBy(short);
        assert.deepEqual(pieces.filter(long), pieces.filter(expected));
      }),
    );
  });
});
