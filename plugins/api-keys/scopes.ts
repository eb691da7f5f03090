import { z } from 'zod';

/**
 * What a key may do, or a route that needs no key: a method (or `*`, or none for every method) and a route:
 * `GET /agents/:id`, `* /agents/*`, `/docs/*`; `*` alone is everything. `:name` is one path segment, a `*` at the
 * end is any rest. GET includes HEAD.
 */
export const scopePattern = z
  .string()
  .max(500)
  .regex(
    /^(?:\*|(?:(?:\*|[A-Z]{2,16}) )?\/(?:[^\s*?#]*|(?:[^\s*?#]*\/)?\*))$/,
    'Write it as `GET /agents/:id`, `* /agents/*` or `*`.',
  );

export interface ScopeSet {
  readonly isEverything: boolean;
  /** True when one of the scopes covers this method and path. The path is as received, without query. */
  allows(method: string, path: string): boolean;
}

/**
 * Compiles scopes into one expression per method; each is linear. A path that a backend may read in two ways
 * (dot segments, encoded slashes, doubled slashes, matrix parameters) is covered by nothing but `*`.
 */
export function scopeSet(scopes: readonly string[]): ScopeSet {
  if (scopes.includes('*')) return { isEverything: true, allows: () => true };
  const expressions = expressionsByMethod(scopes);
  const forAny = expressions.get('*');
  return {
    isEverything: false,
    allows(method, path) {
      if (isAmbiguous(path)) return false;
      return forAny?.test(path) === true || expressions.get(method)?.test(path) === true;
    },
  };
}

const ambiguous = /%(?:25)*(?:2[ef]|5c|00)|[\\;]|\/\/|\/\.{1,2}(?:\/|$)/i;

/** Nearly every path has none of the marks, and is told by a look at each character. */
function isAmbiguous(path: string): boolean {
  let before = 0;
  for (let at = 0; at < path.length; at += 1) {
    const code = path.charCodeAt(at);
    const isMark = code === percent || code === backslash || code === semicolon;
    if (isMark || (before === slash && (code === slash || code === dot))) return ambiguous.test(path);
    before = code;
  }
  return false;
}

const percent = 0x25;
const dot = 0x2e;
const slash = 0x2f;
const semicolon = 0x3b;
const backslash = 0x5c;

function expressionsByMethod(scopes: readonly string[]): ReadonlyMap<string, RegExp> {
  const sources = new Map<string, string[]>();
  for (const scope of scopes) {
    const [method, route] = partsOf(scope);
    const methods = method === 'GET' ? ['GET', 'HEAD'] : [method];
    for (const each of methods) sources.set(each, [...(sources.get(each) ?? []), sourceOf(route)]);
  }
  return new Map([...sources].map(([method, each]) => [method, new RegExp(`^(?:${each.join('|')})$`)]));
}

function partsOf(scope: string): readonly [method: string, route: string] {
  const space = scope.indexOf(' ');
  return space === -1 ? ['*', scope] : [scope.slice(0, space), scope.slice(space + 1)];
}

function sourceOf(route: string): string {
  const hasRest = route.endsWith('/*');
  const segments = (hasRest ? route.slice(0, -2) : route).split('/').filter((each) => each !== '');
  const fixed = segments.map((each) => (each.startsWith(':') ? '/[^/]+' : `/${escaped(each)}`)).join('');
  return hasRest ? `${fixed}(?:/.*)?` : `${fixed}/?`;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
