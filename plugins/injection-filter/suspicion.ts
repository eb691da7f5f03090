import { Hot, hotBits } from './hot-words.ts';
import { atBreak, atMark } from './suspicion-marks.ts';
import { conclude } from './suspicion-verdict.ts';
import { atWide } from './suspicion-wide.ts';
import {
  byteAt,
  isDigit,
  isHex,
  isLetter,
  isQuote,
  isUpTo,
  Seen,
  Suspect,
  type Walk,
} from './suspicion-walk.ts';
import { bytesOf } from './text-bytes.ts';

/** A text up to this long may be one expression from start to end. */
const longestExpression = 512;

/** When so much is found a way into a text, the rest of it decides nothing that is worth the walk: it is looked through for all. */
const settled = Suspect.sql | Suspect.shell;
const every = settled | Suspect.xss | Suspect.encoded | Suspect.document;
/** How far it is from one place where that is asked to the next. */
const farEnough = 4096;

/**
 * What the walk does with a byte: 0 a letter or an underscore, 1 a digit, 2 a space, 3 part of a character that says
 * nothing, 4 a line break or tab, 5 ends a word and says nothing itself, 6 a mark, 7 begins a character beyond ASCII
 * that may be a quote, invisible, or another form of an ASCII one. Plain numbers, since the loop below is the hottest
 * of the filter.
 */
const kinds = new Uint8Array(256).fill(6, 0, 128).fill(3, 128);
for (const each of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_') kinds[each.charCodeAt(0)] = 0;
for (const each of '0123456789') kinds[each.charCodeAt(0)] = 1;
for (const each of '\t\n\r') kinds[each.charCodeAt(0)] = 4;
for (const each of ',}]') kinds[each.charCodeAt(0)] = 5;
for (const lead of [0xc2, 0xca, 0xe2, 0xe3, 0xef, 0xf0]) kinds[lead] = 7;
kinds[32] = 2;

/** One walk at a time: it is used again for every text, so that looking at one leaves nothing to collect. */
const walk: Walk = {
  bytes: new Uint8Array(0),
  from: 0,
  to: 0,
  found: 0,
  words: 0,
  last: 0,
  mark: 0,
  markAt: -1,
  wordEnd: -1,
  marks: 0,
  length: -1,
  expansions: 0,
};

function begin(bytes: Uint8Array, from: number, to: number): void {
  walk.bytes = bytes;
  walk.from = from;
  walk.to = to;
  walk.found = 0;
  walk.words = 0;
  walk.last = 0;
  walk.mark = 0;
  walk.markAt = from - 1;
  walk.wordEnd = from - 1;
  walk.marks = 0;
  walk.length = -1;
  walk.expansions = 0;
  walked.marks = 0;
}

/** Which detectors need to look at a text; see `suspicionOf`. */
export function suspicion(text: string): number {
  const bytes = bytesOf(text);
  return suspicionOf(bytes.buffer, 0, bytes.length);
}

/** What the last look at a text took, to its end or until it was settled. */
export interface Walked {
  bytes: number;
  /** Of these, marks, which cost most. */
  marks: number;
}

const walked: Walked = { bytes: 0, marks: 0 };

export function lastWalk(): Readonly<Walked> {
  return walked;
}

/**
 * Which detectors need to look at a text, given as UTF-8: one pass, nothing allocated, conservative. 0 for nearly all
 * prose, names, numbers and identifiers.
 */
export function suspicionOf(bytes: Uint8Array, from: number, to: number): number {
  begin(bytes, from, to);
  const kindOf = kinds;
  let blanks = 0;
  let askedAt = from + farEnough;
  let at = from;
  while (at < to) {
    const code = bytes[at] ?? 0;
    const kind = kindOf[code] ?? 6;
    if (kind === 0) {
      const start = at;
      do at += 1;
      while (at < to && kindOf[bytes[at] ?? 0] === 0);
      if (at < to && kindOf[bytes[at] ?? 0] === 1) at = afterMixed(start, at);
      else afterWord(start, at);
    } else if (kind === 2) {
      blanks = Seen.blank;
      at += 1;
    } else if (kind === 1) at = afterNumber(at);
    else {
      if (isWithinRun(at, code)) walk.markAt = at;
      else atOther(kind, code, at);
      at += 1;
      if (at > askedAt) {
        if ((conclude(walk) & settled) === settled) {
          walked.bytes = at - from;
          return every;
        }
        askedAt = at + farEnough;
      }
    }
  }
  walk.marks |= blanks;
  walked.bytes = to - from;
  return conclude(walk);
}

/** Whether a mark stands between others of its kind, two before it and one behind: those have told all that it could. */
function isWithinRun(at: number, code: number): boolean {
  const { bytes, mark, markAt, from } = walk;
  return (
    code === mark &&
    markAt === at - 1 &&
    at - 2 >= from &&
    // `')` counts as a quote.
    bytes[at - 1] === code &&
    bytes[at - 2] === code &&
    at + 1 < walk.to &&
    bytes[at + 1] === code
  );
}

function atOther(kind: number, code: number, at: number): void {
  if (kind === 6) {
    walked.marks += 1;
    atMark(walk, at, code);
    return;
  }
  walk.marks |= Seen.notBase64;
  if (kind === 5) {
    walk.mark = code;
    walk.markAt = at;
  } else if (kind === 4) atBreak(walk, at);
  else if (kind === 7) atWide(walk, at, code);
}

function afterWord(start: number, end: number): void {
  const bits = hotBits(walk.bytes, start, end);
  if ((bits | walk.last) !== 0) hotWord(bits, start);
  else walk.last = 0;
  walk.wordEnd = end;
}

/**
 * A word that begins with a digit; answers where it ends. `1union` and `1e1and` are a number and a word to SQL: what
 * stands behind the last digit is looked up.
 */
function afterNumber(start: number): number {
  const wordStart = isHexNumber(start) ? endOfHex(start + 2) : start;
  return afterParts(start, wordStart, Hot.number);
}

/** A word with a digit in it: what it is as a whole, and what stands behind the last digit, as in `\x27union`. */
function afterMixed(start: number, digitAt: number): number {
  let end = digitAt;
  while (end < walk.to && (kinds[walk.bytes[end] ?? 0] ?? 6) <= 1) end += 1;
  return afterParts(start, digitAt, hotBits(walk.bytes, start, end));
}

function afterParts(start: number, from: number, wholeBits: number): number {
  const { bytes, to } = walk;
  let at = from;
  let partStart = from;
  for (; at < to; at += 1) {
    const kind = kinds[bytes[at] ?? 0] ?? 6;
    if (kind > 1) break;
    if (kind === 1) partStart = at + 1;
  }
  hotWord(wholeBits | (partStart < at ? hotBits(bytes, partStart, at) : 0), start);
  walk.wordEnd = at;
  return at;
}

function isHexNumber(start: number): boolean {
  return walk.bytes[start] === 48 && (byteAt(walk, start + 1) | 32) === 120;
}

function endOfHex(from: number): number {
  let end = from;
  while (isHex(byteAt(walk, end))) end += 1;
  return end;
}

/** A word that means something, or follows one that does. */
function hotWord(bits: number, start: number): void {
  const { last, wordEnd, markAt } = walk;
  const isAfterMark = wordEnd <= markAt;
  if (bits & ~Hot.number) {
    if (isAfterMark) hotAfterMark(bits, start);
    if (bits & Hot.statement && !isAfterMark && (walk.mark === 64 || walk.mark === 92 || endsInDigit()))
      walk.found |= Suspect.sql;
    if (bits & Hot.statement && bits & Hot.number) walk.found |= Suspect.sql;
    if (bits & Hot.select && last & Hot.prefix) walk.found |= Suspect.sql;
    walk.words |= bits;
    if (bits & Hot.whenWord && walk.words & Hot.caseWord && isUpTo(walk, longestExpression - 1))
      walk.found |= Suspect.sql;
  }
  if (
    last & Hot.comparison &&
    !isAfterMark &&
    ((bits & Hot.number && last & Hot.afterValue) || bits & Hot.comparison)
  )
    walk.marks |= Seen.comparison;
  walk.last = last & Hot.number || isAfterMark ? bits | Hot.afterValue : bits;
}

/** Whether the word before ends in a digit. */
function endsInDigit(): boolean {
  return isDigit(byteAt(walk, walk.wordEnd - 1));
}

/** A hot word right after a quote, a separator or a parenthesis. */
function hotAfterMark(bits: number, start: number): void {
  const { mark } = walk;
  const sqlBits = Hot.logic | Hot.comparison | Hot.clause | Hot.statement;
  if (isQuote(mark) || mark === 41) {
    if (bits & (mark === 41 ? Hot.statement | Hot.clause : sqlBits)) walk.found |= Suspect.sql;
  } else if (mark === 59 || mark === 0x2f) {
    if (bits & (Hot.statement | Hot.sqlCall)) walk.found |= Suspect.sql;
  } else if (mark === 40) {
    if (bits & (Hot.select | Hot.union | Hot.caseWord | Hot.sqlCall | Hot.comparison))
      walk.found |= Suspect.sql;
  } else if (mark === 61 && walk.markAt === start - 1 && bits & Hot.script && bits & Hot.object)
    walk.found |= Suspect.xss;
  if (bits & Hot.statement && mark === 46 && isPoint(byteAt(walk, walk.markAt - 1)) && !isListed(bits, start))
    walk.found |= Suspect.sql;
  if (bits & Hot.command && isAfterSeparator(start)) walk.found |= Suspect.shell;
}

function isPoint(before: number): boolean {
  return isDigit(before) || before === 46;
}

/** `2. Select the best`: an item of a numbered list, and not `0. select 1`. */
function isListed(bits: number, start: number): boolean {
  if (walk.markAt === start - 1) return false;
  let at = start;
  while (isLetter(byteAt(walk, at))) at += 1;
  while (byteAt(walk, at) <= 32) at += 1;
  return (bits & Hot.select) === 0 || isLetter(byteAt(walk, at));
}

function isAfterSeparator(start: number): boolean {
  const { mark, markAt } = walk;
  const before = byteAt(walk, markAt - 1);
  switch (mark) {
    case 59: // ;
    case 124: // |
    case 38: // &
      return true;
    case 40: // $( <( >(
      return before === 36 || before === 60 || before === 62;
    case 96: // `
      return (
        markAt - walk.from < 192 ||
        before === 40 ||
        isJoint(before) ||
        (before === 32 && isJoint(byteAt(walk, markAt - 2)))
      );
    case 39:
    case 34:
    case 64:
    case 92:
    case 123:
    case 33:
      return isDisguised(start);
    default:
      return false;
  }
}

/** `= ; | &` */
function isJoint(code: number): boolean {
  return code === 61 || code === 59 || code === 124 || code === 38;
}

/** Whether only quotes, `@`, `\`, `{`, `!` and blanks stand between a separator and here, in the last twelve characters. */
function isDisguised(start: number): boolean {
  for (let at = start - 1; at >= start - 12; at -= 1) {
    const code = byteAt(walk, at);
    if (code === 59 || code === 124 || code === 38 || code === 40 || code === 96 || code === 36) return true;
    if (code > 32 && code !== 39 && code !== 34 && code !== 64 && code !== 92 && code !== 123 && code !== 33)
      return false;
  }
  return false;
}
