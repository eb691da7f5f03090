import { Tokenizer, tokenKind } from './tokenizer.ts';

/** Statements of one simple Query that are told apart; what follows stays with the last one. */
const statementsMax = 1000;

/**
 * The statements of a simple Query, without their semicolons, in order; parts that hold nothing but space or
 * comments are left out, as PostgreSQL answers nothing for them.
 */
export function splitStatements(text: string): readonly string[] {
  const tokens = new Tokenizer(text);
  const parts: string[] = [];
  const nesting = new Nesting();
  let from = 0;
  let isEmpty = true;
  while (tokens.next() && parts.length < statementsMax - 1) {
    if (tokens.kind === tokenKind.space) continue;
    if (nesting.isOutsideAfter(tokens) && text[tokens.start] === ';' && tokens.kind === tokenKind.symbol) {
      if (!isEmpty) parts.push(text.slice(from, tokens.start).trim());
      from = tokens.end;
      isEmpty = true;
    } else isEmpty = false;
  }
  if (!isEmpty) parts.push(text.slice(from).trim());
  return parts;
}

/** Semicolons inside parentheses (CREATE RULE) and `BEGIN ATOMIC … END` bodies do not end a statement. */
class Nesting {
  #parentheses = 0;
  #blocks = 0;
  #previousWord = '';

  isOutsideAfter(tokens: Tokenizer): boolean {
    const { text, kind, start, end } = tokens;
    if (kind === tokenKind.symbol) this.#symbol(text[start]);
    if (kind === tokenKind.word) this.#word(text.slice(start, end).toLowerCase());
    else this.#previousWord = '';
    return this.#parentheses <= 0 && this.#blocks === 0;
  }

  #symbol(symbol: string | undefined): void {
    if (symbol === '(') this.#parentheses++;
    if (symbol === ')') this.#parentheses--;
  }

  #word(word: string): void {
    if (word === 'atomic' && this.#previousWord === 'begin') this.#blocks++;
    else if (this.#blocks > 0 && word === 'case') this.#blocks++;
    else if (this.#blocks > 0 && word === 'end') this.#blocks--;
    this.#previousWord = word;
  }
}
