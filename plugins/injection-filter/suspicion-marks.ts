import { Hot } from './hot-words.ts';
import {
  argumentAt,
  disguiseAt,
  hasComma,
  isExpansion,
  patternAt,
  percentAt,
  separatorAt,
} from './suspicion-commands.ts';
import {
  byteAt,
  isDigit,
  isLetter,
  isQuote,
  isUpTo,
  isWithin,
  isWordPart,
  Seen,
  Suspect,
  type Walk,
} from './suspicion-walk.ts';

const longestExpression = 512;

/** More expansions than these are worth a look by themselves: looking for the end of each would cost as much. */
const mostExpansions = 256;

/** A line break or tab: a command may follow, in a short value. */
export function atBreak(walk: Walk, at: number): void {
  if (at - walk.from < 240 && isUpTo(walk, 199) && isWithin(walk, at, 80)) walk.found |= Suspect.shell;
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
      argumentAt(walk, at);
      if (next === 45) commentAt(walk, at);
      operatorAfterQuote(walk, isAfterWord);
      break;
    case 35: // #
      commentAt(walk, at);
      break;
    case 47: // /
      argumentAt(walk, at);
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
      if (!(walk.found & Suspect.shell) && (next === 123 || next === 73)) {
        walk.expansions += 1;
        if (walk.expansions > mostExpansions || isExpansion(walk, at)) walk.found |= Suspect.shell;
      }
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
