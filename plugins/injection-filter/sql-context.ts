import { beginningsOf, mayBegin } from './beginnings.ts';
import { characterSet, isWhite } from './character-set.ts';
import { skipBlank } from './sql-tokens.ts';
import { Part, partsOf, wordsOf } from './sql-words.ts';
import { isLetter, isWordPart } from './suspicion-walk.ts';

// What stands around a place says most often, and before any token is read, that no SQL goes on there.

/** Whether an operator can begin here: cheap, since most quotes are apostrophes. */
export function mayOperate(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (!beginsWord(code)) return operators[code] === 1;
  if (!mayBegin(joining, code, text.charCodeAt(at + 1))) return false;
  let end = at + 1;
  while (end - at < 12 && beginsWord(text.charCodeAt(end))) end += 1;
  return (partsOf(text.slice(at, end).toLowerCase()) & joiningParts) !== 0;
}

/** What a word joins to the value before it. */
const joiningParts = Part.logic | Part.comparison | Part.clause | Part.statement | Part.prefix;
const joining = beginningsOf(wordsOf(joiningParts));

/** `= < > ! | & + - * / % ^ ~ ) ; # , @ ( :` and a comma. */
const operators = characterSet('=<>!|&+-*/%^~);#,@(:');

function beginsWord(code: number): boolean {
  return isLetter(code) || code === 95;
}

/** Whether a statement, an expression or a comment can follow a semicolon here: a word that begins none is most of what follows one. */
export function mayBeStatement(text: string, from: number): boolean {
  const at = skipBlank(text, from);
  const code = text.charCodeAt(at);
  if (!beginsWord(code)) return stackable[code] === 1;
  if (!mayBegin(stacking, code, text.charCodeAt(at + 1))) return false;
  let end = at + 1;
  while (end - at < 24 && isWordPart(text.charCodeAt(end))) end += 1;
  const word = text.slice(at, end).toLowerCase();
  return word === 'iif' || (partsOf(word) & stackingParts) !== 0;
}

/** What a word behind a semicolon begins. */
const stackingParts = Part.statement | Part.attackFunction;
const stacking = beginningsOf([...wordsOf(stackingParts), 'iif']);

/** `( - # /` */
const stackable = characterSet('(-#/');

/** As far as is looked for a sentence. */
const sentenceReach = 40;
const sentenceMarks = characterSet('.,!?:;)');

/** Whether two ordinary words follow, or one and the end of a sentence: `and the other`. */
export function isSentence(text: string, from: number): boolean {
  const last = Math.min(text.length, from + sentenceReach);
  const first = behindBreaks(text, from, last);
  const end = endOfLetters(text, first, last);
  if (first === from || end === first || isKnown(text, first, end)) return false;
  const second = behindBreaks(text, end, last);
  if (second >= last) return true;
  const secondEnd = endOfLetters(text, second, last);
  return secondEnd > second
    ? !isKnown(text, second, secondEnd)
    : sentenceMarks[text.charCodeAt(second)] === 1;
}

function isKnown(text: string, start: number, end: number): boolean {
  return partsOf(text.slice(start, end).toLowerCase()) !== 0;
}

/** Behind spaces, tabs and line breaks. */
function behindBreaks(text: string, from: number, last: number): number {
  let at = from;
  while (at < last && breaks[text.charCodeAt(at)] === 1) at += 1;
  return at;
}

const breaks = characterSet(' \t\r\n');

function endOfLetters(text: string, from: number, last: number): number {
  let at = from;
  while (at < last && isLetter(text.charCodeAt(at))) at += 1;
  return at;
}

/** How far back the statement that an anchor continues may begin. */
const longestStatement = 1500;

/** Whether the text itself began the statement that is continued here: SQL shown as content. */
export function continuesOwnStatement(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - longestStatement), at + 1);
  return /\b(?:select\b[^;]*\bfrom|update\b[^;]*\bset|delete\s+from|insert\s+into|create\s+\w+|alter\s+table|where)\b[^;]*;?$/i.test(
    before,
  );
}

/** Whether a quote closes one that the text itself opened: `say "yes" or "no"`. */
export function isClosing(text: string, at: number): boolean {
  const quote = text.charCodeAt(at);
  const first = Math.max(0, at - longestQuotation);
  let opener = at - 1;
  while (opener >= first && text.charCodeAt(opener) !== quote) opener -= 1;
  if (opener < first) return false;
  const before = text.charCodeAt(opener - 1);
  const isAfterBreak = opener === first || openers[before] === 1 || isWhite(before);
  return (
    isAfterBreak &&
    opener + 1 < at &&
    !isWhite(text.charCodeAt(opener + 1)) &&
    !isWhite(text.charCodeAt(at - 1))
  );
}

/** Behind what a quotation begins, blanks aside. */
const openers = characterSet('([{=:,>');

const longestQuotation = 200;
