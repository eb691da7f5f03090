import type { PluginInfo } from '../../shared/protocol.ts';
import { commandIds, itemKinds } from '../contributions.ts';
import { timeOf } from '../dashboards/clock.ts';
import type { StreamInfo } from '../gateway/client.ts';
import { tones, type TreeIcon, type TreeNode } from './node.ts';

/** Streams with the ones that changed last on top. */
export function streamNodes(streams: readonly StreamInfo[]): readonly TreeNode[] {
  return [...streams]
    .sort((a, b) => b.lastAt.localeCompare(a.lastAt))
    .map(({ stream, version, lastAt }) => ({
      id: stream,
      label: stream,
      description: `${version} ${version === 1 ? 'event' : 'events'} · ${timeOf(lastAt)}`,
      icon: { name: 'git-commit', color: tones.calm },
      open: { command: commandIds.openStream, argument: stream },
    }));
}

/** Plugins in the order they run, each with what it may touch and what its hooks did. */
export function pluginNodes(plugins: readonly PluginInfo[]): readonly TreeNode[] {
  return plugins.map((plugin) => ({
    id: plugin.name,
    label: plugin.name,
    description: plugin.state === 'running' ? plugin.mode : `${plugin.state} · ${plugin.mode}`,
    tooltip: [`**${plugin.name}**`, plugin.summary, plugin.reason].filter(Boolean).join('\n\n'),
    icon: pluginIcon(plugin),
    kind: plugin.mode === 'enforce' ? itemKinds.enforcingPlugin : itemKinds.observingPlugin,
    subject: plugin,
    children: [...hookNodes(plugin), ...capabilityNodes(plugin)],
  }));
}

function pluginIcon({ state, mode }: PluginInfo): TreeIcon {
  if (state === 'failed') return { name: 'error', color: tones.bad };
  if (state === 'suspended') return { name: 'debug-pause', color: tones.warning };
  return mode === 'enforce' ? { name: 'shield', color: tones.good } : { name: 'eye', color: tones.calm };
}

function hookNodes({ name, hooks }: PluginInfo): readonly TreeNode[] {
  return hooks.map((hook) => ({
    id: `${name} hook ${hook.hook}`,
    label: hook.hook,
    description: hookText(hook),
    icon: hook.failures > 0 ? { name: 'warning', color: tones.warning } : { name: 'symbol-event' },
  }));
}

function hookText({ calls, denials, failures, microsecondsMean }: PluginInfo['hooks'][number]): string {
  const parts = [`${calls.toLocaleString('en')} calls`, `${Math.round(microsecondsMean)} µs`];
  if (denials > 0) parts.push(`${denials.toLocaleString('en')} denied`);
  if (failures > 0) parts.push(`${failures.toLocaleString('en')} failed`);
  return parts.join(' · ');
}

function capabilityNodes({ name, capabilities }: PluginInfo): readonly TreeNode[] {
  return capabilities.map(({ id, grants, sensitive }) => ({
    id: `${name} capability ${id}`,
    label: id,
    description: grants,
    tooltip: grants,
    icon: { name: sensitive ? 'unlock' : 'plug', ...(sensitive && { color: tones.warning }) },
  }));
}
