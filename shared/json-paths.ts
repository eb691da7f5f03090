/** Values of one document that are looked at, paths that are told, and levels gone down. */
const valuesMax = 50_000;
const pathsMax = 500;
const depthMax = 12;

/**
 * The keys of a JSON document as paths, each once, lists left out: `items.owner.name`. Null for what is no JSON or has
 * more than can be told.
 */
export function jsonPaths(text: string): readonly string[] | null {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return null;
  }
  const walk: Walk = { paths: new Set(), values: 0 };
  visit(document, '', 0, walk);
  return walk.values > valuesMax || walk.paths.size > pathsMax ? null : [...walk.paths];
}

interface Walk {
  readonly paths: Set<string>;
  values: number;
}

function visit(value: unknown, path: string, depth: number, walk: Walk): void {
  walk.values += 1;
  if (typeof value !== 'object' || value === null || depth > depthMax) return;
  if (walk.values > valuesMax || walk.paths.size > pathsMax) return;
  if (Array.isArray(value)) return value.forEach((each) => visit(each, path, depth + 1, walk));
  for (const [key, child] of Object.entries(value)) {
    const below = path === '' ? key : `${path}.${key}`;
    walk.paths.add(below);
    visit(child, below, depth + 1, walk);
  }
}
