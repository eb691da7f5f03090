import * as vscode from 'vscode';
import { commandIds, openCommandId, settingIds } from '../contributions.ts';
import { figuresIn, lensesOf, type Lens } from '../source/lenses.ts';
import { factsIn, sourceEndings } from '../source/source-facts.ts';
import type { Connection } from './connection.ts';
import type { PlacedFindings } from './placed-findings.ts';
import type { SourceIndex } from './source-index.ts';

const panels = { lines: 'code-lines/lines', routes: 'code-lines/routes' } as const;
const selector = sourceEndings.map((ending) => ({ pattern: `**/*.${ending}` }));
/** Figures change with each request; a lens that moved with each could not be read. */
const drawEveryMs = 2000;
const mostBytes = 500_000;

/** Above lines, functions and handlers: what their statements and requests cost, and N+1s. */
export function createCodeLens(
  connection: Connection,
  findings: PlacedFindings,
  index: SourceIndex,
): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  let stopWatching = () => {};
  let timer: NodeJS.Timeout | undefined;
  let told = '';
  const soon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      changed.fire();
    }, drawEveryMs);
  };
  const stops = [
    connection.onSession(watch),
    connection.onChange((change) => {
      if (change.kind === 'catalogue') watch();
      if (change.kind === 'panel' && isOurs(change.message.panel) && isNew()) soon();
    }),
  ];
  const subscriptions = vscode.Disposable.from(
    changed,
    findings.onChange(soon),
    index.onChange(soon),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(settingIds.codeLens)) changed.fire();
    }),
    vscode.languages.registerCodeLensProvider(selector, {
      onDidChangeCodeLenses: changed.event,
      provideCodeLenses,
    }),
  );
  watch();
  return {
    dispose() {
      clearTimeout(timer);
      stopWatching();
      stops.forEach((stop) => stop());
      subscriptions.dispose();
    },
  };

  function watch() {
    stopWatching();
    const there =
      connection.session?.catalogue.panels.filter(({ id }) => isOurs(id)).map(({ id }) => id) ?? [];
    stopWatching = there.length === 0 ? () => {} : (connection.session?.watch(there) ?? (() => {}));
    soon();
  }

  function isNew(): boolean {
    const now = JSON.stringify([figures(panels.lines), figures(panels.routes)]);
    if (now === told) return false;
    told = now;
    return true;
  }

  function figures(panel: string) {
    return figuresIn(connection.session?.panel(panel)?.view);
  }

  async function provideCodeLenses(
    document: vscode.TextDocument,
    token: vscode.CancellationToken,
  ): Promise<vscode.CodeLens[]> {
    const isWanted = vscode.workspace
      .getConfiguration(undefined, document.uri)
      .get(settingIds.codeLens, true);
    const text = document.getText();
    if (!isWanted || connection.session === null || text.length > mostBytes) return [];
    const [lines, routes] = [figures(panels.lines), figures(panels.routes)];
    const placed = findings.places.map(({ finding, uri, line, guess }) => {
      const file = vscode.workspace.asRelativePath(uri, false);
      return { finding, file, line, isGuess: guess !== null };
    });
    const file = vscode.workspace.asRelativePath(document.uri, false);
    // Only the best fit of a route is told, and that may be in another file.
    const workspace = routes.length === 0 ? [] : await index.read(token);
    const lenses = lensesOf({ document: factsIn(file, text), workspace, lines, routes, findings: placed });
    return lenses.filter(({ line }) => line <= document.lineCount).map(lensOf);
  }
}

const isOurs = (panel: string): boolean => panel === panels.lines || panel === panels.routes;

function lensOf({ line, title, finding }: Lens): vscode.CodeLens {
  const range = new vscode.Range(line - 1, 0, line - 1, 0);
  return new vscode.CodeLens(
    range,
    finding === null
      ? { title, command: openCommandId('queries'), tooltip: 'Open the queries in Outrider' }
      : { title, command: commandIds.openFinding, arguments: [finding], tooltip: finding.title },
  );
}
