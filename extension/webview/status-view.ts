import { perSecond } from '../dashboards/status-line.ts';
import { knownCommands } from '../dashboards/known-commands.ts';
import type { PluginInfo, Status } from '../../shared/protocol.ts';
import type { Row, Stat, Tone, View } from '../../shared/view.ts';

/** How the sidecar is, as figures with their last minute. */
export function statusView(statuses: readonly Status[]): View | null {
  const now = statuses.at(-1);
  if (now === undefined) return null;
  const trend = (read: (status: Status) => number) => statuses.map(read);
  const stats: Stat[] = [
    {
      kind: 'stat',
      label: 'Requests',
      value: `${perSecond(now.http.perSecond)} /s`,
      note: `${now.http.inFlight} in flight`,
      trend: trend(({ http }) => http.perSecond),
    },
    {
      kind: 'stat',
      label: 'Errors',
      value: `${perSecond(now.http.errorsPerSecond)} /s`,
      tone: now.http.errorsPerSecond > 0 ? 'bad' : 'good',
      trend: trend(({ http }) => http.errorsPerSecond),
    },
    {
      kind: 'stat',
      label: 'Statements',
      value: `${perSecond(now.sql.perSecond)} /s`,
      note: connectionsOf(now),
      trend: trend(({ sql }) => sql.perSecond),
    },
    {
      kind: 'stat',
      label: 'Events',
      value: now.log.head.toLocaleString('en'),
      note: logNote(now),
      tone: now.log.sampledAway > 0 ? 'warning' : 'neutral',
    },
    {
      kind: 'stat',
      label: 'Open findings',
      value: String(now.openFindings),
      tone: now.openFindings > 0 ? 'warning' : 'good',
    },
  ];
  return { kind: 'stack', children: stats };
}

function connectionsOf({ sql }: Status): string {
  const opaque = sql.opaqueConnections > 0 ? `, ${sql.opaqueConnections} opaque` : '';
  return `${sql.connections} connections${opaque}`;
}

function logNote({ log }: Status): string {
  if (log.sampledAway > 0) return `${log.sampledAway.toLocaleString('en')} sampled away`;
  return log.store === 'embedded' ? 'in the embedded store' : 'in PostgreSQL';
}

/** Every plugin with what it may touch and what it takes. */
export function pluginsView(plugins: readonly PluginInfo[], commands: ReadonlySet<string>): View {
  return {
    kind: 'table',
    title: 'Installed plugins',
    empty: 'No plugin is running.',
    columns: [
      { label: 'Plugin' },
      { label: 'Mode' },
      { label: 'State' },
      { label: 'May touch' },
      { label: 'Calls', align: 'end' },
      { label: 'Denied', align: 'end' },
      { label: 'Failed', align: 'end' },
      { label: 'µs a call', align: 'end' },
    ],
    rows: plugins.map((plugin) => pluginRow(plugin, commands)),
  };
}

const stateTones: Readonly<Record<PluginInfo['state'], Tone>> = {
  running: 'good',
  suspended: 'warning',
  failed: 'bad',
};

function pluginRow(plugin: PluginInfo, commands: ReadonlySet<string>): Row {
  const sum = (read: (hook: PluginInfo['hooks'][number]) => number) =>
    plugin.hooks.reduce((total, hook) => total + read(hook), 0);
  const calls = sum((hook) => hook.calls);
  const mean = calls === 0 ? 0 : sum((hook) => hook.microsecondsMean * hook.calls) / calls;
  const touches = plugin.capabilities.map(({ id }) => id).join(', ');
  return {
    key: plugin.name,
    cells: [
      plugin.name,
      { text: plugin.mode, tone: plugin.mode === 'enforce' ? 'good' : 'neutral' },
      {
        text: plugin.reason ? `${plugin.state}: ${plugin.reason}` : plugin.state,
        tone: stateTones[plugin.state],
      },
      touches || 'nothing',
      figure(calls),
      { ...figure(sum((hook) => hook.denials)) },
      failures(sum((hook) => hook.failures)),
      figure(Math.round(mean)),
    ],
    actions: pluginActions(plugin, commands),
  };
}

function figure(value: number) {
  return { text: value.toLocaleString('en'), sortBy: value };
}

function failures(count: number) {
  return { ...figure(count), tone: count > 0 ? ('bad' as const) : ('neutral' as const) };
}

function pluginActions(plugin: PluginInfo, commands: ReadonlySet<string>) {
  const other = plugin.mode === 'enforce' ? 'observe' : 'enforce';
  const actions = [
    {
      label: other === 'enforce' ? 'Enforce' : 'Observe',
      command: knownCommands.setPluginMode,
      input: { plugin: plugin.name, mode: other },
      confirm: `Let ${plugin.name} ${other === 'enforce' ? 'act on traffic' : 'only report'}?`,
    },
    { label: 'Reload', command: knownCommands.reloadPlugin, input: { plugin: plugin.name } },
  ];
  return actions.filter(({ command }) => commands.has(command));
}
