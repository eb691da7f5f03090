import { h, type ComponentChild } from 'preact';
import { useMemo } from 'preact/hooks';
import type { GraphNode } from '../../shared/view.ts';
import { layOut, type Placed } from './graph-layout.ts';

const box = { width: 148, height: 32, gapX: 56, gapY: 16 };

interface GraphProps {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly (readonly [from: string, to: string])[];
}

/** Boxes and arrows, left to right; nodes of a group share a colour. */
export function GraphView({ nodes, edges }: GraphProps): ComponentChild {
  const placed = useMemo(() => layOut(nodes, edges), [nodes, edges]);
  if (nodes.length === 0) return h('p', { class: 'empty' }, 'There is nothing to draw yet.');
  const byId = new Map(placed.map((place) => [place.node.id, place]));
  const groups = [...new Set(nodes.map(({ group }) => group))];
  const wide = Math.max(...placed.map(left)) + box.width + 2;
  const high = Math.max(...placed.map(top)) + box.height + 2;
  return h(
    'div',
    { class: 'graph', tabIndex: 0, role: 'group', 'aria-label': describe(nodes, edges) },
    h(
      'svg',
      { width: wide, height: high, viewBox: `0 0 ${wide} ${high}`, 'aria-hidden': 'true' },
      h(
        'defs',
        null,
        h(
          'marker',
          {
            id: 'arrow',
            viewBox: '0 0 8 8',
            refX: 7,
            refY: 4,
            markerWidth: 7,
            markerHeight: 7,
            orient: 'auto',
          },
          h('path', { d: 'M0 0L8 4L0 8z' }),
        ),
      ),
      edges.map(([from, to]) => h(Edge, { key: `${from} ${to}`, from: byId.get(from), to: byId.get(to) })),
      placed.map((place) =>
        h(Box, { key: place.node.id, place, color: groups.indexOf(place.node.group) % 5 }),
      ),
    ),
  );
}

function Edge({
  from,
  to,
}: {
  readonly from: Placed | undefined;
  readonly to: Placed | undefined;
}): ComponentChild {
  if (from === undefined || to === undefined) return null;
  const [x1, y1] = [left(from) + box.width, top(from) + box.height / 2];
  const [x2, y2] = [left(to) - 1, top(to) + box.height / 2];
  const bend = Math.max(24, Math.abs(x2 - x1) / 2);
  return h('path', {
    class: 'edge',
    d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`,
    'marker-end': 'url(#arrow)',
  });
}

function Box({ place, color }: { readonly place: Placed; readonly color: number }): ComponentChild {
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

function left({ layer }: Placed): number {
  return 1 + layer * (box.width + box.gapX);
}

function top({ row }: Placed): number {
  return 1 + row * (box.height + box.gapY);
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
