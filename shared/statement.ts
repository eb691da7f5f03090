/** How sure the tap is which exchange caused a statement. */
export type Attribution = 'exact' | 'inferred' | 'ambiguous' | 'none';

/** A statement about to be executed, as a `beforeSql` guard sees it. */
export interface StatementAttempt {
  /** The statement's text as the backend wrote it. */
  readonly text: string;
  /** The shape of the statement without its values; equal for equal shapes. */
  readonly fingerprint: string;
  /** Bound parameters as text, in order; null is SQL NULL, `undefined` a binary value that was not decoded. */
  readonly parameters: readonly (string | null | undefined)[];
  readonly database: string;
  readonly user: string;
  /** The exchange it belongs to by the join, when there is exactly one. */
  readonly exchangeId: string | null;
  readonly attribution: Attribution;
  /** Every exchange in flight that may have caused it, the likeliest first; bounded to 32. */
  readonly candidateExchangeIds: readonly string[];
}
