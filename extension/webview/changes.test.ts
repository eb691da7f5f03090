import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Row, View } from '../../shared/view.ts';
import { changesBetween } from './changes.ts';

const table = (rows: readonly Row[]): View => ({
  kind: 'table',
  columns: [{ label: 'A' }, { label: 'B' }],
  rows,
});

describe('The comparison of two moments', () => {
  it('marks the cells that differ, by the key of their row', () => {
    const before: Row = { key: 'x', cells: ['same', '1'] };
    const after: Row = { key: 'x', cells: ['same', { text: '2' }] };
    const changes = changesBetween(table([before]), table([{ key: 'new', cells: ['', ''] }, after]));
    assert.deepEqual(changes.before.rows.get(before), new Set([1]));
    assert.deepEqual(changes.after.rows.get(after), new Set([1]));
  });

  it('marks rows that only one side has', () => {
    const gone: Row = { key: 'gone', cells: ['a', 'b'] };
    const come: Row = { key: 'come', cells: ['a', 'b'] };
    const changes = changesBetween(table([gone]), table([come]));
    assert.equal(changes.before.rows.get(gone), 'all');
    assert.equal(changes.after.rows.get(come), 'all');
  });

  it('looks into stacks, columns and sections', () => {
    const stat = (value: string): View => ({ kind: 'stat', label: 'Calls', value });
    const nested = (inner: View): View => ({
      kind: 'stack',
      children: [{ kind: 'section', title: 's', children: [inner] }],
    });
    const [one, two] = [stat('1'), stat('2')];
    const changes = changesBetween(nested(one), nested(two));
    assert.ok(changes.before.things.has(one) && changes.after.things.has(two));
  });

  it('finds nothing in two views that say the same', () => {
    const view = (): View => ({ kind: 'stack', children: [table([{ key: 'x', cells: ['1', '2'] }])] });
    const { before, after } = changesBetween(view(), view());
    assert.equal(before.count + after.count, 0);
  });

  it('marks timeline entries that only one side has', () => {
    const entry = (key: string) => ({ key, at: '2026-11-23T10:00:00Z', title: key });
    const added = entry('b');
    const timeline = (entries: readonly ReturnType<typeof entry>[]): View => ({ kind: 'timeline', entries });
    const { before, after } = changesBetween(timeline([entry('a')]), timeline([added, entry('a')]));
    assert.equal(before.count, 0);
    assert.deepEqual([...after.things], [added]);
  });
});
