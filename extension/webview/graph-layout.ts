import type { GraphNode } from '../../shared/view.ts';

export interface Place {
  /** Column, from the left. */
  readonly layer: number;
  /** Row within the column, from the top. */
  readonly row: number;
}

export interface GraphLayout {
  readonly nodes: readonly (Place & { readonly node: GraphNode })[];
  /** For each edge the places it leads through, both ends included, so that it passes no other node. */
  readonly routes: readonly (readonly Place[])[];
}

type Edge = readonly [from: string, to: string];

/**
 * Layers from left to right, so that edges point right where the graph allows it (edges that close a cycle do not
 * count), then rows ordered by their neighbours' to keep crossings few. An edge over several layers takes a row of its
 * own in each layer between.
 */
export function layOut(nodes: readonly GraphNode[], edges: readonly Edge[]): GraphLayout {
  const known = new Map(nodes.map((node) => [node.id, node]));
  const drawn = edges.filter(([from, to]) => known.has(from) && known.has(to) && from !== to);
  const forward = withoutCycles([...known.keys()], drawn);
  const layers = layersOf([...known.keys()], forward);
  const chains = drawn.map((edge, index) =>
    forward.includes(edge) ? chainOf(edge, index, layers) : [...edge],
  );
  const steps = chains.flatMap((chain) => chain.slice(1).map((to, at): Edge => [chain[at] ?? to, to]));
  const places = placesOf(layers, steps);
  return {
    nodes: nodes.flatMap((node) => {
      const place = places.get(node.id);
      return place === undefined ? [] : [{ ...place, node }];
    }),
    routes: chains.map((chain) => chain.flatMap((id) => places.get(id) ?? [])),
  };
}

/** The edges a depth-first walk does not find leading back to where it came from. */
function withoutCycles(ids: readonly string[], edges: readonly Edge[]): readonly Edge[] {
  const next = grouped(edges, ([from]) => from);
  const state = new Map<string, 'open' | 'done'>();
  const kept: Edge[] = [];
  for (const id of ids) if (!state.has(id)) walk(id);
  return kept;

  function walk(start: string) {
    const path = [{ id: start, left: [...(next.get(start) ?? [])] }];
    state.set(start, 'open');
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const edge = top.left.shift();
      if (edge === undefined) {
        state.set(top.id, 'done');
        path.pop();
        continue;
      }
      const [, to] = edge;
      if (state.get(to) === 'open') continue;
      kept.push(edge);
      if (state.has(to)) continue;
      state.set(to, 'open');
      path.push({ id: to, left: [...(next.get(to) ?? [])] });
    }
  }
}

/** The longest way from any source. */
function layersOf(ids: readonly string[], edges: readonly Edge[]): Map<string, number> {
  const layers = new Map(ids.map((id) => [id, 0]));
  const incoming = new Map(ids.map((id) => [id, 0]));
  for (const [, to] of edges) incoming.set(to, (incoming.get(to) ?? 0) + 1);
  const next = grouped(edges, ([from]) => from);
  const ready = ids.filter((id) => incoming.get(id) === 0);
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    for (const [, to] of next.get(id) ?? []) {
      layers.set(to, Math.max(layers.get(to) ?? 0, (layers.get(id) ?? 0) + 1));
      incoming.set(to, (incoming.get(to) ?? 1) - 1);
      if (incoming.get(to) === 0) ready.push(to);
    }
  }
  return layers;
}

/** The ids from one end to the other; places between get ids of their own, which are added to `layers`. */
function chainOf([from, to]: Edge, index: number, layers: Map<string, number>): string[] {
  const first = layers.get(from) ?? 0;
  const between = Math.max(0, (layers.get(to) ?? 0) - first - 1);
  const ids = Array.from({ length: between }, (_, at) => `\u0000${index}.${at}`);
  ids.forEach((id, at) => layers.set(id, first + at + 1));
  return [from, ...ids, to];
}

function placesOf(layers: ReadonlyMap<string, number>, steps: readonly Edge[]): ReadonlyMap<string, Place> {
  let columns: string[][] = [];
  for (const [id, layer] of layers) (columns[layer] ??= []).push(id);
  columns = Array.from(columns, (column) => column ?? []);
  for (let pass = 0; pass < 6; pass++) columns = ordered(columns, steps, pass % 2 === 0);
  return new Map(columns.flatMap((column, layer) => column.map((id, row) => [id, { layer, row }] as const)));
}

/** Each column by the mean row of its neighbours on the left (or, on the way back, on the right). */
function ordered(columns: string[][], steps: readonly Edge[], isForward: boolean): string[][] {
  const rows = new Map(columns.flatMap((column) => column.map((id, row) => [id, row] as const)));
  const near = grouped(steps, ([from, to]) => (isForward ? to : from));
  const weight = (id: string, row: number) => {
    const others = (near.get(id) ?? []).map(([from, to]) => rows.get(isForward ? from : to) ?? 0);
    return others.length === 0 ? row : others.reduce((sum, value) => sum + value, 0) / others.length;
  };
  return columns.map((column) =>
    column
      .map((id, row) => ({ id, weight: weight(id, row) }))
      .sort((a, b) => a.weight - b.weight)
      .map(({ id }) => id),
  );
}

function grouped(edges: readonly Edge[], by: (edge: Edge) => string): ReadonlyMap<string, Edge[]> {
  const groups = new Map<string, Edge[]>();
  for (const edge of edges) {
    const group = groups.get(by(edge));
    if (group === undefined) groups.set(by(edge), [edge]);
    else group.push(edge);
  }
  return groups;
}
