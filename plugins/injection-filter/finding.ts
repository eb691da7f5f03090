export type AttackClass = 'sqli' | 'xss' | 'command' | 'code' | 'budget';

/** A piece of a value that acts as code where the value is data. */
export interface Match {
  readonly attack: AttackClass;
  /** Stable name, `sql/union-select`. */
  readonly rule: string;
  /** UTF-16 offsets into the text that was judged. */
  readonly start: number;
  readonly end: number;
  /**
   * `certain` acts in whatever surrounds it; `likely` only when the text around it is not code, a document or a
   * sentence that happens to use the same words.
   */
  readonly strength: 'certain' | 'likely';
}

/** A text that takes more work than its length allows: what is done about it is configured. */
export function overBudget(at: number): Match {
  return { attack: 'budget', rule: 'budget/work', start: at, end: at, strength: 'certain' };
}
