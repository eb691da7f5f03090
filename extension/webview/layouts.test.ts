import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { Chart } from '../../shared/view.ts';
import { layOutChart, nearestStop, stopAfterKey } from './chart-layout.ts';
import { layOut } from './graph-layout.ts';
import { shareOf } from './plan-cost.ts';
import { sparkPoints } from './scale.ts';

const nodesOf = (ids: string) => [...ids].map((id) => ({ id, label: id }));

describe('The layout of a graph', () => {
  it('puts a node right of every node that leads to it', () => {
    const { nodes } = layOut(nodesOf('abc'), [
      ['a', 'b'],
      ['b', 'c'],
      ['a', 'c'],
    ]);
    assert.deepEqual(
      nodes.map(({ layer }) => layer),
      [0, 1, 2],
    );
  });

  it('gives an edge over several layers a row of its own between', () => {
    const { nodes, routes } = layOut(nodesOf('abc'), [
      ['a', 'b'],
      ['b', 'c'],
      ['a', 'c'],
    ]);
    const between = routes[2]?.[1];
    const b = nodes.find(({ node }) => node.id === 'b');
    assert.equal(between?.layer, b?.layer);
    assert.notEqual(between?.row, b?.row);
  });

  it('copes with cycles, self-loops, unknown ends and any other edges', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', '?');
    fc.assert(
      fc.property(fc.array(fc.tuple(id, id), { maxLength: 20 }), (edges) => {
        const { nodes } = layOut(nodesOf('abcde'), edges);
        assert.equal(nodes.length, 5);
        assert.equal(new Set(nodes.map(({ layer, row }) => `${layer} ${row}`)).size, 5);
      }),
    );
  });
});

const size = { width: 400, height: 200 };
const chart = (
  shape: Chart['shape'],
  ...series: readonly (readonly (readonly [number, number])[])[]
): Chart => ({
  kind: 'chart',
  title: 'T',
  shape,
  x: 'number',
  series: series.map((points, at) => ({ label: String(at), points })),
});

describe('The layout of a chart', () => {
  it('stacks bars of the same place and leaves room for the highest pile', () => {
    const layout = layOutChart(chart('bar', [[1, 60]], [[1, 60]]), size);
    const [lower, upper] = layout.series.map(({ bars }) => bars[0]);
    assert.ok(lower && upper && Math.abs(upper.y + upper.height - lower.y) < 0.01);
    assert.ok(upper.y >= layout.plot.top);
  });

  it('draws a line from the first point to the last over the whole width', () => {
    const { series, plot } = layOutChart(
      chart('line', [
        [0, 1],
        [5, 2],
        [10, 3],
      ]),
      size,
    );
    assert.ok(series[0]?.line.startsWith(`M${plot.left}.0 `));
    assert.ok(series[0]?.line.includes(`L${plot.right}.0 `));
  });

  it('shows a line of one point as a dot', () => {
    assert.notEqual(layOutChart(chart('line', [[1, 1]]), size).series[0]?.dot, null);
  });

  it('draws nothing wrong for any finite points', () => {
    const point = fc.tuple(fc.integer({ min: -1e6, max: 1e6 }), fc.integer({ min: -1e6, max: 1e6 }));
    fc.assert(
      fc.property(
        fc.array(point, { maxLength: 20 }),
        fc.constantFrom<Chart['shape']>('line', 'bar'),
        (points, shape) => {
          const layout = layOutChart(chart(shape, points), size);
          assert.doesNotMatch(JSON.stringify(layout), /NaN|Infinity|null,null/);
        },
      ),
    );
  });

  it('finds the point nearest to the pointer', () => {
    const { stops } = layOutChart(
      chart('line', [
        [0, 1],
        [10, 2],
      ]),
      size,
    );
    assert.equal(nearestStop(stops, 60), 0);
    assert.equal(nearestStop(stops, 390), 1);
    assert.equal(nearestStop([], 1), null);
  });

  it('is read by the arrow keys and left by Escape', () => {
    assert.deepEqual(
      [
        stopAfterKey('ArrowRight', null, 3),
        stopAfterKey('ArrowLeft', null, 3),
        stopAfterKey('ArrowRight', 2, 3),
      ],
      [0, 2, 2],
    );
    assert.equal(stopAfterKey('Escape', 1, 3), null);
    assert.equal(stopAfterKey('Tab', 1, 3), undefined);
  });
});

describe('Small drawings', () => {
  it('give a plan’s node the cost that is not its children’s', () => {
    const child = { label: 'c', cost: 80, children: [] };
    assert.equal(shareOf({ label: 'p', cost: 100, children: [child] }, 100), 0.2);
    assert.equal(shareOf({ label: 'p', children: [] }, 100), null);
  });

  it('draw a flat trend without dividing by nothing', () => {
    assert.doesNotMatch(sparkPoints([0, 0, 0], 100, 20), /NaN/);
  });
});
