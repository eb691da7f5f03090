import { isAbsolute } from 'node:path';
import * as vscode from 'vscode';

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

/** A backend in a container names files by its own root: the longest tail that is in the workspace counts. */
export async function sourceUri(file: string): Promise<vscode.Uri | null> {
  const candidates = tailsOf(file);
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    for (const tail of candidates) {
      const uri = vscode.Uri.joinPath(folder.uri, tail);
      if (await isFile(uri)) return uri;
    }
  }
  const whole = vscode.Uri.file(file);
  return isAbsolute(file) && (await isFile(whole)) ? whole : null;
}

/** `/app/src/a.ts` → `app/src/a.ts`, `src/a.ts`, `a.ts`, none of which leaves the folder. */
function tailsOf(file: string): readonly string[] {
  const parts = file.split(/[\\/]+/).filter((part) => part !== '' && part !== '.' && part !== '..');
  return parts.map((_, at) => parts.slice(at).join('/'));
}

function isFile(uri: vscode.Uri): Promise<boolean> {
  return Promise.resolve(vscode.workspace.fs.stat(uri)).then(
    ({ type }) => (type & vscode.FileType.File) !== 0,
    () => false,
  );
}
