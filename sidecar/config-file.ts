import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseDocument } from 'yaml';
import { OutriderError, isRecord, type Plugin } from '../shared/index.ts';
import { importFresh } from './plugins/import-fresh.ts';

/** A configuration file as it was read, not yet checked. */
export interface ConfigFile {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Plugins a TypeScript or JavaScript file handed over as values, by name. */
  readonly plugins: ReadonlyMap<string, Plugin>;
}

/** The names looked for, in this order. */
export const configNames = ['yaml', 'yml', 'json', 'ts', 'js', 'mjs'].map(
  (ending) => `outrider.config.${ending}`,
);

/** Finds and reads the configuration file; null when none was named and none is there. Rejects with `config_unreadable`. */
export async function readConfigFile(cwd: string, named: string | undefined): Promise<ConfigFile | null> {
  const path = named === undefined ? await foundConfig(cwd) : resolve(cwd, named);
  if (path === null) return null;
  const values = await valuesIn(path);
  if (!isRecord(values)) throw unreadable(path, 'It must hold one object of settings.');
  return { path, ...withoutPlugins(values) };
}

/** The one configuration file of a folder, or null. Rejects with `config_unreadable` when there are two. */
export async function foundConfig(cwd: string): Promise<string | null> {
  const paths = configNames.map((name) => join(cwd, name));
  const isThere = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  const there = paths.filter((_, index) => isThere[index]);
  const [first, second] = there;
  if (first !== undefined && second !== undefined) {
    throw unreadable(first, `${basename(second)} is there too: keep one, or name it with --config.`);
  }
  return first ?? null;
}

async function valuesIn(path: string): Promise<unknown> {
  const ending = extname(path);
  if (['.ts', '.js', '.mjs', '.mts'].includes(ending)) return moduleIn(path);
  if (!['.yaml', '.yml', '.json'].includes(ending)) {
    throw unreadable(path, 'Its name must end in .yaml, .yml, .json, .ts, .js or .mjs.');
  }
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable(path, reasonOf(error), error);
  });
  return ending === '.json' ? jsonIn(path, text) : yamlIn(path, text);
}

function jsonIn(path: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw unreadable(path, `It is not JSON: ${reasonOf(error)}.`, error);
  }
}

function yamlIn(path: string, text: string): unknown {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw unreadable(path, `It is not YAML: ${error.message.split('\n')[0] ?? ''}`, error);
  // An empty file is a configuration that says nothing.
  return document.toJS() ?? {};
}

async function moduleIn(path: string): Promise<unknown> {
  try {
    return await importFresh(pathToFileURL(path).href, dirname(path));
  } catch (error) {
    throw unreadable(path, `It cannot be imported: ${reasonOf(error)}`, error);
  }
}

/** Entries made with `use(plugin, options, mode)` become named ones, so that one schema checks every file. */
function withoutPlugins(values: Readonly<Record<string, unknown>>): Omit<ConfigFile, 'path'> {
  const plugins = new Map<string, Plugin>();
  if (!Array.isArray(values['plugins'])) return { values, plugins };
  const entries = values['plugins'].map((entry: unknown) => {
    if (!isRecord(entry) || !isRecord(entry['plugin']) || typeof entry['plugin']['name'] !== 'string')
      return entry;
    // Checked like any plugin when it is loaded.
    plugins.set(entry['plugin']['name'], entry['plugin'] as unknown as Plugin);
    return { ...entry, plugin: entry['plugin']['name'] };
  });
  return { values: { ...values, plugins: entries }, plugins };
}

function unreadable(path: string, detail: string, cause?: unknown): OutriderError {
  return new OutriderError('config_unreadable', `${path}: ${detail}`, { cause });
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
