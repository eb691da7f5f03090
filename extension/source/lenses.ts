import type { OpenFinding } from '../../shared/protocol.ts';
import type { View } from '../../shared/view.ts';
import { functionAround } from './functions.ts';
import { routePlaces } from './likely-places.ts';
import { isSameFile } from './same-file.ts';
import type { SourceFacts } from './source-facts.ts';

/** What is told above a line; lines from 1. */
export interface Lens {
  readonly line: number;
  readonly title: string;
  /** The finding it speaks of; null opens the dashboard. */
  readonly finding: OpenFinding | null;
}

/** A finding and where it is, known or guessed. */
export interface PlacedFinding {
  readonly finding: OpenFinding;
  readonly file: string;
  readonly line: number;
  readonly isGuess: boolean;
}

/** Figures of one line of code, or of one route. */
export interface Figures {
  readonly key: string;
  readonly calls: number;
  readonly p95Ms: number;
  readonly totalMs: number;
}

export interface LensSources {
  /** The document's own facts, as it is in the editor now. */
  readonly document: SourceFacts;
  /** Of the workspace: the best fit for a route may be in another file. */
  readonly workspace: readonly SourceFacts[];
  readonly lines: readonly Figures[];
  readonly routes: readonly Figures[];
  readonly findings: readonly PlacedFinding[];
}

/** Rows of the panels `code-lines/lines` and `code-lines/routes`; none of a view of another kind. */
export function figuresIn(view: View | null | undefined): readonly Figures[] {
  if (view?.kind !== 'table') return [];
  return view.rows.map(({ key, cells }) => {
    const [calls, p95Ms, totalMs] = cells
      .slice(1, 4)
      .map((cell) => (typeof cell === 'object' ? (cell.sortBy ?? 0) : 0));
    return { key, calls: calls ?? 0, p95Ms: p95Ms ?? 0, totalMs: totalMs ?? 0 };
  });
}

export function lensesOf(sources: LensSources): readonly Lens[] {
  return [
    ...lineLenses(sources),
    ...functionLenses(sources),
    ...routeLenses(sources),
    ...findingLenses(sources),
  ].sort((a, b) => a.line - b.line);
}

function lineLenses({ document, lines }: LensSources): readonly Lens[] {
  return linesOf(document, lines).map(({ line, figures }) => ({
    line,
    title: `SQL: ${told(figures)}`,
    finding: null,
  }));
}

/** Above a function that sends statements from several lines, what they take together. */
function functionLenses({ document, lines }: LensSources): readonly Lens[] {
  const byFunction = new Map<number, Figures[]>();
  for (const { line, figures } of linesOf(document, lines)) {
    const around = functionAround(document.functions, line);
    if (!around || around.line === line) continue;
    byFunction.set(around.line, [...(byFunction.get(around.line) ?? []), figures]);
  }
  return [...byFunction]
    .filter(([, figures]) => figures.length > 1)
    .map(([line, figures]) => {
      const sum = (pick: (each: Figures) => number): number =>
        figures.reduce((all, each) => all + pick(each), 0);
      const calls = countText(sum((each) => each.calls));
      return {
        line,
        title: `SQL: ${figures.length} lines · ${calls} · ${msText(sum((each) => each.totalMs))} altogether`,
        finding: null,
      };
    });
}

function routeLenses({ document, workspace, routes }: LensSources): readonly Lens[] {
  const others = workspace.filter(({ file }) => file !== document.file);
  return routes.flatMap((figures) =>
    routePlaces(figures.key, [document, ...others])
      .filter(({ file }) => file === document.file)
      .map(({ line }) => ({ line, title: `${figures.key}: ${told(figures)} (likely)`, finding: null })),
  );
}

function findingLenses({ document, findings }: LensSources): readonly Lens[] {
  return findings
    .filter(({ file, finding }) => isSameFile(document.file, file) && finding.rule.startsWith('n-plus-one/'))
    .map(({ line, finding, isGuess }) => ({
      line,
      title: `N+1 seen ${finding.times} ${finding.times === 1 ? 'time' : 'times'}${isGuess ? ' (likely here)' : ''}`,
      finding,
    }));
}

function linesOf(document: SourceFacts, lines: readonly Figures[]) {
  return lines.flatMap((figures) => {
    const [, file, line] = /^(.*):(\d+)$/.exec(figures.key) ?? [];
    return file !== undefined && isSameFile(document.file, file) ? [{ line: Number(line), figures }] : [];
  });
}

const told = ({ calls, p95Ms }: Figures): string => `p95 ${msText(p95Ms)} · ${countText(calls)}`;
const countText = (calls: number): string =>
  `${calls.toLocaleString('en')} ${calls === 1 ? 'call' : 'calls'}`;

function msText(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(0)} s`;
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}
