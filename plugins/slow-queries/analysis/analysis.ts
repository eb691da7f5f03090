import type { Database } from '../../../shared/index.ts';
import { advise, type Advice, type WorkloadStatement } from '../indexes/advise.ts';
import { agreedByServer } from '../indexes/hypopg-check.ts';
import { loadParser } from '../conditions.ts';
import { investigate, type Investigated, type Suspect } from '../investigation.ts';
import { narrower } from '../over-fetch/narrower.ts';

/** What takes a parser and long thinking: why a statement is slow, and which indexes a workload needs. */
export interface Analysis {
  investigate(suspect: Suspect): Promise<Investigated>;
  advise(statements: readonly WorkloadStatement[], budgetBytes: number): Promise<AgreedAdvice>;
  /** The statement without some of its result's columns; null where that cannot be written. */
  narrower(text: string, allColumns: readonly string[], unsent: readonly string[]): Promise<string | null>;
  close(): Promise<void>;
}

/** Advice, and the names of the indexes that the server's own planner uses as well. */
export interface AgreedAdvice {
  readonly advice: Advice;
  readonly agreed: readonly string[];
}

/** In the thread of whoever calls it. The sidecar has `analysisThread` instead, so that traffic never waits for it. */
export function analysisHere(database: Database): Analysis {
  return {
    investigate: (suspect) => investigate(database, suspect),
    async advise(statements, budgetBytes) {
      const advice = await advise(database, statements, { budgetBytes });
      return { advice, agreed: [...(await agreedByServer(database, advice.indexes, statements))] };
    },
    async narrower(text, allColumns, unsent) {
      await loadParser();
      return narrower(text, allColumns, new Set(unsent));
    },
    close: () => Promise.resolve(),
  };
}
