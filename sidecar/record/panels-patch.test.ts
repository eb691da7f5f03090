import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { applyPatch, type Operation } from 'rfc6902';
import { isPatchable, isSameJson, patchBetween } from './panels-patch.ts';

describe('the patch between two views', () => {
  it('turns the one into the other, whatever they are', () => {
    const json = fc
      .jsonValue({ maxDepth: 4 })
      .map(plain)
      .filter((value) => isPatchable(JSON.stringify(value)));
    fc.assert(
      fc.property(json, json, (before, after) => {
        assert.deepEqual(patched({ view: before }, { view: after }), { view: after });
      }),
      { numRuns: 500 },
    );
  });

  it('turns one list of few distinct elements into another, where windows often seem to slide', () => {
    const list = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 12 });
    fc.assert(
      fc.property(list, list, (before, after) => {
        assert.deepEqual(patched({ rows: before }, { rows: after }), { rows: after });
      }),
      { numRuns: 2_000 },
    );
  });

  it('is empty for equal values', () => {
    assert.deepEqual(patchBetween({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }), []);
  });

  it('is two operations when a time axis moved by one', () => {
    const before = { points: Array.from({ length: 600 }, (_, index) => [index, index % 7]) };
    const after = { points: [...before.points.slice(1), [600, 1]] };
    assert.equal(patchBetween(before, after).length, 2);
  });

  it('is two operations when a capped list got a new first entry', () => {
    const before = { entries: Array.from({ length: 200 }, (_, index) => ({ key: `k${index}` })) };
    const after = { entries: [{ key: 'new' }, ...before.entries.slice(0, -1)] };
    assert.equal(patchBetween(before, after).length, 2);
  });

  it('names only the cells that changed in a table', () => {
    const rows = Array.from({ length: 300 }, (_, index) => ({
      key: `k${index}`,
      cells: ['a', String(index)],
    }));
    const after = rows.map((row, index) => (index === 7 ? { ...row, cells: ['a', 'changed'] } : row));
    assert.deepEqual(patchBetween({ rows }, { rows: after }), [
      { op: 'replace', path: '/rows/7/cells/1', value: 'changed' },
    ]);
  });

  it('is not for views with a field that appliers refuse', () => {
    const view: unknown = JSON.parse('{"actions":[{"input":{"__proto__":0}}]}');
    assert.equal(isPatchable(JSON.stringify(view)), false);
    assert.equal(isPatchable('{"kind":"text"}'), true);
  });

  it('escapes names that hold slashes and tildes', () => {
    const after = { 'a/b~c': [{ 'd/e': 2 }] };
    assert.deepEqual(patched({ 'a/b~c': [{ 'd/e': 1 }] }, after), after);
  });
});

describe('sameness of JSON', () => {
  it('agrees with the text of values whose fields are in one order', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), (a, b) => {
        const [left, right] = [plain(a), plain(b)];
        assert.equal(isSameJson(left, plain(left)), true);
        if (JSON.stringify(left) === JSON.stringify(right)) assert.equal(isSameJson(left, right), true);
      }),
    );
  });
});

function patched<T>(before: T, after: T): T {
  const target = plain(before);
  const patch = plain(patchBetween(before, after)) as Operation[];
  const failures = applyPatch(target, patch).filter((each) => each !== null);
  assert.deepEqual(failures, []);
  return target;
}

/** As the wire makes it: no -0, no undefined. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
