import type { GraphNode } from '../../shared/view.ts';

export interface Placed {
  readonly node: GraphNode;
  /** Column, from the left. */
  readonly layer: number;
  /** Row within the column, from the top. */
  readonly row: number;
}

type Edges = readonly (readonly [from: string, to: string])[];

/**
 * Layers from left to right, so that edges point right where the graph allows it (edges that close a cycle do not
 * count), then rows ordered by their neighbours' to keep crossings few.
 */
export function layOut(nodes: readonly GraphNode[], edges: Edges): readonly Placed[] {
  const ids = new Set(nodes.map(({ id }) => id));
  const forward = withoutCycles(
    nodes,
    edges.filter(([from, to]) => ids.has(from) && ids.has(to) && from !== to),
  );
  const layers = layersOf(nodes, forward);
  let columns = columnsOf(nodes, layers);
  for (let pass = 0; pass < 4; pass++) columns = ordered(columns, forward, pass % 2 === 0);
  return columns.flatMap((column, layer) => column.map((node, row) => ({ node, layer, row })));
}

/** The edges a depth-first walk does not find leading back to where it came from. */
function withoutCycles(nodes: readonly GraphNode[], edges: Edges): Edges {
  const next = grouped(edges, ([from]) => from);
  const state = new Map<string, 'open' | 'done'>();
  const kept: (readonly [string, string])[] = [];
  for (const { id } of nodes) if (!state.has(id)) walk(id);
  return kept;

  function walk(start: string) {
    const path = [{ id: start, left: [...(next.get(start) ?? [])] }];
    state.set(start, 'open');
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const edge = top.left.shift();
      if (edge === undefined) {
        state.set(top.id, 'done');
        path.pop();
      } else if (state.get(edge[1]) !== 'open') {
        kept.push(edge);
        if (!state.has(edge[1])) {
          state.set(edge[1], 'open');
          path.push({ id: edge[1], left: [...(next.get(edge[1]) ?? [])] });
        }
      }
    }
  }
}

/** The longest way from any source. */
function layersOf(nodes: readonly GraphNode[], edges: Edges): ReadonlyMap<string, number> {
  const layers = new Map(nodes.map(({ id }) => [id, 0]));
  const incoming = new Map(nodes.map(({ id }) => [id, 0]));
  for (const [, to] of edges) incoming.set(to, (incoming.get(to) ?? 0) + 1);
  const next = grouped(edges, ([from]) => from);
  const ready = nodes.map(({ id }) => id).filter((id) => incoming.get(id) === 0);
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    for (const [, to] of next.get(id) ?? []) {
      layers.set(to, Math.max(layers.get(to) ?? 0, (layers.get(id) ?? 0) + 1));
      incoming.set(to, (incoming.get(to) ?? 1) - 1);
      if (incoming.get(to) === 0) ready.push(to);
    }
  }
  return layers;
}

function columnsOf(nodes: readonly GraphNode[], layers: ReadonlyMap<string, number>): GraphNode[][] {
  const columns: GraphNode[][] = [];
  for (const node of nodes) (columns[layers.get(node.id) ?? 0] ??= []).push(node);
  return columns.map((column) => column ?? []);
}

function ordered(columns: GraphNode[][], edges: Edges, isForward: boolean): GraphNode[][] {
  const rows = new Map(columns.flatMap((column) => column.map(({ id }, row) => [id, row] as const)));
  const neighbours = grouped(edges, ([from, to]) => (isForward ? to : from));
  const weight = (id: string, row: number) => {
    const near = (neighbours.get(id) ?? []).map(([from, to]) => rows.get(isForward ? from : to) ?? 0);
    return near.length === 0 ? row : near.reduce((sum, value) => sum + value, 0) / near.length;
  };
  return columns.map((column) =>
    column
      .map((node, row) => ({ node, weight: weight(node.id, row) }))
      .sort((a, b) => a.weight - b.weight)
      .map(({ node }) => node),
  );
}

function grouped(edges: Edges, by: (edge: readonly [string, string]) => string) {
  const groups = new Map<string, (readonly [string, string])[]>();
  for (const edge of edges) {
    const group = groups.get(by(edge));
    if (group === undefined) groups.set(by(edge), [edge]);
    else group.push(edge);
  }
  return groups;
}
