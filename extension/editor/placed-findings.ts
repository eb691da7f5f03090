import * as vscode from 'vscode';
import type { OpenFinding } from '../../shared/protocol.ts';
import { settingIds } from '../contributions.ts';
import { likelyPlaces } from '../source/likely-places.ts';
import type { Connection } from './connection.ts';
import { sourceUri } from './source-files.ts';
import type { IndexedFile, SourceIndex } from './source-index.ts';

/** A finding at a line of the workspace: told by the statement, or guessed from what it is about. */
export interface FindingPlace {
  readonly finding: OpenFinding;
  readonly uri: vscode.Uri;
  /** From 1. */
  readonly line: number;
  /** What speaks for the place when it is a guess; null when it is known. */
  readonly guess: string | null;
  /** Other places it may be, the likelier first; only for guesses. */
  readonly others: readonly { readonly uri: vscode.Uri; readonly line: number; readonly why: string }[];
}

/** Where the open findings are, kept up to date; listeners hear of each change. */
export interface PlacedFindings extends vscode.Disposable {
  readonly places: readonly FindingPlace[];
  readonly onChange: vscode.Event<void>;
}

/** Findings come in bursts, and each may move what was guessed. */
const pauseMs = 300;
/** Guesses for so many findings at a time; each looks through all facts. */
const mostGuesses = 200;

export function createPlacedFindings(connection: Connection, index: SourceIndex): PlacedFindings {
  const changed = new vscode.EventEmitter<void>();
  let places: readonly FindingPlace[] = [];
  const stopped = new vscode.CancellationTokenSource();
  let isLooking = false;
  let isAgain = false;
  let timer: NodeJS.Timeout | undefined;
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void look(), pauseMs);
  };
  const stops = [
    connection.onSession(soon),
    connection.onChange(({ kind }) => void (kind === 'findings' && soon())),
  ];
  const subscriptions = vscode.Disposable.from(
    index.onChange(soon),
    vscode.workspace.onDidChangeConfiguration(
      (change) => change.affectsConfiguration(settingIds.guessPlaces) && soon(),
    ),
  );
  return {
    get places() {
      return places;
    },
    onChange: changed.event,
    dispose() {
      clearTimeout(timer);
      stopped.cancel();
      stopped.dispose();
      stops.forEach((stop) => stop());
      subscriptions.dispose();
      changed.dispose();
    },
  };

  /** One at a time: on a slow machine changes come faster than a look takes, and none would ever end. */
  async function look() {
    if (isLooking) {
      isAgain = true;
      return;
    }
    isLooking = true;
    try {
      const open = connection.session?.findings ?? [];
      for await (const found of placesOf(open, index, places.length === 0, stopped.token)) {
        places = found;
        changed.fire();
      }
    } finally {
      isLooking = false;
      if (isAgain && !stopped.token.isCancellationRequested) soon();
      isAgain = false;
    }
  }
}

/** What is known and what is guessed. Files have to be read for a guess: the first time what is known does not wait for it. */
async function* placesOf(
  findings: readonly OpenFinding[],
  index: SourceIndex,
  isFirst: boolean,
  token: vscode.CancellationToken,
): AsyncGenerator<readonly FindingPlace[]> {
  const uris = new Map<string, Promise<vscode.Uri | null>>();
  const uriOf = (file: string): Promise<vscode.Uri | null> => {
    const asked = uris.get(file) ?? sourceUri(file);
    uris.set(file, asked);
    return asked;
  };
  const known = await Promise.all(
    findings.map(async (finding) => ({
      finding,
      uri: finding.where ? await uriOf(finding.where.file) : null,
    })),
  );
  const exact = known.flatMap(({ finding, uri }) =>
    uri === null ? [] : [{ finding, uri, line: finding.where?.line ?? 1, guess: null, others: [] }],
  );
  const isGuessing = vscode.workspace.getConfiguration().get<boolean>(settingIds.guessPlaces, true);
  const open = known
    .filter(({ finding, uri }) => uri === null && finding.about !== undefined)
    .slice(0, mostGuesses);
  if (!isGuessing || open.length === 0) return yield exact;
  if (isFirst) yield exact;
  // A workspace that cannot be searched gives no guesses.
  const files = await index.read(token).catch(() => []);
  if (!token.isCancellationRequested)
    yield [...exact, ...open.flatMap(({ finding }) => guessOf(finding, files))];
}

function guessOf(finding: OpenFinding, files: readonly IndexedFile[]): readonly FindingPlace[] {
  const byFile = new Map(files.map((each) => [each.file, each.uri]));
  const places = likelyPlaces(finding.about ?? {}, files).flatMap(({ file, line, why }) => {
    const uri = byFile.get(file);
    return uri === undefined ? [] : [{ uri, line, why }];
  });
  const [best, ...others] = places;
  return best === undefined ? [] : [{ finding, uri: best.uri, line: best.line, guess: best.why, others }];
}
