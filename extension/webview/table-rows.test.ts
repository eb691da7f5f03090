import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Column, Row } from '../../shared/view.ts';
import { nextOrder, rowAfterKey, shownRows } from './table-rows.ts';

const columns: readonly Column[] = [{ label: 'Route' }, { label: 'Calls', align: 'end' }];
const rows: readonly Row[] = [
  { key: 'a', cells: ['GET /agents', '1,200'] },
  { key: 'b', cells: ['POST /agents', { text: '7 k', sortBy: 7000 }] },
  { key: 'c', cells: ['GET /tools', '90'] },
  { key: 'd', cells: ['GET /none', '–'] },
];
const keys = (shown: readonly Row[]) => shown.map(({ key }) => key).join('');

describe('Rows of a table', () => {
  it('are those that hold every word of the filter, in any case', () => {
    assert.equal(keys(shownRows(rows, columns, 'get AGENTS', null)), 'a');
    assert.equal(keys(shownRows(rows, columns, '', null)), 'abcd');
  });

  it('sort as numbers where the column is one, with what is none at the end', () => {
    assert.equal(keys(shownRows(rows, columns, '', { column: 1, isDescending: false })), 'cabd');
  });

  it('sort as text elsewhere', () => {
    assert.equal(keys(shownRows(rows, columns, '', { column: 0, isDescending: false })), 'adcb');
  });

  it('come back to the order they were sent in with the third click', () => {
    const first = nextOrder(null, 1, 'end');
    const second = nextOrder(first, 1, 'end');
    assert.deepEqual(
      [first?.isDescending, second?.isDescending, nextOrder(second, 1, 'end')],
      [true, false, null],
    );
  });

  it('are walked by the arrow keys and never left by them', () => {
    assert.deepEqual(
      [
        rowAfterKey('ArrowDown', 3, 4),
        rowAfterKey('ArrowUp', 0, 4),
        rowAfterKey('End', 0, 4),
        rowAfterKey('x', 0, 4),
      ],
      [3, 0, 3, null],
    );
  });
});
