import * as vscode from 'vscode';
import type { OpenFinding } from '../../shared/protocol.ts';
import { commandIds, settingIds } from '../contributions.ts';
import type { FindingPlace, PlacedFindings } from './placed-findings.ts';

const severities = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  hint: vscode.DiagnosticSeverity.Information,
} as const;
const selector = [{ scheme: 'file' }, { scheme: 'vscode-remote' }];

/** Findings stand in the Problems view and under their line; where the line is guessed, the text says so. */
export function createProblems(findings: PlacedFindings): vscode.Disposable {
  const problems = vscode.languages.createDiagnosticCollection('outrider');
  const about = new WeakMap<vscode.Diagnostic, OpenFinding>();
  let drawing = 0;
  const subscriptions = vscode.Disposable.from(
    problems,
    findings.onChange(() => void draw()),
    vscode.workspace.onDidChangeConfiguration(
      (change) => change.affectsConfiguration(settingIds.showProblems) && void draw(),
    ),
    vscode.languages.registerCodeActionsProvider(
      selector,
      { provideCodeActions },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
    ),
  );
  void draw();
  return subscriptions;

  async function draw() {
    const mine = ++drawing;
    const isWanted = vscode.workspace.getConfiguration().get<boolean>(settingIds.showProblems, true);
    const byFile = await withLines(isWanted ? findings.places : []);
    // Reading the lines takes a while: what a later change found stands.
    if (mine !== drawing) return;
    problems.clear();
    problems.set(
      byFile.map(({ uri, places, lines }) => [
        uri,
        places.map((place) => {
          const problem = problemOf(place, rangeOf(place.line, lines));
          about.set(problem, place.finding);
          return problem;
        }),
      ]),
    );
  }

  /** VS Code may hand over copies of our problems: those at the same place with the same text are meant. */
  function provideCodeActions(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
    return (problems.get(document.uri) ?? [])
      .filter((problem) => problem.range.intersection(range) !== undefined)
      .flatMap((problem) => {
        const finding = about.get(problem);
        return finding === undefined
          ? []
          : offersFor(finding).map((offer) => actionOf(offer, finding, problem));
      });
  }
}

interface Offer {
  readonly title: string;
  readonly command: string;
}

function offersFor({ title, fix }: OpenFinding): readonly Offer[] {
  const short = title.length > 60 ? `${title.slice(0, 59)}…` : title;
  return [
    { title: `Outrider: open “${short}”`, command: commandIds.openFinding },
    ...(fix === undefined ? [] : [{ title: `Outrider: ${fix.label}`, command: commandIds.fixFinding }]),
    { title: `Outrider: dismiss “${short}”`, command: commandIds.dismissFinding },
  ];
}

function actionOf(
  { title, command }: Offer,
  finding: OpenFinding,
  problem: vscode.Diagnostic,
): vscode.CodeAction {
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.command = { title, command, arguments: [finding] };
  action.diagnostics = [problem];
  return action;
}

async function withLines(places: readonly FindingPlace[]) {
  const byFile = new Map<string, FindingPlace[]>();
  for (const place of places) {
    const key = place.uri.toString();
    byFile.set(key, [...(byFile.get(key) ?? []), place]);
  }
  return Promise.all(
    [...byFile.values()].map(async (alike) => {
      // Safe: each list has at least the place it was made for.
      const { uri } = alike[0] as FindingPlace;
      return { uri, places: alike, lines: await linesOf(uri) };
    }),
  );
}

const mostBytes = 2_000_000;

/** As it is in the editor, else as it is stored; empty when it is too long or gone. */
async function linesOf(uri: vscode.Uri): Promise<readonly string[]> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open) return open.getText().split(/\r?\n/);
  try {
    const bytes = await vscode.workspace.fs.readFile(uri);
    return bytes.length > mostBytes ? [] : new TextDecoder().decode(bytes).split(/\r?\n/);
  } catch {
    return [];
  }
}

/** What stands in the line, without the space before it. */
function rangeOf(line: number, lines: readonly string[]): vscode.Range {
  const at = Math.max(0, line - 1);
  const text = lines[at];
  if (text === undefined || text.trim() === '') return new vscode.Range(at, 0, at, Number.MAX_SAFE_INTEGER);
  return new vscode.Range(at, text.length - text.trimStart().length, at, text.trimEnd().length);
}

function problemOf({ finding, guess, others }: FindingPlace, range: vscode.Range): vscode.Diagnostic {
  const { title, advice, severity, rule } = finding;
  const text = guess === null ? `${title}\n${advice}` : `Likely here (${guess}): ${title}\n${advice}`;
  const problem = new vscode.Diagnostic(
    range,
    text,
    guess === null ? severities[severity] : vscode.DiagnosticSeverity.Information,
  );
  problem.source = 'Outrider';
  problem.code = { value: rule, target: findingUri(finding) };
  problem.relatedInformation = others.map(({ uri, line, why }) => {
    const place = new vscode.Location(uri, new vscode.Position(line - 1, 0));
    return new vscode.DiagnosticRelatedInformation(place, `Or here: ${why}`);
  });
  return problem;
}

/** Opens the finding in its dashboard. */
function findingUri({ plugin, key }: OpenFinding): vscode.Uri {
  const argument = encodeURIComponent(JSON.stringify([{ plugin, key }]));
  return vscode.Uri.parse(`command:${commandIds.openFinding}?${argument}`);
}
