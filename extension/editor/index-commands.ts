import * as vscode from 'vscode';
import { commandIds } from '../contributions.ts';
import { knownCommands } from '../dashboards/known-commands.ts';
import { migrationTools, type MigrationTool } from '../migrations/detect.ts';
import { placed, writtenMigration, type PlacedFile } from '../migrations/place.ts';
import type { Connection } from './connection.ts';
import { workspaceFiles } from './workspace-files.ts';

const titles = { alembic: 'Alembic', prisma: 'Prisma', knex: 'Knex', sql: 'plain SQL' } as const;

/** Index advice as a migration of the tool that the workspace uses, and, when asked, run. */
export function registerIndexCommands(connection: Connection): vscode.Disposable {
  return vscode.commands.registerCommand(commandIds.writeIndexes, async (argument: unknown) => {
    try {
      await writeIndexes(connection, namesIn(argument));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      void vscode.window.showErrorMessage(`Outrider: ${reason}`);
    }
  });
}

async function writeIndexes(connection: Connection, indexes: readonly string[] | undefined): Promise<void> {
  const { session } = connection;
  const folder = await pickFolder();
  if (session === null || folder === undefined) return;
  const tool = await pickTool(await migrationTools(workspaceFiles(folder)));
  if (tool === undefined) return;
  const follows = await pickHeads(tool);
  if (follows === undefined) return;
  const input = { format: tool.format, ...(indexes && { indexes }), ...(follows.length > 0 && { follows }) };
  const asking = {
    location: vscode.ProgressLocation.Notification,
    title: 'Outrider: asking for index advice …',
  };
  const answer = await vscode.window.withProgress(asking, () =>
    session.client.run(knownCommands.applyIndexes, input),
  );
  const files = placed(tool, writtenMigration.parse(answer));
  const uris = await write(folder, files);
  for (const uri of uris.slice(0, 5)) await vscode.window.showTextDocument(uri, { preview: false });
  await offerToRun(folder, tool, files);
}

function pickFolder(): Thenable<vscode.WorkspaceFolder | undefined> | vscode.WorkspaceFolder {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const [only] = folders;
  if (only === undefined)
    throw new Error('Open the folder of the backend first: the migration is written into it.');
  return folders.length === 1
    ? only
    : vscode.window.showWorkspaceFolderPick({ placeHolder: 'Into which folder?' });
}

/** What the workspace uses goes without saying, when it uses one thing. */
async function pickTool(tools: readonly MigrationTool[]): Promise<MigrationTool | undefined> {
  const used = tools.filter(({ kind }) => kind !== 'sql');
  if (used.length <= 1) return used[0] ?? tools[0];
  const items = tools.map((tool) => ({ label: titles[tool.kind], description: tool.folder, tool }));
  return (await vscode.window.showQuickPick(items, { placeHolder: 'Which migrations?' }))?.tool;
}

/** Undefined when it was cancelled. */
async function pickHeads({ heads }: MigrationTool): Promise<readonly string[] | undefined> {
  if (heads.length <= 1) return heads;
  const all = { label: 'All of them', description: 'joins the heads', follows: heads };
  const items = [...heads.map((head) => ({ label: head, description: 'head', follows: [head] })), all];
  const placeHolder = `The history has ${heads.length} heads. After which?`;
  return (await vscode.window.showQuickPick(items, { placeHolder }))?.follows;
}

/** Nothing that is there is written over. */
async function write(
  folder: vscode.WorkspaceFolder,
  files: readonly PlacedFile[],
): Promise<readonly vscode.Uri[]> {
  const edit = new vscode.WorkspaceEdit();
  const uris = files.map(({ file, text }) => {
    const uri = vscode.Uri.joinPath(folder.uri, file);
    edit.createFile(uri, { overwrite: false, contents: new TextEncoder().encode(text) });
    return uri;
  });
  if (!(await vscode.workspace.applyEdit(edit)))
    throw new Error(
      `${files[0]?.file ?? 'The migration'} could not be written. Is there such a file already?`,
    );
  return uris;
}

async function offerToRun(folder: vscode.WorkspaceFolder, tool: MigrationTool, files: readonly PlacedFile[]) {
  const names = files.map(({ file }) => file);
  const told = names.length === 1 ? (names[0] ?? '') : `${names.length} files below ${tool.folder}`;
  const run = 'Apply…';
  const pressed = await vscode.window.showInformationMessage(
    `Outrider wrote ${told}. It changes nothing until it is run.`,
    run,
  );
  if (pressed !== run) return;
  const command = tool.run.command(names);
  const sure = await vscode.window.showWarningMessage(
    'Run the migration now?',
    {
      modal: true,
      detail: `${command}\n\nIt runs in a terminal, with the database that your settings name.`,
    },
    'Run',
  );
  if (sure !== 'Run') return;
  const cwd = vscode.Uri.joinPath(folder.uri, tool.run.folder);
  const terminal = vscode.window.createTerminal({ name: 'Outrider: migration', cwd });
  terminal.show();
  terminal.sendText(command);
}

/** Names of indexes, from a menu or another extension; undefined: all that are advised. */
function namesIn(argument: unknown): readonly string[] | undefined {
  return Array.isArray(argument) && argument.every((each) => typeof each === 'string') ? argument : undefined;
}
