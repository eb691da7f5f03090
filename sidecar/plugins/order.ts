import {
  ApplicationDatabase,
  BackendAccess,
  Credentials,
  Events,
  ExchangesInFlight,
  OutriderError,
  PrivateStore,
  Shared,
  type Plugin,
} from '../../shared/index.ts';

/** The capabilities the host itself hands out. */
export const hostCapabilities: ReadonlySet<string> = new Set(
  [Events, PrivateStore, Shared, ApplicationDatabase, Credentials, BackendAccess, ExchangesInFlight].map(
    ({ id }) => id,
  ),
);

/**
 * The order to set plugins up in: whoever provides a capability before whoever uses it, else as configured.
 * Throws `plugin_duplicate`, `plugin_invalid` (two providers, a circle) or `capability_missing`.
 */
export function setupOrder<Item extends { readonly plugin: Plugin }>(
  items: readonly Item[],
): readonly Item[] {
  checkNames(items);
  const providers = providersOf(items);
  const ordered = new Set<Item>();

  function place(item: Item, chain: readonly string[]): void {
    if (ordered.has(item)) return;
    const { name, uses } = item.plugin;
    if (chain.includes(name)) {
      throw new OutriderError('plugin_invalid', `${[...chain, name].join(' needs ')}: a circle.`);
    }
    for (const { id, grants } of Object.values(uses)) {
      if (hostCapabilities.has(id)) continue;
      const provider = providers.get(id);
      if (!provider) throw new OutriderError('capability_missing', `${name} uses ${id} (${grants}).`);
      place(provider, [...chain, name]);
    }
    ordered.add(item);
  }

  for (const item of items) place(item, []);
  return [...ordered];
}

/** A plugin's name and those of all that use, directly or not, what it provides. */
export function withDependents(name: string, plugins: readonly Plugin[]): ReadonlySet<string> {
  const affected = new Set([name]);
  for (let before = 0; before !== affected.size;) {
    before = affected.size;
    const provided = new Set(
      plugins.filter((each) => affected.has(each.name)).map(({ provides }) => provides?.id),
    );
    for (const { name: user, uses } of plugins) {
      if (Object.values(uses).some(({ id }) => provided.has(id))) affected.add(user);
    }
  }
  return affected;
}

function checkNames(items: readonly { readonly plugin: Plugin }[]): void {
  const names = new Set<string>();
  const kinds = new Map<string, string>();
  for (const { plugin } of items) {
    if (names.has(plugin.name))
      throw new OutriderError('plugin_duplicate', `Both are called ${plugin.name}.`);
    names.add(plugin.name);
    for (const { name: kind } of plugin.events ?? []) {
      const other = kinds.get(kind);
      if (other !== undefined) {
        throw new OutriderError(
          'plugin_invalid',
          `Both ${other} and ${plugin.name} declare the event ${kind}.`,
        );
      }
      kinds.set(kind, plugin.name);
    }
  }
}

function providersOf<Item extends { readonly plugin: Plugin }>(
  items: readonly Item[],
): ReadonlyMap<string, Item> {
  const providers = new Map<string, Item>();
  for (const item of items) {
    const { name, provides } = item.plugin;
    if (!provides) continue;
    const other = hostCapabilities.has(provides.id) ? 'the host' : providers.get(provides.id)?.plugin.name;
    if (other !== undefined) {
      throw new OutriderError('plugin_invalid', `Both ${other} and ${name} provide ${provides.id}.`);
    }
    providers.set(provides.id, item);
  }
  return providers;
}
