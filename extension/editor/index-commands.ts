import * as vscode from 'vscode';
import { z } from 'zod';
import { commandIds } from '../contributions.ts';
import { knownCommands } from '../dashboards/known-commands.ts';
import { GatewayProblem } from '../gateway/client.ts';
import { migrationTools, type MigrationTool } from '../migrations/detect.ts';
import { placed, writtenMigration, type PlacedFile } from '../migrations/place.ts';
import type { Connection } from './connection.ts';
import { workspaceFiles } from './workspace-files.ts';

const titles = { alembic: 'Alembic', prisma: 'Prisma', knex: 'Knex', sql: 'plain SQL' } as const;

/** Index advice as a migration of the tool that the workspace uses, and, when asked, run. */
export function registerIndexCommands(connection: Connection): vscode.Disposable {
  return vscode.commands.registerCommand(commandIds.writeIndexes, async (argument: unknown) => {
    try {
      return await writeIndexes(connection, askedFor.safeParse(argument).data ?? {});
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      void vscode.window.showErrorMessage(`Outrider: ${reason}`);
      return null;
    }
  });
}

/** What a dashboard's button asks for; a click in the palette asks for everything, in the workspace's own way. */
const askedFor = z.object({ format: z.string().optional(), indexes: z.array(z.string()).optional() });

/** The files written, from the workspace's folder; null when it was cancelled. */
async function writeIndexes(
  { session }: Connection,
  { format, indexes }: z.output<typeof askedFor>,
): Promise<{ readonly written: readonly string[] } | null> {
  if (session === null) throw new Error('There is no connection to a sidecar.');
  const folder = await pickFolder();
  if (folder === undefined) return null;
  const tool = await pickTool(await migrationTools(workspaceFiles(folder)), format);
  if (tool === undefined) return null;
  const follows = await pickHeads(tool);
  if (follows === undefined) return null;
  const input = { format: tool.format, ...(indexes && { indexes }), ...(follows.length > 0 && { follows }) };
  const answer = await vscode.window.withProgress(asking, (_, token) =>
    adviceFrom(() => session.client.run(knownCommands.applyIndexes, input), token),
  );
  if (answer === cancelled) return null;
  const files = placed(tool, writtenMigration.parse(answer));
  const uris = await write(folder, files);
  for (const uri of uris.slice(0, 5)) await vscode.window.showTextDocument(uri, { preview: false });
  void offerToRun(folder, tool, files);
  return { written: files.map(({ file }) => file) };
}

const asking = {
  location: vscode.ProgressLocation.Notification,
  title: 'Outrider: asking for index advice …',
  cancellable: true,
};
/** A command ends after 30 seconds; the advice it has begun goes on, and the next one finds it. */
const mostTries = 6;
const cancelled = Symbol('cancelled');

async function adviceFrom(ask: () => Promise<unknown>, token: vscode.CancellationToken): Promise<unknown> {
  for (let tries = 1; ; tries++) {
    try {
      const answer = await ask();
      return token.isCancellationRequested ? cancelled : answer;
    } catch (error) {
      if (token.isCancellationRequested) return cancelled;
      const isSlow = error instanceof GatewayProblem && error.code === 'command_timeout';
      if (!isSlow || tries >= mostTries) throw error;
    }
  }
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
async function pickTool(
  tools: readonly MigrationTool[],
  format: string | undefined,
): Promise<MigrationTool | undefined> {
  const wanted = tools.filter(({ kind }) => kind === format);
  if (format !== undefined && wanted.length === 0)
    throw new Error(`This workspace has no migrations of ${format}. It uses ${usedBy(tools)}.`);
  if (wanted.length === 1) return wanted[0];
  const used = wanted.length > 0 ? wanted : tools.filter(({ kind }) => kind !== 'sql');
  if (used.length <= 1) return used[0] ?? tools[0];
  const items = (wanted.length > 0 ? wanted : tools).map((tool) => ({
    label: titles[tool.kind],
    description: tool.folder,
    tool,
  }));
  return (await vscode.window.showQuickPick(items, { placeHolder: 'Which migrations?' }))?.tool;
}

const usedBy = (tools: readonly MigrationTool[]): string =>
  tools.map(({ kind, folder }) => `${titles[kind]} in ${folder}`).join(' and ');

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
