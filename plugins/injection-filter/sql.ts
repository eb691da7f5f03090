import { overBudget, type Match } from './finding.ts';
import { Does, follow, isStatementAt, type Continuation } from './sql-structure.ts';
import { skipBlank, tokensFrom } from './sql-tokens.ts';
import { Part, partsOf } from './sql-words.ts';

/** Where a value meets the statement: right at its start, after the first quote that it closes, or somewhere inside a text. */
type Position = 'start' | 'quote' | 'inner' | 'inner-quote';

/** Characters read as tokens in one text, over all anchors: far more than any prose or program takes by its length. */
const workFor = (length: number): number => 4 * length + 65_536;
/** What an anchor costs besides its tokens. */
const anchorWork = 8;
/** What following one costs besides its tokens: looking for the end of a comment or a string that has none. */
const followWork = 96;

interface Budget {
  left: number;
}

/**
 * Finds SQL that continues a statement it did not begin: the text is placed in a numeric, single-quoted, double-quoted
 * and identifier position and followed from there. A whole statement of its own, as a tool's query is, is no attack.
 */
export function findSql(text: string): Match | null {
  if (isWholeStatement(text)) return null;
  return atStart(text) ?? atFirstQuotes(text) ?? insideText(text);
}

function atStart(text: string): Match | null {
  const from = skipBlank(text, 0);
  if (from >= text.length) return null;
  return judge(text, from, from, 'operator', 'start') ?? judge(text, from, from, 'operand', 'start');
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

const quotes = ["'", '"', '`', '\u2018', '\u2019', '\u201d'];

function atFirstQuotes(text: string): Match | null {
  for (const quote of quotes) {
    const at = text.indexOf(quote);
    if (at < 0) continue;
    const found = afterQuote(text, at, 'quote');
    if (found) return found;
  }
  return null;
}

function afterQuote(text: string, at: number, position: Position, budget?: Budget): Match | null {
  const next = skipBlank(text, at + 1);
  if (!mayOperate(text, next) || (position === 'inner-quote' && isClosing(text, at))) return null;
  return judge(text, at, next, 'operator', position, budget);
}

/** Whether an operator can begin here: cheap, since most quotes are apostrophes. */
function mayOperate(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (!isLetter(code)) return operators.has(code);
  let end = at + 1;
  while (end - at < 12 && isLetter(text.charCodeAt(end))) end += 1;
  return (
    (partsOf(text.slice(at, end).toLowerCase()) &
      (Part.logic | Part.comparison | Part.clause | Part.statement | Part.prefix)) !==
    0
  );
}

/** `= < > ! | & + - * / % ^ ~ ) ; # , @ ( :` and a comma. */
const operators = new Set([...'=<>!|&+-*/%^~);#,@(:'].map((each) => each.charCodeAt(0)));

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
}

const anchors =
  /['"`\u2019;]|\b(?:union|and|or|xor|having|order|group|waitfor|procedure|into|rlike|like|where)\b|\|\||&&|\)\s*(?=or|and|union|;|,|waitfor)|\(\s*(?:select|case)\b|\bcase\s+when\b|\b(?:benchmark|pg_sleep|extractvalue|updatexml|load_file|xp_\w+|sleep\s*\(\s*\d+\s*\)\s*(?=#|--|\)|or|and))\s*\(?/gi;

function insideText(text: string): Match | null {
  anchors.lastIndex = 0;
  const budget = { left: workFor(text.length) };
  while (budget.left > 0) {
    const anchor = anchors.exec(text);
    if (!anchor) return null;
    budget.left -= anchorWork;
    const found = atAnchor(text, anchor.index, anchor[0], budget);
    if (found && !continuesOwnStatement(text, anchor.index)) return found;
  }
  return overBudget(anchors.lastIndex);
}

function atAnchor(text: string, at: number, what: string, budget: Budget): Match | null {
  if (what.length === 1 && what !== ';') return afterQuote(text, at, 'inner-quote', budget);
  if (/^waitfor/i.test(what)) return waitMatch(text, at);
  if (/^(?:and|or|xor|where|having|like|into|order|group)$/i.test(what) && isSentence(text, at + what.length))
    return null;
  if (what === ';' && /^;[^\S\n]*\r?\n/.test(text.slice(at, at + 80))) return null;
  const expects =
    /^[(a-z]/i.test(what) && /[()]\s*$|select$|case$|when$/i.test(what) ? 'operand' : 'operator';
  return judge(text, at, at, expects, 'inner', budget);
}

/** Whether two ordinary words follow: `and the other`. */
function isSentence(text: string, from: number): boolean {
  const words = /^[ \t\r\n]+([A-Za-z]+)[ \t\r\n]*([A-Za-z]+|[^A-Za-z]|$)/.exec(text.slice(from, from + 40));
  if (!words) return false;
  const [, first = '', second = ''] = words;
  if (partsOf(first.toLowerCase()) !== 0) return false;
  return (
    second === '' ||
    /[.,!?:;)]/.test(second) ||
    (/^[A-Za-z]/.test(second) && partsOf(second.toLowerCase()) === 0)
  );
}

/** `waitfor delay '0:0:5'`: nobody asks for it in a sentence. */
function waitMatch(text: string, at: number): Match | null {
  const found = /^waitfor\s+(?:delay|time)\s*['"(@]/i.exec(text.slice(at, at + 40));
  return (
    found && {
      attack: 'sqli',
      rule: 'sql/attack-function',
      start: at,
      end: at + found[0].length,
      strength: 'certain',
    }
  );
}

/** How far back the statement that an anchor continues may begin. */
const longestStatement = 1500;

/** Whether the text itself began the statement that is continued here: SQL shown as content. */
function continuesOwnStatement(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - longestStatement), at + 1);
  return /\b(?:select\b[^;]*\bfrom|update\b[^;]*\bset|delete\s+from|insert\s+into|create\s+\w+|alter\s+table|where)\b[^;]*;?$/i.test(
    before,
  );
}

/** Whether a quote closes one that the text itself opened: `say "yes" or "no"`. */
function isClosing(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 200), at);
  const opener = before.lastIndexOf(text[at] ?? '');
  if (opener < 0) return false;
  const isAfterBreak = opener === 0 || /[\s([{=:,>]/.test(before[opener - 1] ?? ' ');
  return isAfterBreak && /\S/.test(before[opener + 1] ?? ' ') && !/\s$/.test(before);
}

/** Tokens read at first: nearly every anchor fails within them. */
const fewTokens = 10;

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
  if (tokens.length === fewTokens && continuation.length + 4 > fewTokens) {
    tokens = tokensFrom(text, from);
    continuation = follow(text, tokens, expects);
  }
  if (budget) budget.left -= followWork + (tokens.at(-1)?.start ?? from) - from;
  if (continuation.length === 0) return null;
  const rule = ruleOf(continuation, position, text, at);
  return (
    rule && { attack: 'sqli', rule: rule.name, start: at, end: continuation.end, strength: rule.strength }
  );
}

interface Rule {
  readonly name: string;
  readonly strength: Match['strength'];
  /** Whether the rule holds; tried in order, the surest first. */
  readonly holds: (it: Continuation, position: Position, text: string, at: number) => boolean;
}

const has = (it: Continuation, bits: number): boolean => (it.does & bits) !== 0;
const hasAll = (it: Continuation, bits: number): boolean => (it.does & bits) === bits;
const isQuoted = (position: Position): boolean => position === 'quote' || position === 'inner-quote';

/** What joins a payload to the statement before it. */
const joins =
  Does.logic |
  Does.arithmetic |
  Does.comparison |
  Does.constantComparison |
  Does.list |
  Does.foreignClose |
  Does.clause;

export const sqlRules: readonly Rule[] = [
  { name: 'sql/union-select', strength: 'certain', holds: (it) => has(it, Does.union) },
  { name: 'sql/into-file', strength: 'certain', holds: (it) => has(it, Does.intoFile) },
  {
    name: 'sql/attack-function',
    strength: 'certain',
    holds: (it, position) =>
      has(it, Does.attackCall) &&
      (has(it, joins | Does.comment) ||
        isQuoted(position) ||
        (position === 'start' ? it.isComplete : it.length >= 3)),
  },
  { name: 'sql/stacked-statement', strength: 'certain', holds: (it) => has(it, Does.stacked) },
  {
    name: 'sql/appended-statement',
    strength: 'certain',
    holds: (it, position, text, at) =>
      (has(it, Does.appended) && (isQuoted(position) || it.operand === 'literal')) ||
      (has(it, Does.leading) &&
        position === 'quote' &&
        text[at] !== '`' &&
        /^[^\s=([{:]{0,32}$/.test(text.slice(0, at))),
  },
  {
    name: 'sql/constant-condition',
    strength: 'certain',
    holds: (it, position) =>
      has(it, Does.constantComparison) &&
      (isQuoted(position) || !has(it, Does.order) || it.isComplete) &&
      (has(it, Does.logic | Does.foreignClose | Does.clause) ||
        (position === 'quote' && it.isComplete && has(it, Does.symbol | Does.comment))),
  },
  {
    name: 'sql/subselect',
    strength: 'certain',
    holds: (it, position, text, at) =>
      has(it, Does.subselect) &&
      (has(it, joins) ||
        isQuoted(position) ||
        (position === 'start' && text[at] === '(') ||
        has(it, Does.commonCall) ||
        (has(it, Does.from) && has(it, Does.call))),
  },
  {
    name: 'sql/case-when',
    strength: 'certain',
    holds: (it) =>
      has(it, Does.caseWhen) && (has(it, Does.constantComparison | Does.comparison) || it.isComplete),
  },
  {
    name: 'sql/quote-condition',
    strength: 'certain',
    holds: (it, position, text, at) =>
      position === 'quote' && it.isComplete && it.length > 1 && isQuoteCondition(it, text, at),
  },
  {
    name: 'sql/quote-condition',
    strength: 'certain',
    holds: (it, position, text, at) =>
      position === 'inner-quote' &&
      hasAll(it, Does.logic | Does.comparison) &&
      (it.isComplete || (has(it, Does.symbol) && text[at] === "'")),
  },
  {
    name: 'sql/quote-operator',
    strength: 'likely',
    holds: (it, position, text, at) =>
      position === 'inner-quote' && text[at] === "'" && it.length >= 2 && isSymbolPair(text, at),
  },
  {
    name: 'sql/condition-comment',
    strength: 'likely',
    holds: (it, position, text) =>
      position === 'inner' &&
      hasAll(it, Does.logic | Does.comment) &&
      it.operand === 'literal' &&
      /\S/.test(text[it.lastStart - 1] ?? ' '),
  },
  {
    name: 'sql/quote-arithmetic',
    strength: 'likely',
    holds: (it, position, text, at) =>
      position === 'quote' &&
      it.isComplete &&
      has(it, Does.arithmetic) &&
      (at === 0 || /[\w%)]/.test(text[at - 1] ?? ' ')) &&
      (has(it, Does.commonCall) ||
        (text[at] === "'" && has(it, Does.openTail) && endsLike(text, it, "'")) ||
        (has(it, Does.comment) && it.operand === 'literal')),
  },
  {
    name: 'sql/quote-comment',
    strength: 'certain',
    holds: (it, position, text, at) =>
      isQuoted(position) && has(it, Does.comment) && isCutOff(text, at, it, position),
  },
  {
    name: 'sql/condition-comment',
    strength: 'certain',
    holds: (it, position, text) =>
      position === 'start' &&
      has(it, Does.comment) &&
      !it.isOperandMissing &&
      (it.operand !== 'name' || has(it, Does.symbol | Does.foreignClose)) &&
      isShortTail(text, it) &&
      has(it, Does.logic | Does.clause | Does.foreignClose | Does.semicolon | Does.commonCall),
  },
  {
    name: 'sql/operand-comment',
    strength: 'likely',
    holds: (it, position, text) =>
      position === 'start' &&
      has(it, Does.comment) &&
      it.operand === 'literal' &&
      !has(it, Does.list) &&
      /(?:--|#|\/\*)\s*$/.test(text.slice(-12)),
  },
  {
    name: 'sql/server-function',
    strength: 'likely',
    holds: (it, position) =>
      has(it, Does.commonCall | Does.serverVariable) &&
      has(it, joins & ~Does.list) &&
      it.isComplete &&
      position !== 'inner',
  },
  {
    name: 'sql/clause',
    strength: 'likely',
    holds: (it, position) =>
      position === 'start' &&
      it.isComplete &&
      has(it, Does.clause) &&
      has(it, Does.comparison | Does.foreignClose | Does.call),
  },
];

/** After the first quote: a condition whose operands are more than bare words, or which leaves a string open as the first quote did. */
function isQuoteCondition(it: Continuation, text: string, at: number): boolean {
  if (text[at] !== "'" && text[at] !== '"') return false;
  if (has(it, Does.comment)) return has(it, joins & ~Does.arithmetic) || it.operand === 'literal';
  if (/^['"]&\w+=/.test(text.slice(at, at + 40))) return false;
  if (has(it, Does.openTail))
    return (
      endsLike(text, it, text[at]) &&
      (has(it, Does.logic | Does.symbol | Does.clause) || isAfterWord(it, text, at))
    );
  if (has(it, Does.symbol)) return has(it, Does.logic | Does.comparison | Does.constantComparison);
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
function endsLike(text: string, it: Continuation, quote: string | undefined): boolean {
  return (
    text[it.lastStart] === quote && /^[\w%\s.)-]{0,64}$/.test(text.slice(it.lastStart + 1, it.lastStart + 80))
  );
}

/** `A' >= 'B`: an operator of symbols between two quotes. */
function isSymbolPair(text: string, at: number): boolean {
  return (
    /[\w%]/.test(text[at - 1] ?? ' ') &&
    /^'\s*(?:[<>!]?=|<>|<<|>>|\|\|?|&&?|\^|div|like|rlike|regexp)\s*!?'/i.test(text.slice(at, at + 24))
  );
}

function ruleOf(it: Continuation, position: Position, text: string, at: number): Rule | null {
  return sqlRules.find(({ holds }) => holds(it, position, text, at)) ?? null;
}

/** Whether little follows the comment mark, and on its line: a note in a program is longer. */
function isShortTail(text: string, it: Continuation): boolean {
  const tail = text.slice(it.lastStart, it.lastStart + 80);
  return tail.length < 60 && !/\n\s*\S/.test(tail);
}

/** A comment that follows a quote at once, or after parentheses: `admin'--`, and not `the users' #1 wish`. */
function isCutOff(text: string, at: number, it: Continuation, position: Position): boolean {
  if (has(it, Does.logic | Does.comparison | Does.constantComparison | Does.symbol)) return true;
  const head = text.slice(Math.max(0, at - 40), at);
  const cut = /^['"`]\s*\)*\s*;?\s*(?:--|#|\/\*)([\s\S]{0,40})/.exec(text.slice(at, at + 80));
  const isTailShort = cut !== null && /^[\s+-]*\w{0,8}\s*$/.test(cut[1] ?? '');
  if (position === 'quote' && !/\s/.test(head)) return isTailShort;
  return isTailShort && /\w$/.test(head) && /^'\)*(?:--|(?:#|\/\*)\s*$)/.test(text.slice(at, at + 12));
}
