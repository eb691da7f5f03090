import * as vscode from 'vscode';
import type { OpenFinding } from '../../shared/protocol.ts';
import { settingIds } from '../contributions.ts';
import type { Connection } from './connection.ts';
import { sourceUri } from './source-files.ts';

const severities = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  hint: vscode.DiagnosticSeverity.Information,
} as const;

/** Findings that name a line of source stand in the Problems view and under the line. */
export function createProblems(connection: Connection): vscode.Disposable {
  const problems = vscode.languages.createDiagnosticCollection('outrider');
  let drawing = 0;
  const stops = [
    connection.onSession(() => void draw()),
    connection.onChange(({ kind }) => void (kind === 'findings' && draw())),
  ];
  const settings = vscode.workspace.onDidChangeConfiguration(
    (change) => change.affectsConfiguration(settingIds.showProblems) && void draw(),
  );
  return vscode.Disposable.from(problems, settings, { dispose: () => stops.forEach((stop) => stop()) });

  async function draw() {
    const mine = ++drawing;
    const isWanted = vscode.workspace.getConfiguration().get<boolean>(settingIds.showProblems, true);
    const byFile = await located(isWanted ? (connection.session?.findings ?? []) : []);
    // Looking for files takes a while: what a later change found stands.
    if (mine !== drawing) return;
    problems.clear();
    problems.set(byFile.map(({ uri, findings }) => [uri, findings.map(problemOf)]));
  }
}

async function located(findings: readonly OpenFinding[]) {
  const byFile = new Map<string, OpenFinding[]>();
  for (const finding of findings) {
    if (finding.where === undefined) continue;
    const known = byFile.get(finding.where.file);
    if (known === undefined) byFile.set(finding.where.file, [finding]);
    else known.push(finding);
  }
  const found = await Promise.all(
    [...byFile].map(async ([file, alike]) => ({ uri: await sourceUri(file), findings: alike })),
  );
  return found.flatMap(({ uri, findings: alike }) => (uri === null ? [] : [{ uri, findings: alike }]));
}

function problemOf(finding: OpenFinding): vscode.Diagnostic {
  const line = Math.max(0, (finding.where?.line ?? 1) - 1);
  const range = new vscode.Range(line, 0, line, Number.MAX_SAFE_INTEGER);
  const text = `${finding.title}\n${finding.advice}`;
  const problem = new vscode.Diagnostic(range, text, severities[finding.severity]);
  problem.source = 'Outrider';
  problem.code = finding.rule;
  return problem;
}
