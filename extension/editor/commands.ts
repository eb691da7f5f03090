import * as vscode from 'vscode';
import type { CommandInfo, OpenFinding, PluginInfo } from '../../shared/protocol.ts';
import type { Action } from '../../shared/view.ts';
import { commandIds, openCommandId } from '../contributions.ts';
import { dashboards, type DashboardId } from '../dashboards/catalogue.ts';
import { knownCommands } from '../dashboards/known-commands.ts';
import { gatewayAddress } from '../gateway/discovery.ts';
import type { ListedKey } from '../trees/key-nodes.ts';
import type { Connection } from './connection.ts';
import type { DashboardPanels } from './dashboard-panels.ts';
import type { SideBar } from './side-bar.ts';

export interface CommandParts {
  readonly connection: Connection;
  readonly panels: DashboardPanels;
  readonly sideBar: SideBar;
}

/** Every command of the extension. What asks for more, or shows something, does so in a dashboard. */
export function registerCommands(parts: CommandParts): vscode.Disposable {
  const { connection, panels, sideBar } = parts;
  const act = (dashboard: DashboardId, command: string, input: Action['input'], more: Partial<Action> = {}) =>
    panels.act(dashboard, { label: '', command, ...(input && { input }), ...more });
  const calls: Readonly<Record<string, (argument: unknown) => unknown>> = {
    ...Object.fromEntries(dashboards.map(({ id }) => [openCommandId(id), () => panels.open(id)])),
    [commandIds.connect]: () => connect(connection),
    [commandIds.disconnect]: () => connection.disconnect(),
    [commandIds.refresh]: () => sideBar.refresh(),
    [commandIds.createKey]: () =>
      act('keys', knownCommands.createKey, undefined, { label: 'Create', asks: true }),
    [commandIds.rotateKey]: (argument) => withKey(connection, argument, rotate),
    [commandIds.revokeKey]: (argument) => withKey(connection, argument, revoke),
    [commandIds.openKey]: (id) => act('keys', knownCommands.openKey, { id }),
    [commandIds.openExchange]: (exchangeId) => act('overview', knownCommands.openExchange, { exchangeId }),
    [commandIds.openStream]: (stream) => act('events', knownCommands.openStream, { stream }),
    [commandIds.openFinding]: (argument) => openFinding(openOne(argument)),
    [commandIds.fixFinding]: (argument) => fixFinding(findingOf(argument)),
    [commandIds.dismissFinding]: (argument) => dismissFinding(findingOf(argument)),
    [commandIds.enforcePlugin]: (argument) => setMode(pluginOf(argument), 'enforce'),
    [commandIds.observePlugin]: (argument) => setMode(pluginOf(argument), 'observe'),
    [commandIds.reloadPlugin]: (argument) => reload(pluginOf(argument)),
    [commandIds.runCommand]: () => runAny(connection, act),
    [commandIds.travel]: () => travel(connection, panels),
    [commandIds.goLive]: () => panels.travel(null),
  };
  const registered = Object.entries(calls).map(([id, call]) =>
    vscode.commands.registerCommand(id, (argument: unknown) => call(argument)),
  );
  return vscode.Disposable.from(...registered);

  function rotate({ id, label }: ListedKey) {
    const confirm = `Make a successor of “${label}”? The old one goes on for the grace.`;
    act('keys', knownCommands.rotateKey, { id }, { label: 'Rotate', confirm });
  }

  function revoke({ id, label }: ListedKey) {
    const confirm = `Revoke “${label}”? It ends at once and cannot be brought back.`;
    act('keys', knownCommands.revokeKey, { id }, { label: 'Revoke', confirm });
  }

  /** A problem's link names the finding; everything else hands it over. */
  function openOne(argument: unknown): OpenFinding | undefined {
    const given = findingOf(argument);
    const isSame = (each: OpenFinding): boolean => each.plugin === given?.plugin && each.key === given.key;
    return given === undefined || 'title' in given ? given : connection.session?.findings.find(isSame);
  }

  function openFinding(finding: OpenFinding | undefined) {
    if (finding?.details === undefined) return panels.open('overview');
    act('overview', finding.details.command, finding.details.input);
  }

  function fixFinding(finding: OpenFinding | undefined) {
    if (finding?.fix === undefined) return;
    const { command, input, label } = finding.fix;
    act('overview', command, input, { label, confirm: `${label}?` });
  }

  function dismissFinding(finding: OpenFinding | undefined) {
    if (finding === undefined) return;
    const { plugin, key } = finding;
    return runQuietly(connection, knownCommands.dismissFinding, { plugin, key });
  }

  function setMode(plugin: PluginInfo | undefined, mode: PluginInfo['mode']) {
    if (plugin === undefined) return panels.open('plugins');
    return runQuietly(connection, knownCommands.setPluginMode, { plugin: plugin.name, mode });
  }

  function reload(plugin: PluginInfo | undefined) {
    if (plugin === undefined) return panels.open('plugins');
    return runQuietly(connection, knownCommands.reloadPlugin, { plugin: plugin.name });
  }
}

async function connect(connection: Connection): Promise<void> {
  const address = await vscode.window.showInputBox({
    title: 'Connect to a sidecar (1/2)',
    prompt: 'The address of its gateway',
    value: connection.session?.gateway ?? 'http://127.0.0.1:7070',
    ignoreFocusOut: true,
    validateInput: (text) => (gatewayAddress(text) === null ? 'Write it as http://HOST:PORT.' : null),
  });
  const gateway = address === undefined ? null : gatewayAddress(address);
  if (gateway === null) return;
  const token = await vscode.window.showInputBox({
    title: 'Connect to a sidecar (2/2)',
    prompt: 'Its token; the sidecar names the file it lies in when it starts',
    password: true,
    ignoreFocusOut: true,
    validateInput: (text) => (text.trim() === '' ? 'The gateway needs its token.' : null),
  });
  if (token !== undefined) await connection.connect({ gateway, token: token.trim() });
}

/** The key of a tree item, or one that is picked. */
async function withKey(
  connection: Connection,
  argument: unknown,
  call: (key: ListedKey) => void,
): Promise<void> {
  const given = keyOf(argument) ?? (await pickKey(connection));
  if (given !== undefined) call(given);
}

async function pickKey(connection: Connection): Promise<ListedKey | undefined> {
  const { session } = connection;
  if (session === null) return void showDisconnected();
  try {
    const { keys } = await session.keys.listApiKeys({ limit: 500 });
    const usable = keys.filter(({ status }) => status === 'active' || status === 'rotating');
    const items = usable.map((key) => ({
      label: key.label,
      description: `${key.status} ${key.start ?? ''}`,
      key,
    }));
    return (await vscode.window.showQuickPick(items, { placeHolder: 'Which key?' }))?.key;
  } catch (error) {
    return void showError(error);
  }
}

type Act = (dashboard: DashboardId, command: string, input: Action['input'], more?: Partial<Action>) => void;

async function runAny(connection: Connection, act: Act): Promise<void> {
  const { session } = connection;
  if (session === null) return showDisconnected();
  const items = session.catalogue.commands.map((command) => ({
    label: command.title,
    description: command.id,
    ...(command.summary !== undefined && { detail: command.summary }),
    command,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: 'Which command of the sidecar?',
    matchOnDescription: true,
  });
  if (picked === undefined) return;
  const { command } = picked;
  const confirm = command.effect === 'read' ? {} : { confirm: `${command.title}?` };
  act(dashboardFor(command, connection), command.id, {}, { label: 'Run', asks: true, ...confirm });
}

/** Where the plugin of a command shows its panels. */
function dashboardFor(command: CommandInfo, connection: Connection): DashboardId {
  const panels = connection.session?.catalogue.panels ?? [];
  return panels.find(({ plugin }) => plugin === command.plugin)?.dashboard ?? 'overview';
}

async function travel(connection: Connection, panels: DashboardPanels): Promise<void> {
  const head = connection.session?.status?.log.head;
  if (head === undefined) return showDisconnected();
  const text = await vscode.window.showInputBox({
    title: 'Travel to a position of the log',
    prompt: `0 to ${head}; left empty, the dashboards are live again`,
    validateInput: (typed) => (/^\s*\d{0,15}\s*$/.test(typed) ? null : 'Write a position as a number.'),
  });
  if (text === undefined) return;
  panels.open('overview');
  panels.travel(text.trim() === '' ? null : Math.min(head, Number(text)));
}

async function runQuietly(connection: Connection, command: string, input: unknown): Promise<void> {
  const { session } = connection;
  if (session === null) return showDisconnected();
  try {
    await session.client.run(command, input);
    await session.refresh();
  } catch (error) {
    showError(error);
  }
}

function showDisconnected(): void {
  const button = 'Connect …';
  void vscode.window
    .showInformationMessage('Outrider is not connected to a sidecar.', button)
    .then((pressed) => {
      if (pressed === button) void vscode.commands.executeCommand(commandIds.connect);
    });
}

function showError(error: unknown): void {
  void vscode.window.showErrorMessage(`Outrider: ${error instanceof Error ? error.message : String(error)}`);
}

/** A menu gives the tree's node, a click gives its subject itself. */
function subjectOf(argument: unknown): unknown {
  return typeof argument === 'object' && argument !== null && 'subject' in argument
    ? argument.subject
    : argument;
}

// Safe, all three: only our own trees give arguments, and each menu belongs to one kind of node.
const findingOf = (argument: unknown) => subjectOf(argument) as OpenFinding | undefined;
const pluginOf = (argument: unknown) => subjectOf(argument) as PluginInfo | undefined;
const keyOf = (argument: unknown) => subjectOf(argument) as ListedKey | undefined;
