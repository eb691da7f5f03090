/** Names the variable parts of a path. */
export type Router = (path: string) => string;

/** Paths whose routes are remembered; then it starts anew, so hostile paths cost memory only up to here. */
const remembered = 4096;
const maxPathLength = 1024;

/** Tries the patterns in order, then guesses. Patterns are paths with `:name` for one segment and `:name*` for the rest. */
export function routerOf(patterns: readonly string[]): Router {
  const compiled = patterns.map((pattern) => ({ pattern, matcher: matcherOf(pattern) }));
  const routes = new Map<string, string>();
  return (path) => {
    const known = routes.get(path);
    if (known !== undefined) return known;
    const route = compiled.find(({ matcher }) => matcher.test(path))?.pattern ?? guess(path);
    if (routes.size >= remembered) routes.clear();
    if (path.length <= maxPathLength) routes.set(path, route);
    return route;
  };
}

function matcherOf(pattern: string): RegExp {
  const parts = pattern.split('/').map((part) => {
    if (part.startsWith(':')) return part.endsWith('*') ? '.*' : '[^/]+';
    return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('/')}/?$`);
}

function guess(path: string): string {
  return path
    .slice(0, maxPathLength)
    .split('/')
    .map((segment) => (isVariable(segment) ? ':id' : segment))
    .join('/');
}

/** Numbers, UUIDs, ULIDs, long hex, and long mixtures of letters and digits as base64 makes them. */
function isVariable(segment: string): boolean {
  if (segment.length === 0) return false;
  if (/^\d+$/.test(segment)) return true;
  if (segment.length < 12) return false;
  if (/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(segment)) return true;
  if (/^[0-9a-f]+$/i.test(segment)) return /\d/.test(segment);
  if (/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i.test(segment)) return true;
  return segment.length >= 16 && isMixed(segment);
}

/** Letters and digits in turn at least three times: `agents-2024-overview` is a word, `dGhpc0lzMTIz` is not. */
function isMixed(segment: string): boolean {
  if (!/^[\w\-~=]+$/.test(segment)) return false;
  const hasBothCases = /[a-z]/.test(segment) && /[A-Z]/.test(segment);
  const turns = segment.match(/[A-Za-z]\d/g)?.length ?? 0;
  return turns >= 3 || (hasBothCases && turns >= 1 && !/[-_]/.test(segment));
}
