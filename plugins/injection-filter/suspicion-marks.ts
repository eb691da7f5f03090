import { Hot } from './hot-words.ts';
import {
  byteAt,
  isDigit,
  isHex,
  isLetter,
  isQuote,
  isUpTo,
  isWithin,
  isWordPart,
  none,
  Seen,
  Suspect,
  type Walk,
} from './suspicion-walk.ts';

const longestExpression = 512;

/** A line break or tab: a command may follow, in a short value. */
export function atBreak(walk: Walk, at: number): void {
  if (at - walk.from < 240 && isUpTo(walk, 199) && isWithin(walk, at, 80)) walk.found |= Suspect.shell;
}

/** The first byte of a character beyond ASCII: quotes and blanks are marks, other forms of ASCII an encoding. */
export function atWide(walk: Walk, at: number, lead: number): void {
  const second = byteAt(walk, at + 1);
  const third = byteAt(walk, at + 2);
  if (isOdd(lead, second, third)) walk.found |= Suspect.encoded;
  const code = markOf(lead, second, third);
  if (code === 0) return;
  if (isQuote(code)) walk.marks |= Seen.quote;
  walk.mark = code;
  walk.markAt = at;
}

/** Typographic quotes and two blanks, by their code point; 0 for anything else. */
function markOf(lead: number, second: number, third: number): number {
  if (lead === 0xc2) return second === 0xa0 ? 0xa0 : 0;
  if (lead === 0xe3) return second === 0x80 && third === 0x80 ? 0x3000 : 0;
  if (lead !== 0xe2 || second !== 0x80) return 0;
  return third === 0x98 || third === 0x99 || third === 0x9c || third === 0x9d ? 0x2000 | (third & 0x3f) : 0;
}

/** Full-width and other compatibility forms, invisible characters. */
function isOdd(lead: number, second: number, third: number): boolean {
  switch (lead) {
    case 0xc2: // U+00AD
      return second === 0xad;
    case 0xca: // U+02BC
      return second === 0xbc;
    case 0xe2:
      return isOddPunctuation(second, third);
    case 0xef: // U+FE50 to U+FF5E, U+FEFF
      return (second >= 0xb9 && second <= 0xbc) || (second === 0xbd && third <= 0x9e);
    case 0xf0: // U+1D400 to U+1D7FF
      return second === 0x9d;
    default:
      return false;
  }
}

/** U+200B to U+200F, U+202A to U+202E, U+2032, U+2035, U+2060 to U+2064, U+24B6 to U+24E9. */
function isOddPunctuation(second: number, third: number): boolean {
  if (second === 0x80)
    return (
      (third >= 0x8b && third <= 0x8f) || (third >= 0xaa && third <= 0xae) || third === 0xb2 || third === 0xb5
    );
  if (second === 0x81) return third >= 0xa0 && third <= 0xa4;
  return (second === 0x92 && third >= 0xb6) || (second === 0x93 && third <= 0xa9);
}

/** What may stand between a backtick and its command, or begin a path. */
const commandLeads = new Uint8Array(256);
for (const each of '({"\'@!$\\./~') commandLeads[each.charCodeAt(0)] = 1;

/** An ASCII character that is no letter, digit or blank. */
export function atMark(walk: Walk, at: number, code: number): void {
  const isAfterWord = walk.wordEnd > walk.markAt;
  const isAdjacent = walk.wordEnd === at;
  const next = byteAt(walk, at + 1);
  if (code !== 43 && code !== 47 && code !== 61 && code !== 45) walk.marks |= Seen.notBase64;
  if (walk.mark === 96 && !isAfterWord && commandLeads[code] === 1) walk.found |= Suspect.shell;
  switch (code) {
    case 60: // <
      if (isTagStart(next)) walk.found |= Suspect.xss;
      // `<!-- -->` in a word is taken out before it is read again.
      if (next === 33) walk.found |= Suspect.encoded;
      if (next === 40 || next === 47 || next === 60 || next === 33) walk.found |= Suspect.shell;
      walk.marks |= Seen.comparison;
      operatorAfterQuote(walk, isAfterWord);
      break;
    case 62: // >
      walk.marks |= Seen.comparison;
      if (next === 40 || next === 47 || (next === 32 && byteAt(walk, at + 2) === 47))
        walk.found |= Suspect.shell;
      operatorAfterQuote(walk, isAfterWord);
      break;
    case 61: // =
      walk.marks |= Seen.comparison | Seen.equals;
      if (isAfterWord && (walk.last & Hot.object || isHandlerName(walk))) walk.found |= Suspect.xss;
      operatorAfterQuote(walk, isAfterWord);
      break;
    case 33:
    case 126:
    case 94:
    case 42: // ! ~ ^ *
      if (code === 42) patternAt(walk, at, code, next);
      if (next === 61) walk.marks |= Seen.comparison;
      if (code === 94 && isAdjacent) disguiseAt(walk, at);
      operatorAfterQuote(walk, isAfterWord);
      break;
    case 40: // (
      if (byteAt(walk, at - 1) === 36 && !isNameOrQuote(next)) walk.found |= Suspect.shell;
      openAt(walk, isAfterWord, isAdjacent, next);
      break;
    case 41: // )
      walk.marks |= Seen.close;
      // What follows `')` follows the quote.
      if (!isAfterWord && isQuote(walk.mark)) {
        walk.markAt = at;
        return;
      }
      break;
    case 34:
    case 39:
    case 96:
      quoteAt(walk, code, next, isAfterWord, isAdjacent);
      if (isAdjacent) disguiseAt(walk, at);
      break;
    case 58: // :
      if (isAfterWord && (walk.last & Hot.scheme || isScheme(walk, at))) walk.found |= Suspect.xss;
      if (next === 58) walk.marks |= Seen.comparison;
      break;
    case 46: // .
      if (isAfterWord && walk.last & Hot.sqlCall) walk.found |= Suspect.sql;
      if (isAdjacent && walk.last & Hot.object && (isNameOrQuote(next) || next === 91))
        walk.found |= Suspect.xss;
      break;
    case 91: // [
      walk.marks |= Seen.open;
      if (isAfterWord && walk.last & Hot.object) walk.found |= Suspect.xss;
      break;
    case 63: // ?
      patternAt(walk, at, code, next);
      if (isAdjacent && walk.last & Hot.script && next === 46) walk.found |= Suspect.xss;
      operatorAfterQuote(walk, isAfterWord);
      break;
    case 45: // -
      if (next === 45) commentAt(walk, at);
      operatorAfterQuote(walk, isAfterWord);
      break;
    case 35: // #
      commentAt(walk, at);
      break;
    case 47: // /
      slashAt(walk, at, next, isAfterWord);
      break;
    case 43: // +
      walk.marks |= Seen.plus;
      if (next === 65) walk.found |= Suspect.encoded;
      operatorAfterQuote(walk, isAfterWord);
      break;
    case 59:
    case 124:
    case 38: // ; | &
      walk.marks |= Seen.separator;
      if (code !== 59) operatorAfterQuote(walk, isAfterWord);
      if (code === next) walk.words |= Hot.logic;
      separatorAt(walk, at, code, next);
      break;
    case 36: // $
      walk.marks |= Seen.dollar;
      if (isAdjacent && (!isNameOrQuote(next) || next === 95 || walk.last & Hot.command))
        walk.found |= Suspect.shell;
      if (!(walk.found & Suspect.shell) && (next === 123 || next === 73) && isExpansion(walk, at))
        walk.found |= Suspect.shell;
      break;
    case 37: // %
      percentAt(walk, at, next);
      operatorAfterQuote(walk, isAfterWord);
      break;
    case 92: // \
      if (isAdjacent && walk.marks & Seen.separator) walk.found |= Suspect.shell;
      if (isAdjacent) disguiseAt(walk, at);
      if ((next | 32) === 117 || (next | 32) === 120 || (next >= 48 && next <= 51))
        walk.found |= Suspect.encoded;
      if ((next | 32) === 110 || (next | 32) === 114) walk.found |= Suspect.shell;
      break;
    case 123: // {
      walk.marks |= next === 123 ? Seen.braces | Seen.brace : Seen.brace;
      if ((isNameOrQuote(next) || next === 47) && hasComma(walk, at + 1)) walk.found |= Suspect.shell;
      break;
    case 64: // @
      if (next === 64) walk.found |= Suspect.sql;
      if (walk.last & Hot.comparison) walk.marks |= Seen.comparison;
      if ((next | 32) === 105) walk.found |= Suspect.xss;
      break;
    default:
      if (code < 32 || code === 127)
        walk.found |= Suspect.encoded | Suspect.sql | Suspect.xss | Suspect.shell;
  }
  walk.mark = code;
  walk.markAt = at;
}

/** A pattern for a path of the system, `/e?c/passwd`, `/etc/pa*wd`: not the query of an address. */
function patternAt(walk: Walk, at: number, code: number, next: number): void {
  if (walk.mark !== 47 || at - walk.markAt > 12) return;
  if (!isWordPart(next) && !isWordPart(byteAt(walk, at - 1)) && (code !== 63 || next !== 63)) return;
  let start = walk.markAt;
  while (at - start < 32 && (isWordPart(byteAt(walk, start - 1)) || byteAt(walk, start - 1) === 47))
    start -= 1;
  const before = byteAt(walk, start - 1);
  if (byteAt(walk, start) === 47 && before !== 58 && before !== 46) walk.found |= Suspect.shell;
}

/** A quote, an escape or a caret within the word right after a separator: `;c'a't`, `& w^hoami`, `$(i\d)`. */
function disguiseAt(walk: Walk, at: number): void {
  const { mark, markAt } = walk;
  if (mark !== 59 && mark !== 124 && mark !== 38 && mark !== 96 && mark !== 40) return;
  let start = at;
  while (start > markAt + 1 && at - start < 24 && isWordPart(byteAt(walk, start - 1))) start -= 1;
  while (start > markAt + 1 && byteAt(walk, start - 1) === 32) start -= 1;
  if (start === markAt + 1 && (mark !== 40 || byteAt(walk, markAt - 1) === 36)) walk.found |= Suspect.shell;
}

/** Whether the last word begins as an event handler's name does: `onerror`. */
function isHandlerName(walk: Walk): boolean {
  const end = walk.wordEnd;
  let start = end - 1;
  while (isWordPart(byteAt(walk, start - 1)) && end - start < 32) start -= 1;
  return end - start > 4 && (byteAt(walk, start) | 32) === 111 && (byteAt(walk, start + 1) | 32) === 110;
}

/** An operator that a quote was closed for: `' =`. */
function operatorAfterQuote(walk: Walk, isAfterWord: boolean): void {
  walk.marks |= Seen.arithmetic;
  if (!isAfterWord && isQuote(walk.mark)) walk.found |= Suspect.sql;
}

function openAt(walk: Walk, isAfterWord: boolean, isAdjacent: boolean, next: number): void {
  walk.marks |= Seen.open;
  if (next === 41) walk.found |= Suspect.shell;
  if (!isAfterWord) return;
  const { last } = walk;
  if (last & Hot.sqlCall) walk.found |= Suspect.sql;
  if (last & Hot.script || isTail(walk, walk.wordEnd, 'lru') || isTail(walk, walk.wordEnd, 'noisserpxe'))
    walk.found |= Suspect.xss;
  if (last & Hot.execution) walk.found |= Suspect.shell;
  if (last & Hot.comparison && walk.words & (Hot.logic | Hot.clause)) walk.marks |= Seen.comparison;
  if ((isAdjacent || last & Hot.callable) && isUpTo(walk, longestExpression)) walk.found |= Suspect.sql;
}

function quoteAt(walk: Walk, code: number, next: number, isAfterWord: boolean, isAdjacent: boolean): void {
  const { last, mark } = walk;
  if (code === 34) walk.marks |= Seen.doubleQuote;
  if (!isAdjacent || !isLetter(next)) walk.marks |= Seen.quote;
  if (code === 96 && isAdjacent) walk.marks |= Seen.open;
  if (isAfterWord && last & (Hot.comparison | Hot.caseWord)) walk.marks |= Seen.comparison;
  if (code === 96 && isAdjacent && last & (Hot.script | Hot.object)) walk.found |= Suspect.xss;
  if (!isAfterWord && isQuote(mark) && mark !== code && isUpTo(walk, 199)) walk.found |= Suspect.sql;
  if (code === 39 && next === 39) walk.found |= Suspect.sql;
  if (code === next && code !== 96) walk.found |= Suspect.shell;
  if (code === 96 && isAdjacent && last & Hot.command) walk.found |= Suspect.shell;
}

function slashAt(walk: Walk, at: number, next: number, isAfterWord: boolean): void {
  walk.marks |= Seen.arithmetic;
  if (next === 42) commentAt(walk, at);
  const before = byteAt(walk, at - 1);
  if (before === 10 || before === 13) walk.found |= Suspect.shell;
  if (isAfterWord || walk.markAt < walk.from) return;
  const { mark } = walk;
  if (isQuote(mark) && isUpTo(walk, 1999)) walk.found |= Suspect.sql;
  if (mark === 59 || mark === 124 || mark === 38 || mark === 96 || mark === 39) walk.found |= Suspect.shell;
}

function percentAt(walk: Walk, at: number, next: number): void {
  if (isHex(next) || (next | 32) === 117 || byteAt(walk, at + 2) === 37) walk.found |= Suspect.encoded;
  else if (next === 120) walk.found |= Suspect.shell;
}

/** `;` with a statement or a command behind it, or a disguise of one. */
function separatorAt(walk: Walk, at: number, code: number, next: number): void {
  let to = at + 1;
  while (byteAt(walk, to) === 32) to += 1;
  const behind = byteAt(walk, to);
  if (code === 38 && (next === 35 || isLetter(next)) && hasEntity(walk, at)) walk.found |= Suspect.encoded;
  if (code === 59 && (behind === 40 || behind === 47 || behind === 35 || behind === 45))
    walk.found |= Suspect.sql;
  if (behind === none) {
    if (isUpTo(walk, 200)) walk.found |= Suspect.shell | Suspect.sql;
  } else if (disguises[behind] === 1) walk.found |= Suspect.shell;
}

/** What may begin a command word and is no letter. */
const disguises = new Uint8Array(257);
for (const each of '/.~$`\'"\\{<>@!(%?*') disguises[each.charCodeAt(0)] = 1;

function hasEntity(walk: Walk, at: number): boolean {
  for (let end = at + 1; end < at + 16; end += 1) {
    const code = byteAt(walk, end);
    if (code === 59 || code === 35) return true;
    if (!isLetter(code) && !isDigit(code))
      return /^(?:lt|gt|amp|quot|apos)/i.test(ascii(walk, at + 1, at + 6));
  }
  return false;
}

/** `$IFS`, `${IFS}`, `${print(…)}`, `${a}b`, and not the `${name}` of a template. */
function isExpansion(walk: Walk, at: number): boolean {
  const start = byteAt(walk, at + 1) === 123 ? at + 2 : at + 1;
  if (byteAt(walk, start) === 73 && byteAt(walk, start + 1) === 70 && byteAt(walk, start + 2) === 83)
    return true;
  if (start === at + 1) return false;
  const first = byteAt(walk, start);
  if (!isWordPart(first) && first > 32) return first !== none;
  for (let end = start; end < at + 40; end += 1) {
    const code = byteAt(walk, end);
    if (code === 40) return true;
    if (code === 125) return isWordPart(byteAt(walk, end + 1));
  }
  return false;
}

/** A few bytes as text. */
function ascii({ bytes, to }: Walk, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end && at < to; at += 1) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}

function hasComma(walk: Walk, from: number): boolean {
  for (let at = from; at < from + 13; at += 1) if (byteAt(walk, at) === 44) return true;
  return false;
}

function commentAt(walk: Walk, at: number): void {
  walk.marks |= Seen.comment;
  if (isQuote(walk.mark) && walk.wordEnd <= walk.markAt) walk.found |= Suspect.sql;
  const before = byteAt(walk, at - 1);
  const isAfterGroup = walk.mark === 41 && walk.wordEnd <= walk.markAt;
  if (isWordPart(before) || isAfterGroup || isQuote(before) || isDigit(byteAt(walk, at - 2)))
    walk.marks |= Seen.attachedComment;
  if (isAfterGroup && byteAt(walk, walk.markAt - 1) <= 41) walk.found |= Suspect.sql;
  if (!(walk.marks & Seen.earlyComment) && at > walk.from && isWithin(walk, at, 300))
    walk.marks |= Seen.earlyComment;
  if (walk.bytes[at] === 47) {
    walk.found |= Suspect.encoded;
    if (walk.last & Hot.sqlCall || byteAt(walk, at + 2) === 33) walk.found |= Suspect.sql;
  }
}

/** `javascript:`, also split by blanks, `data:` and `mocha:`. */
function isScheme(walk: Walk, at: number): boolean {
  const last = byteAt(walk, endOfText(walk, at) - 1) | 32;
  if (last === 116) return isTail(walk, at, 'tpi');
  return last === 97 && (isTail(walk, at, 'ahco') || isTail(walk, at, 'atad'));
}

/** Whether the characters before an offset are these, read backwards, blanks aside. */
function isTail(walk: Walk, at: number, backwards: string): boolean {
  let end = at;
  for (let index = 0; index < backwards.length; index += 1) {
    end = endOfText(walk, end) - 1;
    if ((byteAt(walk, end) | 32) !== backwards.charCodeAt(index)) return false;
  }
  return true;
}

/** The offset behind the last character before another that is no blank; 32 blanks are looked over at most. */
function endOfText(walk: Walk, at: number): number {
  let end = at;
  while (at - end < 32 && byteAt(walk, end - 1) <= 32) end -= 1;
  return end;
}

function isTagStart(code: number): boolean {
  return (
    isLetter(code) ||
    code === 47 ||
    code === 33 ||
    code === 63 ||
    code === 37 ||
    code === 60 ||
    code === 34 ||
    code === 92 ||
    code < 33
  );
}

function isNameOrQuote(code: number): boolean {
  return isLetter(code) || code === 34 || code === 39 || code === 95;
}
