import { CharacterCodes } from './character-codes.ts';

/** Kinds of lexical tokens of PostgreSQL's SQL, as far as values, names and structure must be told apart. */
export const tokenKind = { space: 1, word: 2, quotedName: 3, literal: 4, parameter: 5, symbol: 6 } as const;

const tab = 9;
const carriageReturn = 13;
const blank = 32;
const doubleQuote = 34;
const dollar = 36;
const ampersand = 38;
const quote = 39;
const star = 42;
const dash = 45;
const dot = 46;
const slash = 47;
const backslash = 92;
const plus = 43;
const letterE = 101;
const letterU = 117;
const letterX = 120;
/** Makes an ASCII letter small. */
const lowerCase = 32;

/** 1 for characters that begin a word, 2 for digits, 3 for white space, 0 for anything else. */
const classes = new Uint8Array(2 ** 16).fill(1);
for (let code = 0; code < 128; code++) classes[code] = classify(code);

function classify(code: number): number {
  if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95) return 1;
  if (code >= 48 && code <= 57) return 2;
  return (code >= tab && code <= carriageReturn) || code === blank ? 3 : 0;
}

/**
 * Walks over SQL token by token, following the lexical rules of PostgreSQL's manual §4.1: nested comments,
 * dollar quotes, escape strings. Never fails: an unclosed quote reaches to the end.
 */
export class Tokenizer {
  text = '';
  /** One of `tokenKind`. */
  kind = 0;
  start = 0;
  end = 0;
  readonly #characters: CharacterCodes;

  /** For one text, or for many that are seldom longer than `mostCharacters`. */
  constructor(text: string, mostCharacters: number = text.length) {
    this.#characters = new CharacterCodes(mostCharacters);
    this.restart(text);
  }

  /** The codes of the text, and a 0 behind them; another array once a longer text was read. */
  get codes(): Uint16Array {
    return this.#characters.codes;
  }

  /** Goes to the beginning of another text. */
  restart(text: string): void {
    this.#characters.read(text);
    this.text = text;
    this.kind = 0;
    this.start = 0;
    this.end = 0;
  }

  /** Moves to the next token; false at the end of the text. */
  next(): boolean {
    return this.nextAt(this.end);
  }

  /** Moves to the token that begins at a place; false at the end of the text. */
  nextAt(at: number): boolean {
    if (at >= this.text.length) return false;
    this.start = at;
    const { codes } = this.#characters;
    const code = codes[at] ?? 0;
    const kind = classes[code];
    if (kind === 1) this.#word(codes, code, at);
    else if (kind === 2) this.#take(4, endOfNumber(codes, at));
    else if (kind === 3) this.#take(1, this.#endOfSpace(codes, at));
    else this.#symbol(codes, code, at);
    return true;
  }

  #take(kind: number, end: number): void {
    this.kind = kind;
    this.end = end;
  }

  #word(codes: Uint16Array, first: number, at: number): void {
    const end = endOfWord(codes, at);
    if (end - at === 1 && codes[end] === quote && isPrefix(first | lowerCase))
      return this.#quoted(end, quote, (first | lowerCase) === letterE);
    if (end - at === 1 && codes[end] === ampersand && (first | lowerCase) === letterU) {
      const opening = codes[end + 1];
      if (opening === quote || opening === doubleQuote) return this.#quoted(end + 1, opening, false);
    }
    this.#take(2, end);
  }

  #symbol(codes: Uint16Array, code: number, at: number): void {
    if (code === quote || code === doubleQuote) return this.#quoted(at, code, false);
    if (code === dollar) return this.#dollar(codes, at);
    const after = codes[at + 1] ?? 0;
    if (code === dot && classes[after] === 2) return this.#take(4, endOfNumber(codes, at));
    if ((code === dash && after === dash) || (code === slash && after === star))
      return this.#take(1, this.#endOfSpace(codes, at));
    this.#take(6, at + 1);
  }

  /** A literal, or a name in double quotes; `opening` is where its first quote lies. */
  #quoted(opening: number, mark: number, hasEscapes: boolean): void {
    const { codes } = this.#characters;
    this.#take(mark === quote ? 4 : 3, endOfQuoted(codes, this.text.length, opening, mark, hasEscapes));
  }

  #dollar(codes: Uint16Array, at: number): void {
    const { text } = this;
    let end = at + 1;
    while (classes[codes[end] ?? 0] === 2) end++;
    if (end > at + 1) return this.#take(5, end);
    const tagEnd = endOfTag(codes, at + 1);
    if (codes[tagEnd] !== dollar) return this.#take(6, at + 1);
    const closing = text.indexOf(text.slice(at, tagEnd + 1), tagEnd + 1);
    this.#take(4, closing < 0 ? text.length : closing + tagEnd + 1 - at);
  }

  /** White space and comments in any order, as one. */
  #endOfSpace(codes: Uint16Array, from: number): number {
    let at = from;
    for (;;) {
      const code = codes[at] ?? 0;
      if (classes[code] === 3) at++;
      else if (code === dash && codes[at + 1] === dash) at = endOfLine(this.text, at);
      else if (code === slash && codes[at + 1] === star) at = endOfComment(codes, this.text.length, at);
      else return at;
    }
  }
}

/** B, E, N and X before a quote. */
function isPrefix(letter: number): boolean {
  return letter === letterE || letter === 98 || letter === 110 || letter === letterX;
}

function endOfWord(codes: Uint16Array, from: number): number {
  let at = from + 1;
  for (;;) {
    const code = codes[at] ?? 0;
    const kind = classes[code];
    if (kind !== 1 && kind !== 2 && code !== dollar) return at;
    at++;
  }
}

/** The tag of a dollar quote holds no dollar. */
function endOfTag(codes: Uint16Array, from: number): number {
  let at = from;
  for (;;) {
    const kind = classes[codes[at] ?? 0];
    if (kind !== 1 && kind !== 2) return at;
    at++;
  }
}

/** Digits, a fraction, an exponent, other bases and underscores (PostgreSQL 16). */
function endOfNumber(codes: Uint16Array, from: number): number {
  let at = from;
  for (;;) {
    const code = codes[at] ?? 0;
    const isPart = code < 128 && (classes[code] === 2 || classes[code] === 1);
    const isFraction = code === dot && codes[at + 1] !== dot;
    if (!isPart && !isFraction && !isExponentSign(codes, from, at)) return at;
    at++;
  }
}

function isExponentSign(codes: Uint16Array, from: number, at: number): boolean {
  return (
    (codes[at] === dash || codes[at] === plus) &&
    ((codes[at - 1] ?? 0) | lowerCase) === letterE &&
    ((codes[from + 1] ?? 0) | lowerCase) !== letterX &&
    classes[codes[at + 1] ?? 0] === 2
  );
}

function endOfQuoted(
  codes: Uint16Array,
  length: number,
  opening: number,
  mark: number,
  hasEscapes: boolean,
): number {
  for (let at = opening + 1; at < length; at++) {
    const code = codes[at];
    if (hasEscapes && code === backslash) at++;
    else if (code === mark) {
      if (codes[at + 1] !== mark) return at + 1;
      at++;
    }
  }
  return length;
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at < 0 ? text.length : at + 1;
}

/** Comments nest (PostgreSQL manual §4.1.5). */
function endOfComment(codes: Uint16Array, length: number, from: number): number {
  let depth = 1;
  for (let at = from + 2; at < length; at++) {
    const code = codes[at];
    const after = codes[at + 1];
    if (code === star && after === slash) {
      at++;
      if (--depth === 0) return at + 1;
    } else if (code === slash && after === star) {
      at++;
      depth++;
    }
  }
  return length;
}
