import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { View } from '../../shared/view.ts';
import { needsWidth } from './panel-width.ts';

const stat: View = { kind: 'stat', label: 'Events', value: '1' };

describe('The width of a panel', () => {
  it('is half for up to three figures side by side, so that another panel stands beside it', () => {
    assert.equal(needsWidth({ kind: 'columns', children: [stat, stat, stat] }), false);
  });

  it('is whole for more figures, and for charts side by side', () => {
    const chart: View = { kind: 'chart', title: 'Time', shape: 'line', x: 'time', series: [] };
    assert.equal(needsWidth({ kind: 'columns', children: [stat, stat, stat, stat] }), true);
    assert.equal(needsWidth({ kind: 'columns', children: [chart, chart] }), true);
  });
});
