import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { OutriderError, type Mode, type Plugin } from '../../shared/index.ts';
import { reasonOf } from './guardrail.ts';
import { importFresh } from './import-fresh.ts';
import type { LoadedPlugin } from './instance.ts';
import { checkedPlugin } from './shape.ts';

/** One plugin of the configuration. */
export interface PluginEntry {
  /** A built-in's name, a package, or a path. */
  readonly plugin: string;
  readonly mode: Mode;
  readonly options: unknown;
}

export interface LoadContext {
  readonly builtIns: readonly Plugin[];
  /** Plugins that a TypeScript or JavaScript configuration handed over as values, by name. */
  readonly given: ReadonlyMap<string, Plugin>;
  /** What paths and packages are found from: the folder of the configuration file. */
  readonly baseDir: string;
  readonly version: string;
}

/**
 * Finds a plugin, imports it and checks its shape; files are read anew at each call.
 * Throws `plugin_invalid` with the plugin, where it was looked for and the reason.
 */
export async function loadPlugin(entry: PluginEntry, context: LoadContext): Promise<LoadedPlugin> {
  const { plugin: name, options, mode } = entry;
  const given = context.given.get(name);
  if (given)
    return {
      plugin: checkedPlugin(given, name),
      options,
      mode,
      origin: 'file',
      codeVersion: context.version,
    };
  const builtIn = context.builtIns.find((each) => each.name === name);
  if (builtIn)
    return {
      plugin: builtIn,
      options,
      mode,
      origin: 'built-in',
      codeVersion: await builtInVersion(name, context.version),
    };
  if (isPath(name)) return { ...(await fromFile(name, context.baseDir)), options, mode };
  return { ...(await fromPackage(name, context)), options, mode };
}

export const isPath = (name: string): boolean =>
  name.startsWith('.') || isAbsolute(name) || name.startsWith('file:');

async function fromFile(name: string, baseDir: string) {
  const path = name.startsWith('file:') ? fileURLToPath(name) : resolve(baseDir, name);
  const found = await stat(path).catch(() => null);
  if (!found) throw new OutriderError('plugin_invalid', `There is no file ${path}.`);
  const file = found.isDirectory() ? await indexOf(path) : path;
  const plugin = checkedPlugin(await imported(pathToFileURL(file).href, baseDir, name), name);
  return { plugin, origin: 'file' as const, codeVersion: await hashOf([file]) };
}

async function indexOf(folder: string): Promise<string> {
  for (const name of ['index.ts', 'index.mjs', 'index.js']) {
    const file = join(folder, name);
    if (await stat(file).catch(() => null)) return file;
  }
  throw new OutriderError('plugin_invalid', `${folder} has no index.ts, index.mjs or index.js.`);
}

async function fromPackage(name: string, { baseDir, builtIns }: LoadContext) {
  const value = await imported(name, baseDir, name).catch((error: unknown) => {
    const isAbsent = error instanceof OutriderError && /Cannot find (package|module)/.test(error.message);
    if (!isAbsent) throw error;
    const known = builtIns.map((each) => each.name).join(', ');
    throw new OutriderError(
      'plugin_invalid',
      `${name} is neither built in (${known}) nor a package that can be found from ${baseDir}; a file is written as ./${name}.ts.`,
    );
  });
  const plugin = checkedPlugin(value, name);
  return {
    plugin,
    origin: 'package' as const,
    codeVersion: createHash('sha256').update(sourceOf(plugin)).digest('hex').slice(0, 16),
  };
}

async function imported(specifier: string, baseDir: string, name: string): Promise<unknown> {
  try {
    return await importFresh(specifier, baseDir);
  } catch (error) {
    throw new OutriderError('plugin_invalid', `${name} cannot be imported: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** A built-in changes with Outrider's version, and while Outrider itself is developed with its files. */
async function builtInVersion(name: string, version: string): Promise<string> {
  const folder = join(dirname(fileURLToPath(import.meta.url)), '../../plugins', name);
  const files = await readdir(folder).catch(() => []);
  return files.length === 0 ? version : hashOf(files.filter(isSource).map((file) => join(folder, file)));
}

const isSource = (file: string): boolean => file.endsWith('.ts') && !file.endsWith('.test.ts');

async function hashOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

/** What can be seen of a plugin's code from outside: the text of its functions. */
export function sourceOf(plugin: Plugin): string {
  const panels = (plugin.panels ?? []).map(({ id, initial, fold, view }) => [
    id,
    String(initial),
    ...fold.map(({ over, next }) => `${over.name} ${String(next)}`),
    String(view),
  ]);
  return JSON.stringify([plugin.name, String(plugin.setup), panels]);
}
