import * as vscode from 'vscode';
import { commandIds, openCommandId } from '../contributions.ts';
import { statusLine } from '../dashboards/status-line.ts';
import type { Connection } from './connection.ts';

/** One line at the lower edge: is it there, how much traffic, what needs a look. */
export function createStatusBar(connection: Connection): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('outrider.status', vscode.StatusBarAlignment.Left, 50);
  item.name = 'Outrider';
  const stops = [connection.onSession(draw), connection.onChange(({ kind }) => isSeen.has(kind) && draw())];
  draw();
  item.show();
  return vscode.Disposable.from(item, { dispose: () => stops.forEach((stop) => stop()) });

  function draw() {
    const { session, state } = connection;
    const line = statusLine(state, session?.status ?? null, session?.gateway ?? null);
    item.text = line.text;
    item.tooltip = new vscode.MarkdownString(line.tooltip);
    item.command = line.isConnected ? openCommandId('overview') : commandIds.connect;
    item.backgroundColor = line.isAlarming
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
  }
}

const isSeen = new Set(['connection', 'status', 'findings']);
