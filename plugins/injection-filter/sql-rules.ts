import type { Match } from './finding.ts';
import { Does, type Continuation } from './sql-does.ts';

/** Where a value meets the statement: right at its start, after the first quote that it closes, or somewhere inside a text. */
export type Position = 'start' | 'quote' | 'inner' | 'inner-quote';

/** What makes a continuation an attack. */
export interface Rule {
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

/** The surest rule that a continuation fulfils at its position, or null. */
export function ruleOf(it: Continuation, position: Position, text: string, at: number): Rule | null {
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
