/** What a piece of SQL does to the statement it is put into. Bits. */
export const Does = {
  logic: 1,
  /** Compares two operands of which at least one is a name or a call. */
  comparison: 2,
  /** Compares two constants, or a thing with itself: always true or always false. */
  constantComparison: 4,
  union: 8,
  subselect: 16,
  /** Begins a further statement after a semicolon. */
  stacked: 32,
  attackCall: 64,
  commonCall: 128,
  call: 256,
  /** WHERE, HAVING, ORDER BY, GROUP BY, LIMIT, OFFSET … with an operand. */
  clause: 512,
  intoFile: 1024,
  /** Cuts off whatever follows. */
  comment: 2048,
  caseWhen: 4096,
  /** Closes a parenthesis that it did not open. */
  foreignClose: 8192,
  arithmetic: 16384,
  /** Adds operands to a list. */
  list: 32768,
  /** Ends in a string left open for the statement's own quote. */
  openTail: 65536,
  semicolon: 131072,
  variable: 262144,
  from: 524288,
  /** Begins a further statement without a semicolon, as SQL Server allows. */
  appended: 1048576,
  /** Compares by a symbol, not by a word. */
  symbol: 2097152,
  /** Uses a variable of the server, `@@version`. */
  serverVariable: 4194304,
  /** Begins a statement where an operator should be, at once. */
  leading: 8388608,
  /** Compares by `<` or `>`, as prose about numbers does too. */
  order: 16777216,
} as const;

export interface Continuation {
  /** Bits of `Does`. */
  readonly does: number;
  /** Offset after the last token that fits SQL's grammar. */
  readonly end: number;
  /** True when every token up to the end of the text, or to a comment, fits. */
  readonly isComplete: boolean;
  /** Tokens that fit. */
  readonly length: number;
  /** True when it ends where an operand should follow: the statement's own text supplies it. */
  readonly isOperandMissing: boolean;
  /** What the last operand is: a bare name proves less than a constant. */
  readonly operand: Operand;
  /** Offset where the last token that fits begins. */
  readonly lastStart: number;
}

export type Operand = 'none' | 'literal' | 'name' | 'call' | 'group';
