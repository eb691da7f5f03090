import * as vscode from 'vscode';
import { factsIn, sourceEndings, type SourceFacts } from '../source/source-facts.ts';

/** What the files of the workspace say; read when it is asked for and kept until one of them changes. */
export interface SourceIndex extends vscode.Disposable {
  /** Facts with where their file is. Resolves with what was read so far when it is cancelled or takes too long. */
  read(token: vscode.CancellationToken): Promise<readonly IndexedFile[]>;
  /** Files changed: what was guessed before may be wrong. */
  readonly onChange: vscode.Event<void>;
}

export interface IndexedFile extends SourceFacts {
  readonly uri: vscode.Uri;
}

/** Bounds of one look through the workspace; a backend has some hundred files of some kB. */
const limits = {
  files: 3000,
  fileBytes: 200_000,
  totalBytes: 30_000_000,
  ms: 10_000,
  looks: 5,
  atOnce: 16,
} as const;
/** Many files change at once when a branch is switched. */
const pauseMs = 1000;

const pattern = `**/*.{${sourceEndings.join(',')}}`;
/** What is made, installed or only tests is nobody's line. */
const ignored =
  '{**/node_modules/**,**/dist/**,**/build/**,**/out/**,**/.next/**,**/.venv/**,**/venv/**,**/site-packages/**,**/__pycache__/**,**/.git/**,**/coverage/**,**/test/**,**/tests/**,**/__tests__/**,**/*.test.*,**/*.spec.*,**/*.min.*,**/*.d.ts,**/test_*.py}';

export function createSourceIndex(): SourceIndex {
  const changed = new vscode.EventEmitter<void>();
  const known = new Map<string, { readonly mtime: number; readonly file: IndexedFile | null }>();
  let whole: readonly IndexedFile[] | null = null;
  let timer: NodeJS.Timeout | undefined;
  const watcher = vscode.workspace.createFileSystemWatcher(pattern);
  let looksLeft: number = limits.looks;
  let changes = 0;
  const tellSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => changed.fire(), pauseMs);
  };
  const begin = (): void => {
    whole = null;
    changes += 1;
    looksLeft = limits.looks;
    tellSoon();
  };
  const stops = [
    watcher,
    changed,
    watcher.onDidCreate(begin),
    watcher.onDidChange(begin),
    watcher.onDidDelete(begin),
    vscode.workspace.onDidChangeWorkspaceFolders(begin),
  ];
  return {
    onChange: changed.event,
    async read(token) {
      if (whole !== null) return whole;
      const before = changes;
      const { files, isComplete, isDoubtful } = await readAll(known, token);
      const isEnough = isComplete && (!isDoubtful || looksLeft <= 1);
      if (isEnough && changes === before) whole = files;
      // What was read is kept, so the next look goes on from there.
      if (!isEnough && !token.isCancellationRequested && (looksLeft -= 1) > 0) tellSoon();
      return files;
    },
    dispose() {
      clearTimeout(timer);
      for (const each of stops) each.dispose();
    },
  };
}

type Known = Map<string, { readonly mtime: number; readonly file: IndexedFile | null }>;

async function readAll(known: Known, token: vscode.CancellationToken) {
  const found = await vscode.workspace.findFiles(pattern, ignored, limits.files, token);
  const untilMs = Date.now() + limits.ms;
  const files: IndexedFile[] = [];
  let left: number = limits.totalBytes;
  let isComplete = true;
  // While the editor starts, its search may find nothing yet and its files may not be readable.
  let isDoubtful = found.length === 0;
  for (let at = 0; at < found.length && left > 0; at += limits.atOnce) {
    isComplete = !token.isCancellationRequested && Date.now() < untilMs;
    if (!isComplete) break;
    const read = await Promise.all(found.slice(at, at + limits.atOnce).map((uri) => readOne(uri, known)));
    for (const each of read) {
      isDoubtful ||= each === null;
      if (each === null) continue;
      left -= each.bytes;
      if (each.file !== null) files.push(each.file);
    }
  }
  forgetOthers(known, found);
  return { files, isComplete, isDoubtful };
}

/** Null for what cannot be read; its bytes count only when they were read now. */
async function readOne(
  uri: vscode.Uri,
  known: Known,
): Promise<{ bytes: number; file: IndexedFile | null } | null> {
  try {
    const { mtime, size } = await vscode.workspace.fs.stat(uri);
    const before = known.get(uri.toString());
    if (before?.mtime === mtime) return { bytes: 0, file: before.file };
    const text =
      size > limits.fileBytes ? null : new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
    const file =
      text === null ? null : { ...factsIn(vscode.workspace.asRelativePath(uri, false), text), uri };
    known.set(uri.toString(), { mtime, file });
    return { bytes: text === null ? 0 : size, file };
  } catch {
    // Deleted meanwhile, or not readable: it says nothing.
    return null;
  }
}

function forgetOthers(known: Known, found: readonly vscode.Uri[]): void {
  const there = new Set(found.map((uri) => uri.toString()));
  for (const key of known.keys()) if (!there.has(key)) known.delete(key);
}
