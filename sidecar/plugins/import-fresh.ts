import { pathToFileURL } from 'node:url';

/**
 * The default export of a package, or of a TypeScript or JavaScript file (as a URL), found from a folder. Each call
 * gives a fresh copy of the module and of what it imports: that is what a reload needs.
 */
export async function importFresh(specifier: string, baseDir: string): Promise<unknown> {
  // Loaded when first needed: a sidecar of built-ins alone starts without a TypeScript compiler.
  const { tsImport } = await import('tsx/esm/api');
  const module: unknown = await tsImport(specifier, pathToFileURL(`${baseDir}/`).href);
  return defaultOf(defaultOf(module));
}

/** The default export; a CommonJS module wraps it once more. */
function defaultOf(module: unknown): unknown {
  return typeof module === 'object' && module !== null && 'default' in module ? module.default : module;
}
