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

/** 1 for characters that begin a word, 2 for digits, 3 for white space, 0 for anything else. */
const classes = new Uint8Array(128);
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
  readonly text: string;
  /** One of `tokenKind`. */
  kind = 0;
  start = 0;
  end = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Moves to the next token; false at the end of the text. */
  next(): boolean {
    const at = this.end;
    if (at >= this.text.length) return false;
    this.start = at;
    const code = this.text.charCodeAt(at);
    const kind = code < 128 ? (classes[code] ?? 0) : 1;
    if (kind === 1) this.#word(code, at);
    else if (kind === 2) this.#take(4, endOfNumber(this.text, at));
    else if (kind === 3) this.#take(1, endOfSpace(this.text, at));
    else this.#symbol(code, at);
    return true;
  }

  #take(kind: number, end: number): void {
    this.kind = kind;
    this.end = end;
  }

  #word(first: number, at: number): void {
    const { text } = this;
    const end = endOfWord(text, at);
    const after = text.charCodeAt(end);
    if (after === quote && end - at === 1 && 'eEbBxXnN'.includes(text.charAt(at)))
      return this.#take(4, endOfQuoted(text, end, quote, (first | 32) === 101));
    if (after === ampersand && end - at === 1 && (first | 32) === 117) {
      const opening = text.charCodeAt(end + 1);
      if (opening === quote) return this.#take(4, endOfQuoted(text, end + 1, quote, false));
      if (opening === doubleQuote) return this.#take(3, endOfQuoted(text, end + 1, doubleQuote, false));
    }
    this.#take(2, end);
  }

  #symbol(code: number, at: number): void {
    const { text } = this;
    if (code === quote) return this.#take(4, endOfQuoted(text, at, quote, false));
    if (code === doubleQuote) return this.#take(3, endOfQuoted(text, at, doubleQuote, false));
    if (code === dollar) return this.#dollar(at);
    const after = text.charCodeAt(at + 1);
    if (code === dot && classes[after] === 2) return this.#take(4, endOfNumber(text, at));
    if ((code === dash && after === dash) || (code === slash && after === star))
      return this.#take(1, endOfSpace(text, at));
    this.#take(6, at + 1);
  }

  #dollar(at: number): void {
    const { text } = this;
    let end = at + 1;
    while (classes[text.charCodeAt(end)] === 2) end++;
    if (end > at + 1) return this.#take(5, end);
    const tagEnd = endOfTag(text, at + 1);
    if (text.charCodeAt(tagEnd) !== dollar) return this.#take(6, at + 1);
    const closing = text.indexOf(text.slice(at, tagEnd + 1), tagEnd + 1);
    this.#take(4, closing < 0 ? text.length : closing + tagEnd + 1 - at);
  }
}

function endOfWord(text: string, from: number): number {
  let at = from + 1;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 128 && classes[code] !== 1 && classes[code] !== 2 && code !== dollar) break;
  }
  return at;
}

/** The tag of a dollar quote holds no dollar. */
function endOfTag(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 128 && classes[code] !== 1 && classes[code] !== 2) break;
  }
  return at;
}

/** Digits, a fraction, an exponent, other bases and underscores (PostgreSQL 16). */
function endOfNumber(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const kind = code < 128 ? classes[code] : 0;
    if (kind === 2 || kind === 1 || (code === dot && text.charCodeAt(at + 1) !== dot)) continue;
    const isExponentSign = (code === dash || code === 43) && isExponent(text, from, at);
    if (!isExponentSign) break;
  }
  return at;
}

function isExponent(text: string, from: number, at: number): boolean {
  return (
    (text.charCodeAt(at - 1) | 32) === 101 &&
    (text.charCodeAt(from + 1) | 32) !== 120 &&
    classes[text.charCodeAt(at + 1)] === 2
  );
}

function endOfQuoted(text: string, from: number, closing: number, hasEscapes: boolean): number {
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (hasEscapes && code === backslash) at++;
    else if (code === closing) {
      if (text.charCodeAt(at + 1) !== closing) return at + 1;
      at++;
    }
  }
  return text.length;
}

/** White space and comments in any order, as one. */
function endOfSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (classes[code] === 3) at++;
    else if (code === dash && text.charCodeAt(at + 1) === dash) at = endOfLine(text, at);
    else if (code === slash && text.charCodeAt(at + 1) === star) at = endOfComment(text, at);
    else return at;
  }
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at < 0 ? text.length : at + 1;
}

/** Comments nest (PostgreSQL manual §4.1.5). */
function endOfComment(text: string, from: number): number {
  let depth = 1;
  for (let at = from + 2; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const after = text.charCodeAt(at + 1);
    if (code === star && after === slash) {
      at++;
      if (--depth === 0) return at + 1;
    } else if (code === slash && after === star) {
      at++;
      depth++;
    }
  }
  return text.length;
}
