import { OutriderError, type Plugin } from '../../shared/index.ts';
import type { LoadedConfig } from '../config.ts';
import type { LoadedPlugin } from './instance.ts';
import { loadPlugin, type LoadContext, type PluginEntry } from './load.ts';

/** The plugins a configuration names. */
export interface ConfiguredPlugins {
  /** All of them, in order: as listed, then the built-ins that are not listed. */
  loadAll(): Promise<readonly LoadedPlugin[]>;
  /** One of them anew, with the options the configuration has by now. */
  loadAgain(name: string): Promise<LoadedPlugin>;
}

/** `readConfig` is called anew for each reload. */
export function configuredPlugins(
  first: LoadedConfig,
  readConfig: () => Promise<LoadedConfig>,
  builtIns: readonly Plugin[],
  version: string,
): ConfiguredPlugins {
  /** How the configuration spells a plugin, by its name. */
  const spelling = new Map<string, string>();
  const contextOf = ({ plugins, baseDir }: LoadedConfig): LoadContext => ({
    builtIns,
    given: plugins,
    baseDir,
    version,
  });

  return {
    async loadAll() {
      const loaded: LoadedPlugin[] = [];
      for (const entry of entriesOf(first, builtIns)) {
        const found = await loadPlugin(entry, contextOf(first));
        spelling.set(found.plugin.name, entry.plugin);
        loaded.push(found);
      }
      return loaded;
    },
    async loadAgain(name) {
      const config = await readConfig();
      const entry = entriesOf(config, builtIns).find(({ plugin }) => plugin === spelling.get(name));
      if (!entry) {
        throw new OutriderError(
          'plugin_unknown',
          `${name} is not in the configuration any more: start again.`,
        );
      }
      return loadPlugin(entry, contextOf(config));
    },
  };
}

/** Entries that are not switched off, and the built-ins nobody mentioned. */
function entriesOf({ config }: LoadedConfig, builtIns: readonly Plugin[]): readonly PluginEntry[] {
  const listed = config.plugins.flatMap(({ plugin, mode = config.mode, options }): readonly PluginEntry[] =>
    mode === 'off' ? [] : [{ plugin, mode, options }],
  );
  const named = new Set(config.plugins.map(({ plugin }) => plugin));
  const others = builtIns
    .filter(({ name }) => !named.has(name))
    .map(({ name }) => ({ plugin: name, mode: config.mode, options: {} }));
  return [...listed, ...others];
}
