import type { Parameter, Row } from './sql.ts';

/** What the sidecar asks of the thread with the embedded PostgreSQL. Ids count up from 1. */
export type WorkerRequest =
  | {
      readonly id: number;
      readonly kind: 'query';
      readonly text: string;
      readonly parameters: readonly Parameter[];
    }
  | { readonly id: number; readonly kind: 'script'; readonly text: string }
  | { readonly id: number; readonly kind: 'close' };

/** The answer to the request of this id; 0 is said once, when the database is open. */
export interface WorkerAnswer {
  readonly id: number;
  readonly rows?: readonly Row[];
  readonly error?: {
    readonly message: string;
    readonly sqlstate?: string | undefined;
    readonly detail?: string | undefined;
  };
}
