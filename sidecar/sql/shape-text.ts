import { appendedTagsAt } from '../../shared/index.ts';
import { CharacterCodes, pairsOf } from './character-codes.ts';
import { Tokenizer, tokenKind } from './tokenizer.ts';

/** Rows of one VALUES list that are told apart; more are compared but not remembered. */
const rowsRemembered = 8;

/** Statements are told cut at this length; longer texts make the memory of a `ShapeText` grow. */
const usualCharactersMax = 16 * 1024;

/** The shape of one text; see `ShapeText`. */
export function shapeText(text: string): string {
  const shape = new ShapeText(text.length);
  shape.read(text);
  return shape.toString();
}

const zero = 48;
const quote = 39;
const dollar = 36;
const one = 49;
const ampersand = 38;
const slash = 47;
const dot = 46;
const nine = 57;
const comma = 44;
const minus = 45;
const opening = 40;
const closing = 41;
const semicolon = 59;
const blank = 32;

/**
 * Statements without their values: strings are `''`, numbers `0`, parameters `$1`; comments and extra white space
 * are gone; `IN` lists are cut to their first item and `VALUES` lists to one of each kind of row. It still
 * parses, so equal shapes are fingerprinted once. The shape is written into memory that is used again, so that nothing
 * is made of a statement whose shape is known.
 */
export class ShapeText {
  /** Of the shape, in UTF-16 codes. */
  length = 0;
  readonly #shape: CharacterCodes;
  readonly #tokens: Tokenizer;
  #depth = 0;
  #isAfterIn = false;
  /** Depth of the IN list we are in; 0 outside. */
  #inDepth = 0;
  /** Where the first item of that list ends; -1 before it. */
  #itemEnd = -1;
  /** Where the last string ends while only white space followed it: what is quoted next goes on with it. */
  #stringEnd = -1;
  /** Depth at which rows of VALUES begin; -1 outside. */
  #valuesDepth = -1;
  #rowStart = 0;
  #rowsEnd = 0;
  /** Starts and ends of the rows remembered, in turns. */
  readonly #rows = new Int32Array(2 * rowsRemembered);
  #rowCount = 0;

  constructor(mostCharacters = usualCharactersMax) {
    this.#shape = new CharacterCodes(mostCharacters + 1);
    this.#tokens = new Tokenizer('', mostCharacters);
  }

  /** The shape's codes, two at a time, with a 0 behind an odd last one; valid until the next `read`. */
  get pairs(): Uint32Array {
    return this.#shape.pairs;
  }

  /** Pairs of this shape. */
  get pairCount(): number {
    return pairsOf(this.length);
  }

  /** Takes a text; its shape is here until the next. */
  read(text: string): void {
    this.#begin(text);
    for (let at = this.#run(0); this.#tokens.nextAt(at); at = this.#run(this.#tokens.end)) this.#take();
    const tagsAt = this.#endsQuoted() ? appendedTagsAt(text) : -1;
    if (tagsAt >= 0) this.read(text.slice(0, tagsAt));
    else this.#trimEnd();
  }

  toString(): string {
    return this.#shape.text(this.length);
  }

  /** A number of 32 bits that equal shapes have in common (FNV-1a, of pairs; turned, as multiplying mixes upwards only). */
  hash(): number {
    const { pairs, pairCount } = this;
    let hash = 0x811c9dc5;
    for (let at = 0; at < pairCount; at++)
      hash = Math.imul(((hash << 13) | (hash >>> 19)) ^ (pairs[at] ?? 0), 0x01000193);
    return hash;
  }

  #begin(text: string): void {
    this.#tokens.restart(text);
    // A quote that is never closed may be the last character and becomes two codes.
    this.#shape.hold(text.length + 1);
    this.length = 0;
    this.#depth = 0;
    this.#isAfterIn = false;
    this.#inDepth = 0;
    this.#itemEnd = -1;
    this.#stringEnd = -1;
    this.#valuesDepth = -1;
    this.#rowCount = 0;
  }

  /**
   * Copies what nothing is to be done about, which is most of a text: words, single blanks and plain symbols. Answers where it
   * stopped.
   */
  #run(from: number): number {
    const source = this.#tokens.codes;
    let at = from;
    for (;;) {
      const code = source[at] ?? 0;
      const role = roles[code];
      if (role === roleOf.wordStart) {
        const end = this.#copyWord(source, at);
        if (end === at) return at;
        at = end;
      } else if (role === roleOf.blank && isPlainAfterBlank(source[at + 1] ?? 0)) {
        if (this.length > 0) this.#write(code);
        at++;
      } else if (role === roleOf.symbol || (code === dot && !isDigit(source[at + 1] ?? 0))) {
        this.#plainSymbol(code);
        at++;
      } else return at;
    }
  }

  /** Where the word ends; where it begins when it is the prefix of a literal. */
  #copyWord(source: Uint16Array, from: number): number {
    const { codes } = this.#shape;
    const to = this.length - from;
    let at = from;
    for (;;) {
      const code = source[at] ?? 0;
      if ((roles[code] ?? 0) < roleOf.wordStart) break;
      codes[to + at] = code;
      at++;
    }
    const characters = at - from;
    if (characters === 1 && (source[at] === quote || source[at] === ampersand)) return from;
    this.length = to + at;
    this.#afterWord(from, characters);
    return at;
  }

  #take(): void {
    const { kind, start, end } = this.#tokens;
    if (kind === tokenKind.space) return this.#space();
    if (kind === tokenKind.literal) this.#literal();
    else if (kind === tokenKind.parameter) this.#value(dollar, one);
    else if (kind === tokenKind.symbol) this.#symbol();
    else {
      this.#copy(start, end);
      if (kind === tokenKind.word) this.#afterWord(start, end - start);
    }
    if (kind !== tokenKind.literal) this.#stringEnd = -1;
  }

  #copy(from: number, to: number): void {
    const source = this.#tokens.codes;
    const { codes } = this.#shape;
    let at = this.length;
    for (let next = from; next < to; next++) codes[at++] = source[next] ?? 0;
    this.length = at;
  }

  #write(code: number): void {
    this.#shape.codes[this.length++] = code;
  }

  #space(): void {
    const isInside = this.length > 0 && this.#tokens.end < this.#tokens.text.length;
    if (isInside) this.#write(blank);
  }

  #literal(): void {
    const first = this.#tokens.codes[this.#tokens.start] ?? 0;
    const isNumber = (first >= zero && first <= nine) || first === dot;
    if (isNumber) this.#value(zero, 0);
    else if (this.#stringEnd >= 0) this.length = this.#stringEnd;
    else this.#value(quote, quote);
    this.#stringEnd = isNumber ? -1 : this.length;
  }

  /** What stands for a value: one code or two. Of a list of values the first stands for all. */
  #value(first: number, second: number): void {
    const isInList = this.#inDepth > 0 && this.#inDepth === this.#depth;
    this.#isAfterIn = false;
    if (isInList && this.#itemEnd >= 0) {
      this.length = this.#itemEnd;
      return;
    }
    this.#write(first);
    if (second > 0) this.#write(second);
    if (isInList) this.#itemEnd = this.length;
  }

  #symbol(): void {
    const code = this.#tokens.codes[this.#tokens.start] ?? 0;
    if (code === opening) this.#open();
    if (code !== opening && code !== closing) return this.#plainSymbol(code);
    this.#write(code);
    if (code === closing) this.#close();
    this.#isAfterIn = false;
  }

  #plainSymbol(code: number): void {
    if (this.#inDepth === this.#depth && code !== comma && code !== minus) this.#leaveList();
    this.#write(code);
    this.#isAfterIn = false;
    this.#stringEnd = -1;
  }

  #open(): void {
    if (this.#inDepth > 0) this.#leaveList();
    if (this.#isAfterIn) {
      this.#inDepth = this.#depth + 1;
      this.#itemEnd = -1;
    }
    if (this.#depth === this.#valuesDepth) this.#rowStart = this.length;
    this.#depth++;
  }

  #close(): void {
    if (this.#inDepth === this.#depth) this.#inDepth = 0;
    // One too many closes nothing: at a depth below zero no list would be told from none.
    this.#depth = Math.max(0, this.#depth - 1);
    if (this.#depth < this.#valuesDepth) this.#valuesDepth = -1;
    else if (this.#depth === this.#valuesDepth) this.#endRow();
  }

  /** A row like one before is left out, with what stands between them. */
  #endRow(): void {
    if (this.#isKnownRow()) {
      this.length = this.#rowsEnd;
      return;
    }
    if (this.#rowCount < rowsRemembered) {
      this.#rows[2 * this.#rowCount] = this.#rowStart;
      this.#rows[2 * this.#rowCount + 1] = this.length;
      this.#rowCount++;
    }
    this.#rowsEnd = this.length;
  }

  #isKnownRow(): boolean {
    for (let row = 0; row < this.#rowCount; row++)
      if (this.#isRow(this.#rows[2 * row] ?? 0, this.#rows[2 * row + 1] ?? 0)) return true;
    return false;
  }

  #isRow(from: number, to: number): boolean {
    const { codes } = this.#shape;
    const offset = this.#rowStart - from;
    if (this.length - offset !== to) return false;
    for (let at = from; at < to; at++) if (codes[at] !== codes[at + offset]) return false;
    return true;
  }

  #afterWord(start: number, characters: number): void {
    if (this.#inDepth === this.#depth) this.#leaveList();
    if (this.#depth === this.#valuesDepth) this.#valuesDepth = -1;
    this.#stringEnd = -1;
    this.#isAfterIn = characters === 2 && this.#says('in', start);
    if (characters !== 6 || !this.#says('values', start)) return;
    this.#valuesDepth = this.#depth;
    this.#rowCount = 0;
  }

  /** What is not a plain list of values is kept as it is. */
  #leaveList(): void {
    this.#inDepth = 0;
  }

  #says(word: string, start: number): boolean {
    const { codes } = this.#tokens;
    for (let i = 0; i < word.length; i++)
      if (((codes[start + i] ?? 0) | 32) !== word.charCodeAt(i)) return false;
    return true;
  }

  /**
   * True when the text ends inside quotes that were never closed: then tags appended as a comment were read with their
   * quotes the wrong way round, and their trace id would make each such statement a shape of its own.
   */
  #endsQuoted(): boolean {
    const { kind, text } = this.#tokens;
    const isQuoted = kind === tokenKind.literal || kind === tokenKind.quotedName;
    return isQuoted && /[/;\s]$/.test(text);
  }

  #trimEnd(): void {
    const { codes } = this.#shape;
    while (this.length > 0 && isIdle(codes[this.length - 1] ?? 0)) this.length--;
    codes[this.length] = 0;
  }
}

/** What a character is to `#run`; 0 for those that a token must be made of. From `wordStart` on it may go on a word. */
const roleOf = { blank: 1, symbol: 2, wordStart: 3, wordPart: 4 } as const;
const roles = new Uint8Array(2 ** 16).fill(roleOf.wordStart);
for (let code = 0; code < 128; code++) roles[code] = roleOfAscii(code);

function roleOfAscii(code: number): number {
  const character = String.fromCharCode(code);
  if (/[a-z_]/i.test(character)) return roleOf.wordStart;
  if (/[\d$]/.test(character)) return roleOf.wordPart;
  if (character === ' ') return roleOf.blank;
  return '=<>+*%^|~!@#?:[]{};,`\\'.includes(character) ? roleOf.symbol : 0;
}

const isDigit = (code: number): boolean => code >= zero && code <= nine;

/** False for white space, for what may begin a comment, and at the end of the text. */
const isPlainAfterBlank = (code: number): boolean => code > blank && code !== minus && code !== slash;

const isIdle = (code: number): boolean => code === blank || code === semicolon;
