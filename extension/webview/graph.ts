import { h, type ComponentChild } from 'preact';
import { useMemo } from 'preact/hooks';
import type { GraphNode } from '../../shared/view.ts';
import { layOut, type Place } from './graph-layout.ts';

const box = { width: 148, height: 32, gapX: 56, gapY: 16 };

interface GraphProps {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly (readonly [from: string, to: string])[];
}

/** Boxes and arrows, left to right; nodes of a group share a colour. */
export function GraphView({ nodes, edges }: GraphProps): ComponentChild {
  const layout = useMemo(() => layOut(nodes, edges), [nodes, edges]);
  if (nodes.length === 0) return h('p', { class: 'empty' }, 'There is nothing to draw yet.');
  const groups = [...new Set(nodes.map(({ group }) => group))];
  const places = [...layout.nodes, ...layout.routes.flat()];
  const width = places.reduce((most, place) => Math.max(most, left(place)), 0) + box.width + 2;
  const height = places.reduce((most, place) => Math.max(most, top(place)), 0) + box.height + 2;
  return h(
    'div',
    { class: 'graph', tabIndex: 0, role: 'group', 'aria-label': describe(nodes, edges) },
    h(
      'svg',
      { width, height, viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true' },
      h('defs', null, h(Arrow, null)),
      layout.routes.map((route, index) =>
        h('path', { key: index, class: 'edge', d: pathOf(route), 'marker-end': 'url(#arrow)' }),
      ),
      layout.nodes.map((place) =>
        h(Box, { key: place.node.id, place, color: groups.indexOf(place.node.group) % 5 }),
      ),
    ),
  );
}

function Arrow(): ComponentChild {
  const size = { refX: 7, refY: 4, markerWidth: 7, markerHeight: 7 };
  return h(
    'marker',
    { id: 'arrow', viewBox: '0 0 8 8', orient: 'auto', ...size },
    h('path', { d: 'M0 0L8 4L0 8z' }),
  );
}

/** From the right side of the first box to the left side of the last; straight through the free rows between. */
export function pathOf(route: readonly Place[]): string {
  return route
    .slice(1)
    .map((to, at) => {
      const from = route[at] ?? to;
      const isLast = at === route.length - 2;
      const [x1, y1] = [left(from) + box.width, middle(from)];
      const [x2, y2] = [left(to) - (isLast ? 1 : 0), middle(to)];
      const bend = Math.max(24, Math.abs(x2 - x1) / 2);
      const start = at === 0 ? `M${x1} ${y1}` : `L${x1} ${y1}`;
      return `${start}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
    })
    .join('');
}

interface BoxProps {
  readonly place: Place & { readonly node: GraphNode };
  readonly color: number;
}

function Box({ place, color }: BoxProps): ComponentChild {
  const [x, y] = [left(place), top(place)];
  const { label, group } = place.node;
  return h(
    'g',
    { class: `node series-${color}` },
    h('title', null, group === undefined ? label : `${label} (${group})`),
    h('rect', { x, y, width: box.width, height: box.height, rx: 5 }),
    h('text', { x: x + 12, y: y + box.height / 2 + 4 }, shortened(label)),
  );
}

function left({ layer }: Place): number {
  return 1 + layer * (box.width + box.gapX);
}

function top({ row }: Place): number {
  return 1 + row * (box.height + box.gapY);
}

function middle(place: Place): number {
  return top(place) + box.height / 2;
}

function shortened(label: string): string {
  return label.length > 20 ? `${label.slice(0, 19)}…` : label;
}

function describe(nodes: readonly GraphNode[], edges: GraphProps['edges']): string {
  const names = new Map(nodes.map(({ id, label }) => [id, label]));
  const arrows = edges
    .slice(0, 50)
    .map(([from, to]) => `${names.get(from) ?? from} to ${names.get(to) ?? to}`);
  return `Graph of ${nodes.length} nodes. ${arrows.join(', ')}`;
}
