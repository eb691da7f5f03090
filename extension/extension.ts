import type { ExtensionContext } from 'vscode';
import { registerCommands } from './editor/commands.ts';
import { createConnection } from './editor/connection.ts';
import { createDashboardPanels } from './editor/dashboard-panels.ts';
import { registerKeyCommands } from './editor/key-commands.ts';
import { registerIndexCommands } from './editor/index-commands.ts';
import { createKeyMarks } from './editor/key-marks.ts';
import { createCodeLens } from './editor/code-lens.ts';
import { createPlacedFindings } from './editor/placed-findings.ts';
import { createProblems } from './editor/problems.ts';
import { createSideBar } from './editor/side-bar.ts';
import { createSourceIndex } from './editor/source-index.ts';
import { createStatusBar } from './editor/status-bar.ts';

/** Connects to the sidecar that runs for this workspace and draws what it tells. */
export async function activate(context: ExtensionContext): Promise<void> {
  const connection = createConnection(context);
  const panels = createDashboardPanels(context.extensionUri, connection);
  const sideBar = createSideBar(connection);
  const marks = createKeyMarks(connection);
  const sources = createSourceIndex();
  const findings = createPlacedFindings(connection, sources);
  // Disposed from the last to the first.
  context.subscriptions.push(
    connection,
    panels,
    sideBar,
    marks,
    createStatusBar(connection),
    sources,
    findings,
    createProblems(findings),
    createCodeLens(connection, findings, sources),
    registerCommands({ connection, panels, sideBar }),
    registerKeyCommands({ context, connection, marks }),
    registerIndexCommands(connection),
  );
  await connection.discover();
}

/** VS Code disposes the subscriptions. */
export function deactivate(): void {}
