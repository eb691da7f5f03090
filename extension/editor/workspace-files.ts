import * as vscode from 'vscode';
import type { WorkspaceFiles } from '../migrations/workspace-files.ts';

const installed = '{**/node_modules/**,**/.venv/**,**/venv/**,**/site-packages/**,**/dist/**}';
const mostFound = 50;
const mostBytes = 1_000_000;

/** One folder of the workspace, as detection reads it. */
export function workspaceFiles(folder: vscode.WorkspaceFolder): WorkspaceFiles {
  return {
    async named(name) {
      const pattern = new vscode.RelativePattern(folder, `**/${name}`);
      const found = await vscode.workspace.findFiles(pattern, installed, mostFound);
      return found
        .map((uri) => relativeTo(folder, uri))
        .sort((a, b) => a.length - b.length || a.localeCompare(b));
    },
    async read(file) {
      try {
        const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder.uri, file));
        return bytes.length > mostBytes ? null : new TextDecoder().decode(bytes);
      } catch {
        return null;
      }
    },
    async list(path) {
      try {
        const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.joinPath(folder.uri, path));
        return entries.flatMap(([name, type]) => (type & vscode.FileType.File ? [name] : []));
      } catch {
        return [];
      }
    },
  };
}

function relativeTo(folder: vscode.WorkspaceFolder, uri: vscode.Uri): string {
  return uri.path.slice(folder.uri.path.replace(/\/$/, '').length + 1);
}
