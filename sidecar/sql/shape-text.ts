import { appendedTagsAt } from '../../shared/index.ts';
import { Tokenizer, tokenKind } from './tokenizer.ts';

/** Rows of one VALUES list that are told apart; more are compared but not remembered. */
const rowsRemembered = 8;

/**
 * A statement without its values: strings are `''`, numbers `0`, parameters `$1`; comments and extra white space
 * are gone; `IN` lists are cut to their first item and `VALUES` lists to one of each kind of row. It still
 * parses, so equal shapes are fingerprinted once.
 */
export function shapeText(text: string): string {
  const builder = new ShapeBuilder(text);
  while (builder.tokens.next()) builder.take();
  const tagsAt = endsQuoted(builder.tokens) ? appendedTagsAt(text) : -1;
  return tagsAt < 0 ? builder.finish() : shapeText(text.slice(0, tagsAt));
}

/**
 * True when the text ends inside quotes that were never closed: then tags appended as a comment were read with their
 * quotes the wrong way round, and their trace id would make each such statement a shape of its own.
 */
function endsQuoted({ kind, text }: Tokenizer): boolean {
  const isQuoted = kind === tokenKind.literal || kind === tokenKind.quotedName;
  return isQuoted && /[/;\s]$/.test(text);
}

const comma = 44;
const minus = 45;
const opening = 40;
const closing = 41;
const semicolon = 59;
const blank = 32;

/** Copies runs between values in one slice; only what changes is put together anew. */
class ShapeBuilder {
  readonly tokens: Tokenizer;
  #out = '';
  /** Source before this is in `#out` already, or left out. */
  #from = 0;
  #depth = 0;
  #isAfterIn = false;
  /** Depth of the IN list we are in; 0 outside. */
  #inDepth = 0;
  #hasItem = false;
  /** Depth at which rows of VALUES begin; -1 outside. */
  #valuesDepth = -1;
  #rowStart = 0;
  #rowsEnd = 0;
  #rows: string[] = [];

  constructor(text: string) {
    this.tokens = new Tokenizer(text);
  }

  take(): void {
    const { kind } = this.tokens;
    if (kind === tokenKind.space) return this.#space();
    if (kind === tokenKind.literal) this.#value(isNumber(this.tokens) ? '0' : "''");
    else if (kind === tokenKind.parameter) this.#value('$1');
    else if (kind === tokenKind.symbol) this.#symbol();
    else if (kind === tokenKind.word) this.#word();
  }

  finish(): string {
    this.#flush(this.tokens.text.length);
    const shape = this.#out;
    const isClean = shape.charCodeAt(shape.length - 1) !== semicolon && shape === shape.trimEnd();
    return isClean ? shape : shape.replace(/[;\s]+$/, '');
  }

  #flush(upTo: number): void {
    if (upTo > this.#from) this.#out += this.tokens.text.slice(this.#from, upTo);
    this.#from = upTo;
  }

  #space(): void {
    const { text, start, end } = this.tokens;
    if (end - start === 1 && text.charCodeAt(start) === blank && start > 0) return;
    this.#flush(start);
    this.#from = end;
    if (this.#out !== '' && end < text.length) this.#out += ' ';
  }

  #value(stands: string): void {
    const { start, end } = this.tokens;
    if (this.#inDepth > 0 && this.#inDepth === this.#depth && this.#hasItem) {
      this.#from = end;
      return;
    }
    this.#flush(start);
    this.#out += stands;
    this.#from = end;
    this.#hasItem = true;
    this.#isAfterIn = false;
  }

  #symbol(): void {
    const code = this.tokens.text.charCodeAt(this.tokens.start);
    if (code === opening) this.#open();
    else if (code === closing) this.#close();
    else if (code !== comma && code !== minus && this.#inDepth === this.#depth) this.#leaveList();
    this.#isAfterIn = false;
  }

  #open(): void {
    if (this.#inDepth > 0) this.#leaveList();
    if (this.#isAfterIn) {
      this.#inDepth = this.#depth + 1;
      this.#hasItem = false;
    }
    if (this.#depth === this.#valuesDepth) {
      this.#flush(this.tokens.start);
      this.#rowStart = this.#out.length;
    }
    this.#depth++;
  }

  #close(): void {
    if (this.#inDepth === this.#depth) this.#inDepth = 0;
    this.#depth--;
    if (this.#depth < this.#valuesDepth) this.#valuesDepth = -1;
    else if (this.#depth === this.#valuesDepth) this.#endRow();
  }

  #endRow(): void {
    this.#flush(this.tokens.end);
    const row = this.#out.slice(this.#rowStart);
    if (this.#rows.includes(row)) {
      this.#out = this.#out.slice(0, this.#rowsEnd);
      return;
    }
    if (this.#rows.length < rowsRemembered) this.#rows.push(row);
    this.#rowsEnd = this.#out.length;
  }

  #word(): void {
    const { start, end } = this.tokens;
    if (this.#inDepth === this.#depth) this.#leaveList();
    if (this.#depth === this.#valuesDepth) this.#valuesDepth = -1;
    this.#isAfterIn = end - start === 2 && this.#says('in');
    if (end - start !== 6 || !this.#says('values')) return;
    this.#valuesDepth = this.#depth;
    this.#rows = [];
  }

  /** What is not a plain list of values is kept as it is. */
  #leaveList(): void {
    this.#inDepth = 0;
    this.#hasItem = false;
  }

  #says(word: string): boolean {
    const { text, start } = this.tokens;
    for (let i = 0; i < word.length; i++)
      if ((text.charCodeAt(start + i) | 32) !== word.charCodeAt(i)) return false;
    return true;
  }
}

function isNumber({ text, start }: Tokenizer): boolean {
  const code = text.charCodeAt(start);
  return (code >= 48 && code <= 57) || code === 46;
}
