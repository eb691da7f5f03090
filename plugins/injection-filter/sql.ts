import { overBudget, type Match } from './finding.ts';
import { nextAnchor } from './sql-anchors.ts';
import { continuesOwnStatement, isClosing, isSentence, mayBeStatement, mayOperate } from './sql-context.ts';
import { Does, type Continuation } from './sql-does.ts';
import { heldIn, type Holds } from './pieces.ts';
import { sqlForm } from './sql-forms.ts';
import { ruleOf } from './sql-rules.ts';
import { isStatementAt } from './sql-statements.ts';
import { follow } from './sql-structure.ts';
import { isQuotedPhrase, type Position } from './sql-tails.ts';
import { skipBlank, tokensFrom, type Token } from './sql-tokens.ts';
import { codesOf } from './text-codes.ts';
import { cost, nothingSpent, type Spent } from './work.ts';

/** Work that a value may take, over all anchors and readings, in characters read: twice what dense prose, lists or tables take. */
const workFor = (length: number): number => 2 * length + 16_384;
/** What an anchor costs besides its tokens, each of its tokens, and following one. */
const anchorWork = 4;
const tokenWork = 4;
const followWork = 32;
/** Telling whether a sentence goes on behind a word. */
const sentenceWork = 8;
/** Looking for the end of a comment or a string that has none. */
const searchWork = 128;

interface Budget {
  left: number;
  /**
   * Commas that a list was followed over without finding anything: whoever gets to one from a later quote would go the
   * same way, so that a list of a thousand strings costs its length and not the square of it.
   */
  readonly commas: Set<number>;
  /** Of those, the ones that a parenthesis was closed before which the list did not open. */
  readonly closedCommas: Set<number>;
}

/**
 * Finds SQL that continues a statement it did not begin: the text is placed in a numeric, single-quoted, double-quoted
 * and identifier position and followed from there. A whole statement of its own, as a tool's query is, is no attack.
 */
export function findSql(
  text: string,
  spent: Spent = nothingSpent(text),
  holds: Holds = heldIn(text),
): Match | null {
  if (isWholeStatement(text)) return null;
  return (
    atStart(text) ??
    atFirstQuotes(text) ??
    insideText(text, spent) ??
    (holds('--') ? cutOffGroup(text) : null) ??
    formIn(text, holds)
  );
}

/** Groups before a comment that are looked at, and how long one may be. */
const mostGroups = 20;
const longestGroup = 120;

/** `((1 or 'b')) --`, `( 'a' or 1 ) --`: an expression in parentheses and nothing after it; a sentence in parentheses is none. */
function cutOffGroup(text: string): Match | null {
  let count = 0;
  for (const found of text.matchAll(/\)\s{0,4}--(?=\s|$)/g)) {
    if ((count += 1) > mostGroups) return null;
    const start = openingOf(text, found.index);
    if (start < 0) continue;
    const it = follow(text, tokensFrom(text, start), 'operand');
    const isTold =
      /^\(\s{0,4}(?:\(|binary\s|select\s)/i.test(text.slice(start, start + 16)) || isSpaced(text, start);
    if (
      isTold &&
      it.isComplete &&
      it.does & Does.comment &&
      !(it.does & Does.foreignClose) &&
      it.operand !== 'name'
    )
      return { attack: 'sqli', rule: 'sql/cut-off-group', start, end: it.end, strength: 'likely' };
  }
  return null;
}

/** `( 'a' …`: a constant with a blank before it, which no writer sets in parentheses so. */
function isSpaced(text: string, open: number): boolean {
  return /^\(\s{1,4}['"\d@]/.test(text.slice(open, open + 8));
}

/** The offset of the parenthesis that is closed at another; -1 when it is not near. */
function openingOf(text: string, close: number): number {
  let depth = 0;
  for (let at = close; at >= 0 && close - at < longestGroup; at -= 1) {
    if (text[at] === ')') depth += 1;
    else if (text[at] === '(' && (depth -= 1) === 0) return at;
  }
  return -1;
}

function formIn(text: string, holds: Holds): Match | null {
  const found = sqlForm(text, holds);
  return found && !continuesOwnStatement(text, found.start) ? found : null;
}

function atStart(text: string): Match | null {
  const from = skipBlank(text, 0);
  if (from >= text.length) return null;
  const parameter = /^\w{1,20}=(?=(?:and|or|xor)\b)/i.exec(text)?.[0].length ?? 0;
  return (
    judge(text, from, from, 'operator', 'start') ??
    judge(text, from, from, 'operand', 'start') ??
    (parameter > 0 ? judge(text, parameter, parameter, 'operator', 'start') : null)
  );
}

/** True for a statement of its own from the first word, with every string closed, as a tool's query is. */
export function isWholeStatement(text: string): boolean {
  const lead =
    /^[\s("'`]*(?:```\w*\s*)?(?=(?:select|insert|update|delete|create|with|alter|explain|drop)\b)/i.exec(
      text,
    );
  if (!lead) return false;
  const tokens = tokensFrom(text, lead[0].length);
  if (!isStatementAt(tokens, 0) && tokens[0]?.word !== 'with') return false;
  return (
    !/^['"`(]/.test(lead[0].trim()) &&
    !tokens.some(({ kind }) => kind === 'open-string' || (kind === 'comment' && /['"]/.test(text)))
  );
}

/** In the order in which they are tried. */
const quotes = ["'", '"', '`', '\u2018', '\u2019', '\u201d'];
const quoteOf = new Uint8Array(65_536);
for (const [index, quote] of quotes.entries()) quoteOf[quote.charCodeAt(0)] = index + 1;

function atFirstQuotes(text: string): Match | null {
  for (const at of firstQuotes(text)) {
    const found = at < 0 ? null : afterQuote(text, at, 'quote');
    if (found) return found;
  }
  return null;
}

/** Where each kind of quote stands first, or -1: one walk for all of them, since most texts are without some. */
function firstQuotes(text: string): readonly number[] {
  const codes = codesOf(text);
  const first = quotes.map(() => -1);
  let missing = quotes.length;
  for (let at = 0; at < text.length && missing > 0; at += 1) {
    const quote = quoteOf[codes[at] ?? 0] ?? 0;
    if (quote === 0 || first[quote - 1] !== -1) continue;
    first[quote - 1] = at;
    missing -= 1;
  }
  return first;
}

function afterQuote(text: string, at: number, position: Position, budget?: Budget): Match | null {
  if (text[at - 1] === text[at] && text[at + 1] === text[at]) return null; // within a run of quotes
  const next = skipBlank(text, at + 1);
  if (budget) budget.left -= skipWork(text, at, next);
  if (budget?.commas.has(next)) return null;
  if (!mayOperate(text, next) || (position === 'inner-quote' && isClosing(text, at))) return null;
  if ((position === 'inner-quote' || text.length > shortValue) && isQuotedPhrase(text.slice(at, at + 80)))
    return null;
  return judge(text, at, next, 'operator', position, budget);
}

/** What it took to skip blanks and comments; the end of one that has none was looked for in vain. */
function skipWork(text: string, from: number, to: number): number {
  return to - from + (text.startsWith('/*', to) ? searchWork : 0);
}

/** Up to this length a value is hardly a sentence. */
const shortValue = 20;

function insideText(text: string, spent: Spent): Match | null {
  const all = workFor(spent.length) - spent.sql;
  const budget: Budget = { left: all, commas: new Set(), closedCommas: new Set() };
  const found = atAnchors(text, budget, spent);
  spent.sql += all - budget.left;
  return found;
}

function atAnchors(text: string, budget: Budget, spent: Spent): Match | null {
  const codes = codesOf(text);
  let from = 0;
  while (budget.left > 0 && spent.left > 0) {
    const anchor = nextAnchor(text, codes, from);
    if (!anchor) return null;
    from = anchor.index + anchor.what.length;
    const before = budget.left;
    budget.left -= anchorWork;
    const found = atAnchor(text, anchor.index, anchor.what, budget);
    spent.left -= cost.anchor + cost.sqlStep * (before - budget.left);
    if (found && !continuesOwnStatement(text, anchor.index)) return found;
  }
  return overBudget(from);
}

function atAnchor(text: string, at: number, what: string, budget: Budget): Match | null {
  if (what === ';') return afterSemicolon(text, at, budget);
  if (what.length === 1) return afterQuote(text, at, 'inner-quote', budget);
  if (/^(?:and|or|xor|where|having|like|into|order|group)$/i.test(what)) {
    budget.left -= sentenceWork;
    if (isSentence(text, at + what.length)) return null;
  }
  if (what[0] === ')' && budget.closedCommas.has(skipBlank(text, at + 1))) return null;
  if (what.length === 5 && (what[0] === 'u' || what[0] === 'U') && !mayBeUnion(text, at + 5, budget))
    return null;
  const expects =
    /^[(a-z]/i.test(what) && /[()]\s*$|select$|case$|when$/i.test(what) ? 'operand' : 'operator';
  return judge(text, at, at, expects, 'inner', budget);
}

function afterSemicolon(text: string, at: number, budget: Budget): Match | null {
  if (!mayBeStatement(text, at + 1) || /^;[^\S\n]*\r?\n/.test(text.slice(at, at + 80))) return null;
  return judge(text, at, at, 'operator', 'inner', budget);
}

/** Whether what a union joins can follow here. */
function mayBeUnion(text: string, from: number, budget: Budget): boolean {
  const at = skipBlank(text, from);
  budget.left -= skipWork(text, from, at);
  return /^(?:all|distinct|select|values|\()/i.test(text.slice(at, at + 10));
}

/** A statement that begins here is told by its first words. */
function isSettled({ does }: Continuation): boolean {
  return (does & (Does.stacked | Does.appended | Does.leading)) !== 0;
}

/** Tokens that must have been followed behind a comma for it to count as looked at. */
const fewestBehind = 12;

function keepCommas(tokens: readonly Token[], followed: number, { commas, closedCommas }: Budget): void {
  let depth = 0;
  let isClosed = false;
  const last = followed < tokens.length ? followed : Math.max(1, followed - fewestBehind);
  for (let index = 0; index < last; index += 1) {
    const token = tokens[index];
    if (token?.kind === 'open') depth += 1;
    else if (token?.kind === 'close' && depth > 0) depth -= 1;
    else if (token?.kind === 'close') isClosed = true;
    else if (token?.kind === 'comma' && depth === 0) {
      commas.add(token.start);
      if (isClosed) closedCommas.add(token.start);
    }
  }
}

/** Characters that reading tokens took: up to the last one, or to the end when there were no more. */
function charactersRead(text: string, from: number, tokens: readonly Token[]): number {
  const last = tokens.at(-1);
  if (last?.kind === 'comment') return last.start - from + searchWork;
  if (tokens.length >= fewTokens) return (last?.start ?? from) - from;
  return text.length - from;
}

/** Tokens read at first: nearly every anchor fails within them. Within a text the next anchor is never far, so fewer are followed. */
const fewTokens = 10;
const innerTokens = 36;

function judge(
  text: string,
  at: number,
  from: number,
  expects: 'operator' | 'operand',
  position: Position,
  budget?: Budget,
): Match | null {
  let tokens = tokensFrom(text, from, fewTokens);
  let continuation = follow(text, tokens, expects);
  if (tokens.length === fewTokens && continuation.length + 4 > fewTokens && !isSettled(continuation)) {
    tokens = tokensFrom(text, from, budget ? innerTokens : undefined);
    continuation = follow(text, tokens, expects);
  }
  if (budget) budget.left -= followWork + charactersRead(text, from, tokens) + tokenWork * tokens.length;
  if (continuation.length === 0) return null;
  const rule = ruleOf(continuation, position, text, at);
  if (!rule && budget && continuation.length > fewTokens) keepCommas(tokens, continuation.length, budget);
  return (
    rule && { attack: 'sqli', rule: rule.name, start: at, end: continuation.end, strength: rule.strength }
  );
}
