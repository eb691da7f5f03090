import { Does, type Continuation } from './sql-does.ts';

/** Where a value meets the statement: right at its start, after the first quote that it closes, or somewhere inside a text. */
export type Position = 'start' | 'quote' | 'inner' | 'inner-quote';

export const has = (it: Continuation, bits: number): boolean => (it.does & bits) !== 0;
export const hasAll = (it: Continuation, bits: number): boolean => (it.does & bits) === bits;

/** What joins a payload to the statement before it. */
export const joins =
  Does.logic |
  Does.arithmetic |
  Does.comparison |
  Does.constantComparison |
  Does.list |
  Does.foreignClose |
  Does.clause;

/** After the first quote: a condition whose operands are more than bare words, or which leaves a string open as the first quote did. */
export function isQuoteCondition(it: Continuation, text: string, at: number): boolean {
  if (text[at] !== "'" && text[at] !== '"') return false;
  if (has(it, Does.comment)) return has(it, joins & ~Does.arithmetic) || it.operand === 'literal';
  if (/^['"]&\w+=/.test(text.slice(at, at + 40))) return false;
  if (has(it, Does.openTail))
    return (
      endsLike(text, it, text[at]) &&
      (has(it, Does.logic | Does.symbol | Does.clause) || isAfterWord(it, text, at))
    );
  if (has(it, Does.symbol)) return has(it, Does.logic | Does.comparison | Does.constantComparison);
  // Behind a sentence, `the dogs' or 'cats'` is one as well.
  if (/['"]/.test(text[it.lastStart] ?? '') && /\s/.test(text.slice(0, at).trim())) return false;
  return has(it, Does.logic | Does.clause) && it.operand !== 'name' && !it.isOperandMissing;
}

/** `A' LIKE 'B`, and not `the "LIKE" stamp`. */
function isAfterWord(it: Continuation, text: string, at: number): boolean {
  return (
    has(it, Does.comparison | Does.constantComparison) &&
    (at === 0 ? text.length > 12 || /\s/.test(text[1] ?? '') : /[\w%]/.test(text[at - 1] ?? ' '))
  );
}

/** Whether the string left open at the end begins with the same quote and holds a plain word. */
export function endsLike(text: string, it: Continuation, quote: string | undefined): boolean {
  return (
    text[it.lastStart] === quote &&
    /^[\w%\s.)+=-]{0,64}$/.test(text.slice(it.lastStart + 1, it.lastStart + 80))
  );
}

/** `'group by'`, `"or"`: words in quotes, as a writer sets them, and no value goes on right behind. */
export function isQuotedPhrase(text: string): boolean {
  return /^(['"`])\w+(?: \w+){0,4}\1(?![\w'"=(])/.test(text.slice(0, 80));
}

/** `A' >= 'B`: an operator of symbols between two quotes. */
export function isSymbolPair(text: string, at: number): boolean {
  const pair = text.slice(at, at + 64);
  if (isQuotedPhrase(pair.slice(pair.indexOf("'", 1)))) return false;
  return (
    /[\w%]/.test(text[at - 1] ?? ' ') &&
    /^'\s*(?:[<>!]?=|<>|<<|>>|\|\|?|&&?|\^|div|like|rlike|regexp)\s*!?'/i.test(text.slice(at, at + 24))
  );
}

/** `a' like+'0`, `1'*null or '1`, `a' or 1=`: a quote right behind a word, an operator, and the statement's own quote or a comparison cut short. */
export function isTornString(it: Continuation, text: string, at: number): boolean {
  if (!/\w/.test(text[at - 1] ?? ' ')) return false;
  if (has(it, Does.openTail))
    return (
      text[it.lastStart] === text[at] &&
      has(it, Does.symbol | Does.arithmetic | Does.comparison | Does.constantComparison) &&
      /^(?!(?:s|t|d|m|ll|re|ve)\b)[\w%(]/.test(text.slice(it.lastStart + 1, it.lastStart + 4))
    );
  return it.operand === 'literal' && hasAll(it, Does.logic | Does.symbol);
}

/** Whether little follows the comment mark, and on its line: a note in a program is longer. */
export function isShortTail(text: string, it: Continuation): boolean {
  const tail = text.slice(it.lastStart, it.lastStart + 80);
  return tail.length < 60 && !/\n\s*\S/.test(tail);
}

/** A comment that follows a quote at once, or after parentheses: `admin'--`, and not `the users' #1 wish`. */
export function isCutOff(text: string, at: number, it: Continuation, position: Position): boolean {
  if (has(it, Does.logic | Does.comparison | Does.constantComparison | Does.symbol)) return true;
  const mark = text.slice(at, at + 12);
  if (/^['"`]\s?\)*\s?;\s?(?:--|#)/.test(mark)) return true;
  if (/[\w>]/.test(text[at - 1] ?? ' ') && /^['"]\)*--(?:\s|$)/.test(mark)) return true;
  const head = text.slice(Math.max(0, at - 40), at);
  const cut = /^['"`]\s*\)*\s*;?\s*(?:--|#|\/\*)([\s\S]{0,40})/.exec(closely(text, at, it.lastStart));
  if (isLoneQuote(text, at) && /^['"](?:\s?--(?:\s|$)|\s?#\s?$|\/\*)/.test(text.slice(at, at + 5)))
    return true;
  const isTailShort = cut !== null && /^[\s+-]*\w{0,16}\s*$/.test(cut[1] ?? '');
  if (position === 'quote' && !/\s/.test(head)) return isTailShort;
  return isTailShort && /\w$/.test(head) && /^'\)*(?:--|(?:#|\/\*)\s*$)/.test(text.slice(at, at + 12));
}

/** From a quote to a little behind the comment, blanks in a row as one: a database reads a thousand of them as one too. */
function closely(text: string, at: number, comment: number): string {
  return text
    .slice(at, Math.min(at + longestPadding, comment + 42))
    .replace(/\s{2,}/g, ' ')
    .slice(0, 80);
}

const longestPadding = 2000;

/** How far around a quote its partner is looked for. */
const partnerReach = 200;

/** Whether a quote right behind a word has no partner on either side, and so closes one that the text did not open: `admin'`, and not the plural `users'`. */
function isLoneQuote(text: string, at: number): boolean {
  const quote = text[at] ?? '';
  const before = text.slice(Math.max(0, at - partnerReach), at);
  if (!/[a-z\d_]$/i.test(before) || (quote === "'" ? /s$|(?<!m)in$/i : /\d$/).test(before)) return false;
  const partners = before.replace(/\w'(?=\w)/g, '').split(quote).length - 1;
  return partners % 2 === 0 && !text.slice(at + 1, at + partnerReach).includes(quote);
}

/** Whether the parenthesis that is closed at an offset was opened in the text. */
export function isOpened(text: string, at: number): boolean {
  let depth = 0;
  for (let from = at - 1; from >= 0 && at - from < partnerReach; from -= 1) {
    if (text[from] === ')') depth += 1;
    else if (text[from] === '(' && depth-- === 0) return true;
  }
  return false;
}

/** Whether a comment is one that only an attacker writes: glued to what it follows, unclosed, or with the sign that keeps its blank. */
export function isTellingComment(text: string, { lastStart }: Continuation): boolean {
  const mark = text.slice(lastStart, lastStart + 4);
  return /\S/.test(text[lastStart - 1] ?? ' ') || mark.startsWith('/*') || /^--[ ]?[-+]/.test(mark);
}

/** Whether a value or a closing bracket stands right before an offset, which an operator could join. */
export function followsOperand(text: string, at: number): boolean {
  return /(?:^|[\s'"`(=])[-+]?\d+(?:\.\d+)?['"`)]*\s{0,4}$|[)'"`]\s{0,4}$/.test(
    text.slice(Math.max(0, at - 24), at),
  );
}
