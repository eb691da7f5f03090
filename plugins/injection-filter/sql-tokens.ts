import { characterSet } from './character-set.ts';
import { partsOf } from './sql-words.ts';

export type TokenKind =
  | 'number'
  | 'string'
  /** A quote that opens a string which the text does not close. */
  | 'open-string'
  | 'word'
  | 'variable'
  | 'comparison'
  | 'logic'
  | 'arithmetic'
  | 'open'
  | 'close'
  | 'comma'
  | 'semicolon'
  | 'dot'
  /** `--`, `#` or an unclosed `/*`: whatever the statement had after the value is gone. */
  | 'comment'
  /** MySQL reads `1.e` before a parenthesis or an operator as nothing. */
  | 'blank'
  | 'other';

export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  /** Lower case, for words; otherwise the empty string. */
  readonly word: string;
  /** What the word can be, see `Part`. */
  readonly parts: number;
}

/** Tokens an anchor is followed for, and characters one token may have: what bounds the work per anchor. */
const mostTokens = 96;
const longestToken = 512;

/**
 * Reads SQL tokens from an offset: strings of every dialect ('', "", ``, [], $tag$, E'', N'', x''), numbers, `--`, `#` and
 * block comments (versioned ones are read through, as MySQL does), operators. Stops after `limit` tokens.
 */
export function tokensFrom(text: string, from: number, limit = mostTokens): Token[] {
  const tokens: Token[] = [];
  let at = from;
  for (let steps = 0; tokens.length < limit && steps < 4 * mostTokens; steps += 1) {
    at = skipBlank(text, at);
    if (at >= text.length) break;
    const token = tokenAt(text, at);
    at = token.end;
    if (token.kind === 'comment') at = afterLineComment(text, token);
    if (at === token.end && token.kind !== 'blank') tokens.push(token);
  }
  return tokens;
}

/** A line comment that SQL goes on after, on the next line, is white space; any other comment ends the text. */
function afterLineComment(text: string, { start, end }: Token): number {
  if (text.charCodeAt(start) === 47) return end;
  const rest = text.slice(start, start + longestToken);
  const next = /[\r\n]\s*(?=\S)/.exec(rest);
  if (!next) return end;
  const from = start + next.index + next[0].length;
  return goesOn(text, from) ? from : end;
}

/** Whether SQL, and not a sentence, stands here. */
function goesOn(text: string, from: number): boolean {
  const word = /^[A-Za-z_]{1,20}/.exec(text.slice(from, from + 20))?.[0];
  if (word !== undefined) return partsOf(word.toLowerCase()) !== 0 || text[from + word.length] === '(';
  return /^(?:[\d'"(),;@=<>#/*`\\]|[-+|&]+\s*[\w'"(#-])/.test(text.slice(from, from + 4));
}

/** The offset after white space, closed comments, and the marks of versioned comments. */
export function skipBlank(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code <= 32 || code === 160 || code === 0x3000) at += 1;
    else if (code === 47 && text.charCodeAt(at + 1) === 42) {
      const after = afterComment(text, at);
      if (after === at) return at;
      at = after;
    } else if (code === 42 && text.charCodeAt(at + 1) === 47) at += 2;
    else return at;
  }
}

function afterComment(text: string, at: number): number {
  if (text.charCodeAt(at + 2) === 33 || (text.charCodeAt(at + 2) === 77 && text.charCodeAt(at + 3) === 33)) {
    let end = at + (text.charCodeAt(at + 2) === 33 ? 3 : 4);
    while (isDigit(text.charCodeAt(end))) end += 1;
    return end;
  }
  const close = indexWithin(text, '*/', at + 2);
  return close < 0 ? at : close + 2;
}

function tokenAt(text: string, at: number): Token {
  const code = text.charCodeAt(at);
  if (isWordStart(code)) return wordAt(text, at);
  if (isDigit(code) || (code === 46 && isDigit(text.charCodeAt(at + 1)))) return numberAt(text, at);
  switch (code) {
    case 39: // '
    case 34: // "
    case 96: // `
    case 0x2018:
    case 0x2019:
    case 0x201c:
    case 0x201d:
      return stringAt(text, at, at);
    case 40:
      return plain('open', at, 1);
    case 41:
      return plain('close', at, 1);
    case 44:
      return plain('comma', at, 1);
    case 59:
      return plain('semicolon', at, 1);
    case 46:
      return plain('dot', at, 1);
    case 35:
      return isPostgresOperator(text, at)
        ? plain('arithmetic', at, 2)
        : plain('comment', at, text.length - at);
    case 63:
      return questionAt(text, at);
    case 64:
      return text[at + 1] === '>' ? plain('comparison', at, 2) : variableAt(text, at);
    case 91:
      return bracketAt(text, at);
    case 36:
      return dollarAt(text, at);
    case 92:
      return text[at + 1] === 'N' && !isWordPart(text.charCodeAt(at + 2))
        ? plain('number', at, 2)
        : plain('other', at, 1);
    default:
      return operatorAt(text, at, code);
  }
}

function operatorAt(text: string, at: number, code: number): Token {
  const next = text.charCodeAt(at + 1);
  switch (code) {
    case 45: // -
      if (next === 45) return plain('comment', at, text.length - at);
      if (next === 62) return plain('comparison', at, text.charCodeAt(at + 2) === 62 ? 3 : 2);
      return plain('arithmetic', at, 1);
    case 47: // /
      return next === 42 ? plain('comment', at, text.length - at) : plain('arithmetic', at, 1);
    case 124: // |
      return next === 124 ? plain('logic', at, 2) : plain('arithmetic', at, 1);
    case 38: // &
      return next === 38 ? plain('logic', at, 2) : plain('arithmetic', at, 1);
    case 58: // :
      if (next === 58 || next === 61) return plain(next === 58 ? 'arithmetic' : 'comparison', at, 2);
      return plain('other', at, 1);
    case 60: // <
    case 62: // >
    case 61: // =
    case 33: // !
      return comparisonAt(text, at, code, next);
    case 43:
    case 42:
    case 37:
    case 94:
    case 126:
      return plain('arithmetic', at, 1);
    default:
      return plain('other', at, 1);
  }
}

function comparisonAt(text: string, at: number, code: number, next: number): Token {
  if (code === 61 && next === 62) return plain('other', at, 2);
  let length = 1;
  while (length < 3 && '<>=@!~'.includes(text[at + length] ?? ' ')) length += 1;
  if (code === 33 && next !== 61 && next !== 126) return plain('arithmetic', at, 1);
  if (length === 2 && code === next && code !== 61) return plain('arithmetic', at, 2);
  return plain('comparison', at, length);
}

/** `?`, `?|` and `?&` ask a JSON document for keys (PostgreSQL manual, 9.16); alone it stands for a value. */
function questionAt(text: string, at: number): Token {
  if (askers[text.charCodeAt(at + 1)] !== 1 && at + 1 < text.length) return plain('other', at, 1);
  const rest = text.slice(at, at + 12);
  const isJson = /(?:[}\]]'|jsonb?|\))\s{0,4}$/i.test(text.slice(Math.max(0, at - 12), at));
  if (/^\?[|&]?\s{0,4}array\s{0,2}\[/i.test(rest) || (isJson && /^\?[|&]?\s{0,4}'/.test(rest)))
    return plain('comparison', at, /^\?[|&]/.test(rest) ? 2 : 1);
  return plain(/^\?\s{0,2}(?:--|[#),;]|$)/.test(rest) ? 'number' : 'other', at, 1);
}

/** What may stand behind a question mark that is an operator or a value: white space, `| & a ' - # ) , ;`. */
const askers = characterSet(" \t\r\n|&aA'-#),;");

function isPostgresOperator(text: string, at: number): boolean {
  return text[at + 1] === '>' || (text[at + 1] === '-' && text[at + 2] === "'");
}

function wordAt(text: string, at: number): Token {
  const last = at + longestToken;
  let end = at + 1;
  while (end < last && isWordPart(text.charCodeAt(end))) end += 1;
  const next = text.charCodeAt(end);
  if ((next === 39 || next === 34) && end - at <= 7 && isStringPrefix(text, at, end))
    return stringAt(text, at, end);
  if (end - at > 40) return { kind: 'word', start: at, end, word: '', parts: 0 };
  const word = text.slice(at, end).toLowerCase();
  return { kind: 'word', start: at, end, word, parts: partsOf(word) };
}

function isStringPrefix(text: string, at: number, end: number): boolean {
  const word = text.slice(at, end).toLowerCase();
  return word === 'e' || word === 'n' || word === 'x' || word === 'b' || (word[0] === '_' && end - at > 3);
}

function numberAt(text: string, at: number): Token {
  let end = at;
  if (text[at] === '0' && (text[at + 1] === 'x' || text[at + 1] === 'X' || text[at + 1] === 'b')) end += 2;
  const isHex = end > at;
  for (;;) {
    const code = text.charCodeAt(end);
    if (isDigit(code) || (isHex && isHexLetter(code)) || (!isHex && code === 46)) end += 1;
    else if (!isHex && (code === 101 || code === 69) && isExponent(text, end)) end += 2;
    else break;
  }
  const isLoneExponent = text.charCodeAt(end - 1) === 46 && (text.charCodeAt(end) | 32) === 101;
  return isLoneExponent && !isWordPart(text.charCodeAt(end + 1))
    ? plain('blank', at, end + 1 - at)
    : plain('number', at, end - at);
}

function isExponent(text: string, at: number): boolean {
  const next = text.charCodeAt(at + 1);
  return isDigit(next) || ((next === 43 || next === 45) && isDigit(text.charCodeAt(at + 2)));
}

/** A string whose quote stands at `quote`; a doubled quote and, as in MySQL, a backslash do not end it. */
function stringAt(text: string, start: number, quote: number): Token {
  const mark = closingOf(text.charCodeAt(quote));
  const last = Math.min(text.length, quote + longestToken);
  for (let at = quote + 1; at < last; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 92) at += 1;
    else if (code === mark) {
      if (text.charCodeAt(at + 1) !== mark) return { kind: 'string', start, end: at + 1, word: '', parts: 0 };
      at += 1;
    }
  }
  return { kind: 'open-string', start, end: last, word: '', parts: 0 };
}

function closingOf(code: number): number {
  if (code === 0x2018) return 0x2019;
  return code === 0x201c ? 0x201d : code;
}

function variableAt(text: string, at: number): Token {
  let end = at + 1;
  while (text.charCodeAt(end) === 64) end += 1;
  const quote = text.charCodeAt(end);
  if (quote === 96 || quote === 39 || quote === 34) return { ...stringAt(text, at, end), kind: 'variable' };
  while (isWordPart(text.charCodeAt(end)) || text[end] === '.') end += 1;
  return plain('variable', at, end - at);
}

function bracketAt(text: string, at: number): Token {
  const close = indexWithin(text, ']', at);
  if (close < 0 || close - at > 64) return plain('other', at, 1);
  return { kind: 'word', start: at, end: close + 1, word: '', parts: 0 };
}

function dollarAt(text: string, at: number): Token {
  let end = at + 1;
  while (end - at < 40 && isWordPart(text.charCodeAt(end)) && text.charCodeAt(end) !== 36) end += 1;
  if (text.charCodeAt(end) !== 36) return plain('other', at, 1);
  const tag = text.slice(at, end + 1);
  const close = indexWithin(text, tag, end + 1);
  if (close < 0) return { kind: 'open-string', start: at, end: text.length, word: '', parts: 0 };
  return { kind: 'string', start: at, end: close + tag.length, word: '', parts: 0 };
}

/** The offset of `wanted`, looked for only as far as a token may reach: an unbounded search from every anchor would be quadratic. */
function indexWithin(text: string, wanted: string, from: number): number {
  const found = text.slice(from, from + longestToken).indexOf(wanted);
  return found < 0 ? -1 : from + found;
}

function plain(kind: TokenKind, start: number, length: number): Token {
  return { kind, start, end: start + length, word: '', parts: 0 };
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isHexLetter(code: number): boolean {
  return (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
}

function isWordStart(code: number): boolean {
  return (
    (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || isLetterBeyondAscii(code)
  );
}

function isWordPart(code: number): boolean {
  return isWordStart(code) || isDigit(code) || code === 36;
}

function isLetterBeyondAscii(code: number): boolean {
  return code > 191 && code !== 215 && code !== 247 && !(code >= 0x2000 && code <= 0x206f) && code !== 0x3000;
}
