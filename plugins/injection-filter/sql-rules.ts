import type { Match } from './finding.ts';
import { Does, type Continuation } from './sql-does.ts';
import {
  endsLike,
  followsOperand,
  has,
  hasAll,
  isCutOff,
  isOpened,
  isQuoteCondition,
  isShortTail,
  isSymbolPair,
  isTornString,
  isTellingComment,
  joins,
  type Position,
} from './sql-tails.ts';

/** What makes a continuation an attack. */
export interface Rule {
  readonly name: string;
  readonly strength: Match['strength'];
  /** Whether the rule holds; tried in order, the surest first. */
  readonly holds: (it: Continuation, position: Position, text: string, at: number) => boolean;
}

const isQuoted = (position: Position): boolean => position === 'quote' || position === 'inner-quote';

export const sqlRules: readonly Rule[] = [
  {
    name: 'sql/union-select',
    strength: 'certain',
    holds: (it, _position, text, at) => has(it, Does.union) && !isQuotation(text, at),
  },
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
        /^[^\s=([{:]{0,32}$/.test(text.slice(0, at))) ||
      (has(it, Does.leading) &&
        position === 'inner-quote' &&
        /^['"]\s*(?:exec(?:ute)?\s+(?:master|xp_|sp_)|declare\s+@)/i.test(text.slice(at, at + 40))),
  },
  {
    name: 'sql/constant-condition',
    strength: 'certain',
    holds: (it, position, text, at) =>
      has(it, Does.constantComparison) &&
      (isQuoted(position) || !has(it, Does.order) || (it.isComplete && !isAfterComma(text, at))) &&
      (has(it, Does.logic | Does.foreignClose | Does.clause) ||
        (position === 'quote' && it.isComplete && has(it, Does.symbol | Does.comment)) ||
        (position === 'start' && it.isComplete && text[at] === '(' && has(it, Does.arithmetic))),
  },
  {
    name: 'sql/subselect',
    strength: 'certain',
    holds: (it, position, text, at) =>
      has(it, Does.subselect) &&
      (has(it, joins) ||
        isQuoted(position) ||
        (position === 'start' && /^(?:\(|(?:not\s{1,4})?exists\s{0,4}\()/i.test(text.slice(at, at + 20))) ||
        has(it, Does.commonCall) ||
        (has(it, Does.from) && has(it, Does.call))),
  },
  {
    name: 'sql/case-when',
    strength: 'certain',
    holds: (it, position) =>
      has(it, Does.caseWhen) &&
      (has(it, Does.constantComparison | Does.subselect | Does.attackCall) ||
        ((isQuoted(position) || has(it, Does.logic | Does.clause)) && has(it, Does.comparison)) ||
        (it.isComplete && !has(it, Does.comparison))),
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
      ((it.isComplete && it.operand !== 'name') || (has(it, Does.symbol) && /['"]/.test(text[at] ?? ''))),
  },
  {
    name: 'sql/quote-condition',
    strength: 'certain',
    holds: (it, position, text) =>
      position === 'inner-quote' &&
      has(it, Does.logic | Does.clause) &&
      has(it, Does.comment) &&
      it.operand === 'literal' &&
      (has(it, Does.foreignClose | Does.comparison | Does.constantComparison) || isTellingComment(text, it)),
  },
  {
    name: 'sql/quote-condition',
    strength: 'likely',
    holds: (it, position) =>
      position === 'quote' &&
      hasAll(it, Does.logic | Does.semicolon) &&
      it.operand === 'literal' &&
      it.length <= 4,
  },
  {
    name: 'sql/quote-operator',
    strength: 'likely',
    holds: (it, position, text, at) =>
      position === 'inner-quote' && has(it, Does.openTail | Does.logic) && isTornString(it, text, at),
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
      has(it, Does.logic | Does.clause) &&
      has(it, Does.comment) &&
      !it.isOperandMissing &&
      isTellingComment(text, it) &&
      (it.operand === 'literal' || has(it, Does.symbol)),
  },
  {
    name: 'sql/condition-comment',
    strength: 'likely',
    holds: (it, position, text, at) =>
      position === 'inner' &&
      has(it, Does.comment) &&
      it.operand === 'literal' &&
      has(it, Does.logic | Does.clause) &&
      has(it, Does.symbol | Does.clause) &&
      followsOperand(text, at),
  },
  {
    // `AND engine = '`: the statement's own quote closes the string that is left open.
    name: 'sql/open-condition',
    strength: 'likely',
    holds: (it, position, text, at) =>
      position === 'inner' &&
      hasAll(it, Does.logic | Does.symbol | Does.openTail | Does.comparison) &&
      !has(it, Does.order) &&
      it.length <= 6 &&
      /^(?:x?or|and)\b/i.test(text.slice(at, at + 4)) &&
      /[=~]\s?$/.test(text.slice(Math.max(0, it.lastStart - 3), it.lastStart)),
  },
  {
    name: 'sql/server-function',
    strength: 'likely',
    holds: (it, position, text, at) =>
      position === 'inner' &&
      hasAll(it, Does.logic | Does.commonCall | Does.symbol) &&
      has(it, Does.comparison | Does.constantComparison) &&
      /^(?:x?or|and)\b/i.test(text.slice(at, at + 4)) &&
      followsOperand(text, at) &&
      !isOwnExpression(text),
  },
  {
    // `1 order by ifnull(null,name)`
    name: 'sql/clause',
    strength: 'likely',
    holds: (it, position, text, at) =>
      position === 'inner' &&
      hasAll(it, Does.clause | Does.commonCall) &&
      !has(it, Does.from) &&
      followsOperand(text, at),
  },
  {
    // `1) from users where name=`: the end of a call that the text did not begin.
    name: 'sql/clause',
    strength: 'likely',
    holds: (it, position, text, at) =>
      position === 'inner' &&
      text[at] === ')' &&
      hasAll(it, Does.foreignClose | Does.from | Does.clause | Does.symbol) &&
      followsOperand(text, at) &&
      !isOpened(text, at),
  },
  {
    name: 'sql/leading-condition',
    strength: 'likely',
    holds: (it, position, text, at) =>
      position === 'start' &&
      it.isComplete &&
      has(it, Does.symbol) &&
      (has(it, Does.openTail | Does.foreignClose) || it.isOperandMissing) &&
      /^(?:and|or|xor)\b/i.test(text.slice(at, at + 4)),
  },
  {
    name: 'sql/numeric-condition',
    strength: 'likely',
    holds: (it, position, text, at) =>
      position === 'start' &&
      it.isComplete &&
      has(it, Does.logic) &&
      has(it, Does.comparison | Does.constantComparison) &&
      /^-?\d+\s+(?:and|or|xor)\b/i.test(text.slice(at, at + 24)),
  },
  {
    name: 'sql/server-function',
    strength: 'likely',
    holds: (it, position, text, at) =>
      position === 'inner' &&
      hasAll(it, Does.logic | Does.serverVariable) &&
      has(it, Does.comparison | Does.constantComparison) &&
      followsOperand(text, at),
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
      (isTellingComment(text, it) || has(it, Does.symbol) || !isOwnExpression(text)) &&
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
    holds: (it, position, text) =>
      has(it, Does.commonCall | Does.serverVariable) &&
      has(it, joins & ~Does.list) &&
      it.isComplete &&
      position !== 'inner' &&
      (isQuoted(position) || has(it, Does.serverVariable | Does.comment) || !isOwnExpression(text)),
  },
  {
    name: 'sql/server-function',
    strength: 'likely',
    holds: (it, position) =>
      position === 'start' &&
      it.isComplete &&
      it.length > 3 &&
      has(it, Does.serverVariable) &&
      has(it, Does.commonCall | Does.call),
  },
  {
    name: 'sql/clause',
    strength: 'likely',
    holds: (it, position, text) =>
      position === 'start' &&
      it.isComplete &&
      has(it, Does.clause) &&
      has(it, Does.comparison | Does.foreignClose | Does.call | Does.logic) &&
      !isOwnExpression(text),
  },
];

/** The surest rule that a continuation fulfils at its position, or null. */
export function ruleOf(it: Continuation, position: Position, text: string, at: number): Rule | null {
  return sqlRules.find(({ holds }) => holds(it, position, text, at)) ?? null;
}

/** `of course, and 2 > 1`: no statement goes on so behind a comma. */
function isAfterComma(text: string, at: number): boolean {
  return /[,?.!]\s*$/.test(text.slice(Math.max(0, at - 8), at));
}

/** `"union select"`, quoted as such. */
function isQuotation(text: string, at: number): boolean {
  return /^.?(['"`])\s*union\s+(?:all\s+)?select\s*\1/i.test(text.slice(Math.max(0, at - 1), at + 40));
}

/** A condition, a clause or a formula that begins by itself: `status = 'open' and …`, `where due < now()`, `=IF(A1>5)`. */
function isOwnExpression(text: string): boolean {
  return /^\s*(?:=|(?:where|group|order|having)\b|(?:sum|count|avg|min|max|round|abs|coalesce|lower|upper|trim)\s?\(\s?(?:[A-Za-z_]|\*)|if\s?\(\s?(?:[A-Z]{1,2}\d|(?:and|or|not)\()|[A-Za-z_][\w.]*\s*(?:[=<>~]|!=|in\b|like\b|is\b))/i.test(
    text.slice(0, 80),
  );
}
