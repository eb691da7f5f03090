/** What is asked of the thread with the what-if database. Ids count up from 1. */
export type WhatIfRequest =
  | { readonly id: number; readonly kind: 'query'; readonly text: string }
  | {
      readonly id: number;
      readonly kind: 'resize';
      /** Below the database's directory. */
      readonly file: string;
      readonly pages: number;
    }
  | { readonly id: number; readonly kind: 'close' };

/** The answer to the request of this id; 0 is said once, when the database is open. */
export interface WhatIfAnswer {
  readonly id: number;
  readonly rows?: readonly WhatIfRow[];
  /** PostgreSQL's own words. They may hold values of the statement: for the caller, never for a log. */
  readonly error?: string;
}

export type WhatIfRow = Readonly<Record<string, unknown>>;

export interface WhatIfOpening {
  /** Where templates are kept between runs. */
  readonly cache: string;
  readonly isCCollation: boolean;
  readonly extensions: readonly string[];
}
