import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Action } from '../../shared/view.ts';
import { commandIds, dashboardViewType } from '../contributions.ts';
import { dashboardInfo, type DashboardId } from '../dashboards/catalogue.ts';
import { knownCommands } from '../dashboards/known-commands.ts';
import type { FromDashboard, ToDashboard } from '../dashboards/messages.ts';
import { relay, type Relay } from '../dashboards/relay.ts';
import type { Connection } from './connection.ts';
import { openSource } from './source-files.ts';
import { webviewHtml } from './webview-html.ts';

/** The dashboards as editor tabs, at most one of each. */
export interface DashboardPanels extends vscode.Disposable {
  open(dashboard: DashboardId): void;
  /** Opens a dashboard and runs an action there, with its form, its drawer or its secret. */
  act(dashboard: DashboardId, action: Action): void;
  /** Looks at a position of the log in every open dashboard (null: live). */
  travel(position: number | null): void;
}

export function createDashboardPanels(extensionUri: vscode.Uri, connection: Connection): DashboardPanels {
  const open = new Map<DashboardId, DashboardPanel>();
  let moment: number | null = null;
  const stop = connection.onSession(() => open.forEach((panel) => panel.join()));
  const serializer = vscode.window.registerWebviewPanelSerializer(dashboardViewType, {
    async deserializeWebviewPanel(panel, state: unknown) {
      adopt(panel, dashboardOf(state) ?? 'overview');
    },
  });

  return {
    open: (dashboard) => void panelOf(dashboard).reveal(),
    act(dashboard, action) {
      const panel = panelOf(dashboard);
      panel.reveal();
      panel.tell({ kind: 'act', action });
    },
    travel(position) {
      moment = position;
      open.forEach((panel) => panel.tell({ kind: 'travel', position }));
    },
    dispose() {
      stop();
      serializer.dispose();
      open.forEach((panel) => panel.dispose());
    },
  };

  function panelOf(dashboard: DashboardId): DashboardPanel {
    const title = dashboardInfo(dashboard)?.title ?? dashboard;
    return open.get(dashboard) ?? adopt(createTab(dashboardViewType, title), dashboard);
  }

  function adopt(tab: vscode.WebviewPanel, dashboard: DashboardId): DashboardPanel {
    const panel = dashboardPanel({
      extensionUri,
      connection,
      tab,
      dashboard,
      show: (id) => panelOf(id).reveal(),
    });
    open.set(dashboard, panel);
    tab.onDidDispose(() => open.delete(dashboard));
    if (moment !== null) panel.tell({ kind: 'travel', position: moment });
    return panel;
  }
}

interface DashboardPanel extends vscode.Disposable {
  reveal(): void;
  /** Told as soon as the page listens. */
  tell(message: ToDashboard): void;
  /** Joins the session there is now. */
  join(): void;
}

interface PanelOptions {
  readonly extensionUri: vscode.Uri;
  readonly connection: Connection;
  readonly tab: vscode.WebviewPanel;
  readonly dashboard: DashboardId;
  show(dashboard: DashboardId): void;
}

function dashboardPanel({ extensionUri, connection, tab, dashboard, show }: PanelOptions): DashboardPanel {
  let joined: Relay | null = null;
  let isReady = false;
  const waiting: ToDashboard[] = [];
  const dist = vscode.Uri.joinPath(extensionUri, 'dist/webview');
  tab.iconPath = vscode.Uri.joinPath(extensionUri, 'media/outrider.svg');
  tab.webview.options = { enableScripts: true, localResourceRoots: [dist] };
  tab.webview.onDidReceiveMessage((message: FromDashboard) => receive(message));
  tab.onDidChangeViewState(() => tab.visible && joined?.replay());
  tab.onDidDispose(() => joined?.dispose());
  tab.webview.html = webviewHtml({
    script: tab.webview.asWebviewUri(vscode.Uri.joinPath(dist, 'webview.js')).toString(),
    style: tab.webview.asWebviewUri(vscode.Uri.joinPath(dist, 'webview.css')).toString(),
    source: tab.webview.cspSource,
    nonce: randomBytes(16).toString('base64url'),
  });
  join();
  return { reveal: () => tab.reveal(), tell, join, dispose: () => tab.dispose() };

  function join() {
    joined?.dispose();
    const { session } = connection;
    joined =
      session === null
        ? null
        : relay(session, dashboard, {
            post: (message) => tab.visible && post(message),
            openFile: (file, line) => void openSource(file, line),
            copy: (text) => void vscode.env.clipboard.writeText(text),
            runHere,
            showElsewhere(wanted) {
              if (wanted !== dashboard) show(wanted);
              return true;
            },
          });
    if (isReady) replay();
  }

  function receive(message: FromDashboard) {
    if (message.kind !== 'ready') return joined?.receive(message);
    isReady = true;
    replay();
    for (const told of waiting.splice(0)) post(told);
  }

  function replay() {
    if (joined !== null) return joined.replay();
    post({ kind: 'dashboard', dashboard });
    post({ kind: 'connection', connection: { kind: 'closed' } });
  }

  function tell(message: ToDashboard) {
    if (isReady) post(message);
    else waiting.push(message);
  }

  function post(message: ToDashboard) {
    void tab.webview.postMessage(message);
  }
}

/** A migration belongs into the workspace, where its tool looks for it. */
function runHere(command: string, input: unknown): Promise<unknown> | null {
  if (command !== knownCommands.applyIndexes) return null;
  return Promise.resolve(vscode.commands.executeCommand(commandIds.writeIndexes, input));
}

function createTab(viewType: string, title: string): vscode.WebviewPanel {
  return vscode.window.createWebviewPanel(viewType, title, vscode.ViewColumn.Active, {
    enableScripts: true,
    // Forms, filters and the drawer survive a look at another tab.
    retainContextWhenHidden: true,
  });
}

function dashboardOf(state: unknown): DashboardId | undefined {
  if (typeof state !== 'object' || state === null || !('dashboard' in state)) return undefined;
  return dashboardInfo(String(state.dashboard))?.id;
}
