import type { Command, CommandInfo, Panel, PanelInfo, PluginInfo } from '../../shared/index.ts';
import type { FoundCommand } from './commands.ts';
import type { RailedCommand, Slot } from './instance.ts';

/** What there is to look at and to ask for, by address. */
export interface Catalogue {
  plugins(): readonly PluginInfo[];
  panels(): readonly PanelInfo[];
  commands(): readonly CommandInfo[];
  panel(id: string): { readonly panel: Panel; readonly version: string } | undefined;
  command(id: string): Command | undefined;
  find(id: string): FoundCommand | undefined;
}

/** The name the host's own commands are listed under. */
const hostName = 'host';

export function createCatalogue(
  slots: () => readonly Slot[],
  hostCommands: ReadonlyMap<string, RailedCommand>,
): Catalogue {
  const slotOf = (address: string): readonly [Slot | undefined, string] => {
    const [plugin = '', name = ''] = address.split('/');
    return [slots().find((slot) => slot.name === plugin), name];
  };

  function find(id: string): FoundCommand | undefined {
    const own = hostCommands.get(id);
    if (own) return { ...own, busy: null };
    const [slot, name] = slotOf(id);
    const found = slot?.instance.commands.get(name);
    return slot && found ? { ...found, busy: slot.instance.busy } : undefined;
  }

  return {
    find,
    plugins: () => slots().map(pluginInfo),
    panels: () => slots().flatMap(panelInfos),
    commands: () => [
      ...slots().flatMap(({ name, instance }) =>
        [...instance.commands].map(([id, command]) => commandInfo(name, `${name}/${id}`, command)),
      ),
      ...[...hostCommands].map(([id, command]) => commandInfo(hostName, id, command)),
    ],
    panel(id) {
      const [slot, panelId] = slotOf(id);
      const panel = slot?.instance.loaded.plugin.panels?.find((each) => each.id === panelId);
      return slot && panel ? { panel, version: slot.instance.panelVersion } : undefined;
    },
    command: (id) => find(id)?.command,
  };
}

function pluginInfo({ name, mode, instance, reloadFailure }: Slot): PluginInfo {
  const { plugin, origin } = instance.loaded;
  const suspended = instance.rails.find(({ suspension }) => suspension !== null);
  const reason = suspended?.suspension
    ? `${suspended.hook}: ${suspended.suspension.reason}`
    : reloadFailure && `The last reload failed, so the code before it still runs: ${reloadFailure}`;
  return {
    name,
    summary: plugin.summary,
    mode,
    state: suspended ? 'suspended' : 'running',
    ...(reason !== null && { reason }),
    origin,
    capabilities: Object.values(plugin.uses).map(({ id, grants, sensitive }) => ({ id, grants, sensitive })),
    panels: (plugin.panels ?? []).map(({ id }) => `${name}/${id}`),
    commands: [...instance.commands.keys()].map((id) => `${name}/${id}`),
    hooks: instance.rails
      .filter(({ calls, hook }) => hook !== 'every' || calls > 0)
      .map(({ hook, calls, failures, denials, microsecondsMean }) => ({
        hook,
        calls,
        failures,
        denials,
        microsecondsMean,
      })),
  };
}

function panelInfos({ name, instance }: Slot): readonly PanelInfo[] {
  const panels = instance.loaded.plugin.panels ?? [];
  return panels.map(({ id, title, dashboard }) => ({ id: `${name}/${id}`, title, dashboard, plugin: name }));
}

function commandInfo(plugin: string, id: string, { command, inputSchema }: RailedCommand): CommandInfo {
  const { title, summary, effect, returnsView, cli } = command;
  return {
    id,
    plugin,
    title,
    ...(summary !== undefined && { summary }),
    effect,
    returnsView,
    ...(cli !== undefined && { cli }),
    inputSchema: { ...inputSchema },
  };
}
