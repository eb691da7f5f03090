import type { ErrorCode } from '../../../shared/index.ts';
import type { WorkloadStatement } from '../indexes/advise.ts';
import type { Suspect } from '../investigation.ts';

/** What the thread is told. Ids count up from 1; a call's number is the thread's own. */
export type ToThread =
  | { readonly kind: 'investigate'; readonly id: number; readonly suspect: Suspect }
  | {
      readonly kind: 'advise';
      readonly id: number;
      readonly statements: readonly WorkloadStatement[];
      readonly budgetBytes: number;
    }
  | {
      readonly kind: 'narrower';
      readonly id: number;
      readonly text: string;
      readonly allColumns: readonly string[];
      readonly unsent: readonly string[];
    }
  | { readonly kind: 'answer'; readonly call: number; readonly outcome: Outcome };

/** What the thread says: it is done, or it asks the application's database, whose connections the host keeps. */
export type FromThread =
  | { readonly kind: 'done'; readonly id: number; readonly outcome: Outcome }
  | {
      readonly kind: 'ask';
      readonly call: number;
      readonly method: DatabaseMethod;
      readonly given: readonly unknown[];
    };

export type DatabaseMethod = 'explain' | 'query' | 'canTryIndexes';

/** `code` is null for what is no error of Outrider's: its words may hold values and are for the caller alone. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: ErrorCode | null; readonly detail: string };

export interface Opening {
  readonly isAvailable: boolean;
}
