import * as vscode from 'vscode';
import { commandIds, settingIds } from '../contributions.ts';
import {
  digestOf,
  maxScannedLength,
  prefixOf,
  writtenKeys,
  type KeyPlace,
  type WrittenKey,
} from '../keys/live-keys.ts';
import { prefixTold, whoIs, whoText } from '../keys/who.ts';
import type { Connection } from './connection.ts';

/** Files of the user; not output, nor the other side of a comparison. */
const schemes = ['file', 'untitled', 'vscode-remote', 'vscode-notebook-cell'];
const selector = schemes.map((scheme) => ({ scheme }));
/** A change is scanned once typing pauses. */
const pauseMs = 300;
const message = 'An API key is written into this file.';

export interface KeyMarks extends vscode.Disposable {
  /** The keys in a document, as it is now. */
  keysIn(document: vscode.TextDocument): readonly WrittenKey[];
}

/** Marks every live key of ours in an open document, tells whose it is, and offers to take it out. */
export function createKeyMarks(connection: Connection): KeyMarks {
  const problems = vscode.languages.createDiagnosticCollection('outrider-keys');
  const look = vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor('editorWarning.background'),
    border: '1px dashed',
    borderColor: new vscode.ThemeColor('editorWarning.foreground'),
    overviewRulerColor: new vscode.ThemeColor('editorWarning.foreground'),
    overviewRulerLane: vscode.OverviewRulerLane.Right,
  });
  const waiting = new Map<string, NodeJS.Timeout>();
  const found = new Map<string, readonly WrittenKey[]>();
  let told: string | null = null;

  const stops = [
    connection.onChange(({ kind }) => void (kind === 'catalogue' && learnPrefix())),
    connection.onSession((session) => void (session === null && usePrefix(null))),
  ];
  const subscriptions = vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument(scan),
    vscode.workspace.onDidChangeTextDocument(({ document }) => scanSoon(document)),
    vscode.workspace.onDidCloseTextDocument(forget),
    vscode.window.onDidChangeVisibleTextEditors(decorate),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (
        change.affectsConfiguration(settingIds.keyPrefix) ||
        change.affectsConfiguration(settingIds.markKeys)
      )
        scanAll();
    }),
    vscode.languages.registerHoverProvider(selector, { provideHover }),
    vscode.languages.registerCodeActionsProvider(
      selector,
      { provideCodeActions },
      {
        providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
      },
    ),
  );
  scanAll();
  return {
    keysIn,
    dispose() {
      for (const stop of stops) stop();
      for (const timer of waiting.values()) clearTimeout(timer);
      for (const each of [subscriptions, problems, look]) each.dispose();
    },
  };

  async function learnPrefix() {
    const { session } = connection;
    if (session === null) return;
    // Without an answer the setting or the usual prefix stands; the next catalogue asks again.
    usePrefix(await prefixTold(session).catch(() => told));
  }

  function usePrefix(prefix: string | null) {
    if (prefix === told) return;
    told = prefix;
    scanAll();
  }

  function scanAll() {
    for (const document of vscode.workspace.textDocuments) scan(document);
  }

  function scanSoon(document: vscode.TextDocument) {
    if (!schemes.includes(document.uri.scheme)) return;
    const id = document.uri.toString();
    clearTimeout(waiting.get(id));
    waiting.set(
      id,
      setTimeout(() => scan(document), pauseMs),
    );
  }

  function scan(document: vscode.TextDocument) {
    const id = document.uri.toString();
    clearTimeout(waiting.get(id));
    waiting.delete(id);
    if (document.isClosed || !schemes.includes(document.uri.scheme)) return;
    const keys = keysIn(document);
    found.set(id, keys);
    problems.set(
      document.uri,
      keys.map((key) => problemAt(rangeOf(document, key))),
    );
    decorate();
  }

  function keysIn(document: vscode.TextDocument): readonly WrittenKey[] {
    const settings = vscode.workspace.getConfiguration(undefined, document.uri);
    if (!settings.get<boolean>(settingIds.markKeys, true) || isLong(document)) return [];
    return writtenKeys(document.getText(), prefixOf(settings.get<string>(settingIds.keyPrefix, ''), told));
  }

  function forget({ uri }: vscode.TextDocument) {
    const id = uri.toString();
    clearTimeout(waiting.get(id));
    waiting.delete(id);
    found.delete(id);
    problems.delete(uri);
  }

  function decorate() {
    for (const editor of vscode.window.visibleTextEditors) {
      const { document } = editor;
      const keys = found.get(document.uri.toString()) ?? [];
      editor.setDecorations(
        look,
        keys.map((key) => rangeOf(document, key)),
      );
    }
  }

  function keyAt(document: vscode.TextDocument, place: vscode.Range): WrittenKey | undefined {
    return keysIn(document).find((key) => rangeOf(document, key).intersection(place) !== undefined);
  }

  async function provideHover(
    document: vscode.TextDocument,
    at: vscode.Position,
  ): Promise<vscode.Hover | null> {
    const key = keyAt(document, new vscode.Range(at, at));
    if (key === undefined) return null;
    const text = hoverText(placeOf(document, key), await whoSentence(key.text));
    return new vscode.Hover(text, rangeOf(document, key));
  }

  async function whoSentence(key: string): Promise<string> {
    const { session } = connection;
    if (session === null) return 'Connect to its sidecar to learn whose it is.';
    return whoIs(session, key).then(whoText, (error: Error) => error.message);
  }

  function provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    context: vscode.CodeActionContext,
  ): vscode.CodeAction[] {
    const key = keyAt(document, range);
    if (key === undefined) return [];
    const mine = context.diagnostics.filter(({ code }) => code === problemCode);
    const place = placeOf(document, key);
    return offers.map(([title, command]) => {
      const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
      action.command = { title, command, arguments: [place] };
      action.diagnostics = mine;
      return action;
    });
  }
}

const problemCode = 'api-key-in-file';

const offers = [
  ['Who is it?', commandIds.whoIsKey],
  ['Rotate and replace here', commandIds.replaceKey],
  ['Keep it in SecretStorage and remove it here', commandIds.keepKey],
] as const;

function hoverText(place: KeyPlace, who: string): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.appendMarkdown('**');
  text.appendText(message);
  text.appendMarkdown('**\n\n');
  text.appendText(who);
  text.appendMarkdown('\n\n');
  const argument = encodeURIComponent(JSON.stringify([place]));
  const links = offers.slice(1).map(([title, command]) => `[${title}](command:${command}?${argument})`);
  text.appendMarkdown(links.join(' · '));
  text.isTrusted = { enabledCommands: offers.map(([, command]) => command) };
  return text;
}

function placeOf({ uri }: vscode.TextDocument, { text }: WrittenKey): KeyPlace {
  return { uri: uri.toString(), digest: digestOf(text) };
}

function problemAt(range: vscode.Range): vscode.Diagnostic {
  const problem = new vscode.Diagnostic(range, message, vscode.DiagnosticSeverity.Warning);
  problem.source = 'Outrider';
  problem.code = problemCode;
  return problem;
}

function rangeOf(document: vscode.TextDocument, { start, end }: WrittenKey): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}

/** Without joining its lines to one text. */
function isLong(document: vscode.TextDocument): boolean {
  return document.offsetAt(document.lineAt(document.lineCount - 1).range.end) > maxScannedLength;
}
