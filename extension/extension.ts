import type { ExtensionContext } from 'vscode';
import { registerCommands } from './editor/commands.ts';
import { createConnection } from './editor/connection.ts';
import { createDashboardPanels } from './editor/dashboard-panels.ts';
import { registerKeyCommands } from './editor/key-commands.ts';
import { createKeyMarks } from './editor/key-marks.ts';
import { createProblems } from './editor/problems.ts';
import { createSideBar } from './editor/side-bar.ts';
import { createStatusBar } from './editor/status-bar.ts';

/** Connects to the sidecar that runs for this workspace and draws what it tells. */
export async function activate(context: ExtensionContext): Promise<void> {
  const connection = createConnection(context);
  const panels = createDashboardPanels(context.extensionUri, connection);
  const sideBar = createSideBar(connection);
  const marks = createKeyMarks(connection);
  // Disposed from the last to the first.
  context.subscriptions.push(
    connection,
    panels,
    sideBar,
    marks,
    createStatusBar(connection),
    createProblems(connection),
    registerCommands({ connection, panels, sideBar }),
    registerKeyCommands({ context, connection, marks }),
  );
  await connection.discover();
}

/** VS Code disposes the subscriptions. */
export function deactivate(): void {}
