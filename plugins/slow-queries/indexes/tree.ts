/** A parse tree as `libpg-query` gives it: one member named after the node's type, its fields inside. */
export type Tree = unknown;

/** A member of an object whose shape is known only at run time. */
export function field(node: Tree, name: string): Tree {
  if (typeof node !== 'object' || node === null) return undefined;
  // Safe: any object may be read by name; what is not there is undefined.
  return (node as Readonly<Record<string, unknown>>)[name];
}

export function list(node: Tree, name: string): readonly Tree[] {
  const found = field(node, name);
  return Array.isArray(found) ? found : [];
}

/** The node's type and its fields; `A_Expr`, `ColumnRef` … */
export function typed(node: Tree): readonly [type: string, fields: Tree] {
  if (typeof node !== 'object' || node === null) return ['', undefined];
  const [first] = Object.entries(node);
  return first ?? ['', undefined];
}

export function text(node: Tree, name: string): string | null {
  const found = field(node, name);
  return typeof found === 'string' ? found : null;
}

/** The words of a list of `String` nodes. */
export function words(nodes: readonly Tree[]): readonly string[] {
  return nodes.flatMap((each) => text(field(each, 'String'), 'sval') ?? []);
}

/** Every node of a type below a node, without entering what `isClosed` names. */
export function nodesBelow(
  root: Tree,
  type: string,
  isClosed: (type: string) => boolean = () => false,
): readonly Tree[] {
  const found: Tree[] = [];
  const pending: Tree[] = [root];
  while (pending.length > 0) {
    const node = pending.pop();
    if (Array.isArray(node)) {
      for (let place = node.length - 1; place >= 0; place -= 1) pending.push(node[place]);
    } else if (typeof node === 'object' && node !== null) {
      for (const [name, value] of Object.entries(node)) {
        if (name === type) found.push(value);
        if (!isClosed(name)) pending.push(value);
      }
    }
  }
  return found;
}
