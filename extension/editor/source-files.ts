import { isAbsolute } from 'node:path';
import * as vscode from 'vscode';
import { partsOf } from '../source/same-file.ts';

/** Opens a line of the user's source, wherever in the workspace it is. */
export async function openSource(file: string, line: number): Promise<void> {
  const uri = await sourceUri(file);
  if (uri === null) {
    await vscode.window.showWarningMessage(`${file} is not in this workspace.`);
    return;
  }
  const at = new vscode.Range(line - 1, 0, line - 1, 0);
  await vscode.window.showTextDocument(uri, { selection: at });
}

/**
 * A backend in a container names files by its own root: the longest tail that is in the workspace counts. One of a
 * package in a larger repository names them by that package: then the only file below that ends so.
 */
export async function sourceUri(file: string): Promise<vscode.Uri | null> {
  const parts = partsOf(file);
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    for (const tail of tailsOf(parts)) {
      const uri = vscode.Uri.joinPath(folder.uri, tail);
      if (await isFile(uri)) return uri;
    }
  }
  const whole = vscode.Uri.file(file);
  if (isAbsolute(file) && (await isFile(whole))) return whole;
  return onlyBelow(parts);
}

async function onlyBelow(parts: readonly string[]): Promise<vscode.Uri | null> {
  // A pattern's own characters in a name would look for other files.
  if (parts.length === 0 || parts.some((part) => /[{}[\]*?]/.test(part))) return null;
  const found = await vscode.workspace.findFiles(`**/${parts.join('/')}`, '**/node_modules/**', 2);
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** `/app/src/a.ts` → `app/src/a.ts`, `src/a.ts`, `a.ts`, none of which leaves the folder. */
function tailsOf(parts: readonly string[]): readonly string[] {
  return parts.map((_, at) => parts.slice(at).join('/'));
}

function isFile(uri: vscode.Uri): Promise<boolean> {
  return Promise.resolve(vscode.workspace.fs.stat(uri)).then(
    ({ type }) => (type & vscode.FileType.File) !== 0,
    () => false,
  );
}
