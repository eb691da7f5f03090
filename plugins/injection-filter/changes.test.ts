import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import fc from 'fast-check';
import { changedRanges, widened, type Range } from './changes.ts';

describe('the ranges in which a text differs from what it was made of', () => {
  it('are none where it does not', () => assert.deepEqual([...changedRanges('the same', 'the same')], []));

  it('hold each replacement, and little besides', () => {
    const before = `${'a sentence '.repeat(200)}&lt;b&gt;${' and another'.repeat(200)}`;
    const after = before.replace('&lt;', '<').replace('&gt;', '>');
    const ranges = [...changedRanges(before, after)];
    const at = after.indexOf('<b>');
    assert.ok(ranges.every(([from, to]) => from >= at && to <= at + 12));
    assert.ok(ranges.some(([from, to]) => from <= at && to > at));
  });

  it('are all the rest when it is told apart no longer', () => {
    assert.deepEqual([...changedRanges('abc'.repeat(40), 'xyz'.repeat(40))], [[0, 120]]);
  });

  it('leave out nothing that was replaced, whatever stands around it', () => {
    const part = fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom('%41', '%25', '%', 'A'));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const before = parts.join('');
        const after = before.replaceAll('%41', '#');
        const ranges = [...changedRanges(before, after)];
        // What no range holds was there before, in the same order.
        const kept = outside(after, ranges);
        let from = 0;
        for (const each of kept) {
          const at = before.indexOf(each, from);
          assert.ok(at >= 0, JSON.stringify(each));
          from = at + each.length;
        }
      }),
    );
  });
});

describe('widened ranges', () => {
  it('are joined where they meet', () => {
    assert.deepEqual(
      [...widened([[10, 12], [15, 16], [90, 91]], 5)], // prettier-ignore
      [
        [5, 21],
        [85, 96],
      ],
    );
  });

  it('end when they get long, and overlap then', () => {
    const places = Array.from({ length: 100 }, (_, index): Range => [index * 4, index * 4 + 1]);
    const ranges = [...widened(places, 5)];
    assert.ok(ranges.length > 1);
    assert.ok(ranges.every(([from, to]) => to - from <= 16 * 5 + 10));
    assert.ok(ranges.every(([from], index) => index === 0 || from < (ranges[index - 1]?.[1] ?? 0)));
  });
});

function outside(text: string, ranges: readonly Range[]): readonly string[] {
  let from = 0;
  const kept = ranges.map(([start, end]) => {
    const piece = text.slice(from, start);
    from = end;
    return piece;
  });
  return [...kept, text.slice(from)];
}
