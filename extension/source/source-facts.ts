import { endOf, functionsIn, type FunctionPlace } from './functions.ts';
import { modelsIn, type ModelPlace } from './models.ts';
import { routesIn, type RoutePlace } from './routes.ts';
import { usesIn, type UsePlace } from './uses.ts';

/** What one file of the workspace says about routes, models and queries. */
export interface SourceFacts {
  /** From the workspace's folder, with `/`. */
  readonly file: string;
  readonly functions: readonly FunctionPlace[];
  /** With the last line of a handler that is written in place. */
  readonly routes: readonly (RoutePlace & { readonly endLine: number })[];
  readonly models: readonly ModelPlace[];
  readonly uses: readonly UsePlace[];
}

/** Files whose names end so are looked through. */
export const sourceEndings = ['py', 'ts', 'tsx', 'mts', 'cts', 'js', 'jsx', 'mjs', 'cjs', 'prisma'] as const;

const mostOfEach = 500;

/** Reads a file line by line; takes about as long as the file takes to be split. */
export function factsIn(file: string, text: string): SourceFacts {
  const lines = text.split(/\r?\n/);
  const language = file.endsWith('.py') ? 'python' : 'script';
  return {
    file,
    functions: functionsIn(lines, language).slice(0, mostOfEach),
    routes: routesIn(lines)
      .slice(0, mostOfEach)
      .map((route) => ({ ...route, endLine: handlerEnd(lines, route.line) })),
    models: modelsIn(lines, file).slice(0, mostOfEach),
    uses: usesIn(lines).slice(0, mostOfEach),
  };
}

/** Of a decorated function its end; else that of the call that declares the route. */
function handlerEnd(lines: readonly string[], line: number): number {
  const text = lines[line - 1] ?? '';
  const indent = text.length - text.trimStart().length;
  if (!text.trimStart().startsWith('@')) return endOf(lines, line - 1, indent);
  for (let at = line; at < Math.min(lines.length, line + 10); at++) {
    const below = lines[at] ?? '';
    if (/^\s*(?:async\s+)?def\s/.test(below) || /^\s*(?!@)[\w\s*]+\([^)]*\)?.*\{?\s*$/.test(below))
      return endOf(lines, at, indent);
  }
  return line;
}
