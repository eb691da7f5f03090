import type { Token } from './sql-tokens.ts';
import { Part } from './sql-words.ts';

/** What a piece of SQL does to the statement it is put into. Bits. */
export const Does = {
  logic: 1,
  /** Compares two operands of which at least one is a name or a call. */
  comparison: 2,
  /** Compares two constants, or a thing with itself: always true or always false. */
  constantComparison: 4,
  union: 8,
  subselect: 16,
  /** Begins a further statement after a semicolon. */
  stacked: 32,
  attackCall: 64,
  commonCall: 128,
  call: 256,
  /** WHERE, HAVING, ORDER BY, GROUP BY, LIMIT, OFFSET … with an operand. */
  clause: 512,
  intoFile: 1024,
  /** Cuts off whatever follows. */
  comment: 2048,
  caseWhen: 4096,
  /** Closes a parenthesis that it did not open. */
  foreignClose: 8192,
  arithmetic: 16384,
  /** Adds operands to a list. */
  list: 32768,
  /** Ends in a string left open for the statement's own quote. */
  openTail: 65536,
  semicolon: 131072,
  variable: 262144,
  from: 524288,
  /** Begins a further statement without a semicolon, as SQL Server allows. */
  appended: 1048576,
  /** Compares by a symbol, not by a word. */
  symbol: 2097152,
  /** Uses a variable of the server, `@@version`. */
  serverVariable: 4194304,
  /** Begins a statement where an operator should be, at once. */
  leading: 8388608,
  /** Compares by `<` or `>`, as prose about numbers does too. */
  order: 16777216,
} as const;

export interface Continuation {
  /** Bits of `Does`. */
  readonly does: number;
  /** Offset after the last token that fits SQL's grammar. */
  readonly end: number;
  /** True when every token up to the end of the text, or to a comment, fits. */
  readonly isComplete: boolean;
  /** Tokens that fit. */
  readonly length: number;
  /** True when it ends where an operand should follow: the statement's own text supplies it. */
  readonly isOperandMissing: boolean;
  /** What the last operand is: a bare name proves less than a constant. */
  readonly operand: Operand;
  /** Offset where the last token that fits begins. */
  readonly lastStart: number;
}

export type Operand = 'none' | 'literal' | 'name' | 'call' | 'group';

interface Walk {
  readonly text: string;
  readonly tokens: readonly Token[];
  index: number;
  depth: number;
  does: number;
  /** True where an operand must follow. */
  isOperandNext: boolean;
  operand: Operand;
  operandStart: number;
  /** The left side of a comparison whose right side is still to come. */
  left: { readonly kind: Operand; readonly start: number; readonly end: number } | null;
  /** After CASE, so that WHEN means something. */
  isCase: boolean;
  /** Inside a select list or a from clause, where aliases and stars are allowed. */
  isSelecting: boolean;
  state: 'going' | 'complete' | 'failed';
}

/**
 * Follows tokens as the continuation of a statement from just after an operand (`operator`) or where an operand
 * is due (`operand`). A lenient grammar of expressions, select lists and clauses; linear in the tokens.
 */
export function follow(
  text: string,
  tokens: readonly Token[],
  expects: 'operator' | 'operand',
): Continuation {
  const walk: Walk = {
    text,
    tokens,
    index: 0,
    depth: 0,
    does: 0,
    isOperandNext: expects === 'operand',
    operand: 'none',
    operandStart: 0,
    left: null,
    isCase: false,
    isSelecting: false,
    state: 'going',
  };
  while (walk.state === 'going') step(walk);
  const last = tokens[walk.index - 1];
  return {
    does: walk.does,
    end: last?.end ?? tokens[0]?.start ?? 0,
    isComplete: walk.state === 'complete',
    length: walk.index,
    isOperandMissing: walk.isOperandNext,
    operand: walk.operand,
    lastStart: last?.start ?? 0,
  };
}

function step(walk: Walk): void {
  const token = walk.tokens[walk.index];
  if (!token) walk.state = 'complete';
  else if (token.kind === 'comment') finish(walk, Does.comment);
  else if (walk.isOperandNext) operandAt(walk, token);
  else operatorAt(walk, token);
}

function finish(walk: Walk, does: number): void {
  walk.does |= does;
  walk.index += 1;
  walk.state = 'complete';
}

function operandAt(walk: Walk, token: Token): void {
  switch (token.kind) {
    case 'number':
    case 'string':
      return took(walk, 'literal', 1);
    case 'variable':
      walk.does |= walk.text[token.start + 1] === '@' ? Does.serverVariable : Does.variable;
      return took(walk, 'literal', 1);
    case 'open-string':
      took(walk, 'literal', 0);
      return finish(walk, Does.openTail);
    case 'word':
      return wordAsOperand(walk, token);
    case 'open':
      walk.depth += 1;
      return pass(walk);
    case 'close':
      return emptyGroup(walk);
    case 'arithmetic':
      return unary(walk, token);
    default:
      walk.state = 'failed';
  }
}

function took(walk: Walk, operand: Operand, tokens: number): void {
  walk.operand = operand;
  walk.operandStart = walk.tokens[walk.index]?.start ?? 0;
  walk.index += tokens;
  walk.isOperandNext = false;
  compare(walk);
}

/** Decides what a comparison compares, once its right side is known. */
function compare(walk: Walk): void {
  const { left } = walk;
  if (!left) return;
  walk.left = null;
  const end = walk.tokens[walk.index - 1]?.end ?? 0;
  const isConstant = left.kind === 'literal' && walk.operand === 'literal';
  const isSame =
    left.kind !== 'literal' &&
    left.kind !== 'none' &&
    walk.text.slice(left.start, left.end) === walk.text.slice(walk.operandStart, end);
  walk.does |= isConstant || isSame ? Does.constantComparison : Does.comparison;
}

function pass(walk: Walk): void {
  walk.index += 1;
}

function emptyGroup(walk: Walk): void {
  if (walk.depth === 0 || walk.tokens[walk.index - 1]?.kind !== 'open') walk.state = 'failed';
  else {
    walk.depth -= 1;
    took(walk, 'call', 1);
  }
}

function unary(walk: Walk, token: Token): void {
  const sign = walk.text[token.start] ?? '';
  if (sign === '*') {
    const before = walk.tokens[walk.index - 1];
    if (walk.isSelecting || before?.kind === 'open') took(walk, 'name', 1);
    else walk.state = 'failed';
  } else if ('+-~!@'.includes(sign)) pass(walk);
  else walk.state = 'failed';
}

function wordAsOperand(walk: Walk, token: Token): void {
  const next = walk.tokens[walk.index + 1];
  if (token.word === 'select') return select(walk);
  if (token.word === 'case') walk.isCase = true;
  if (token.word === 'when') {
    if (walk.isCase) walk.does |= Does.caseWhen;
    return pass(walk);
  }
  if (next?.kind === 'open' && (token.parts & Part.prefix) === 0) return call(walk, token, next);
  if (token.parts & Part.prefix) return pass(walk);
  if (token.parts & Part.value) return took(walk, 'literal', 1);
  if (token.parts & (Part.logic | Part.clause) || token.parts === Part.comparison) {
    walk.state = 'failed';
    return;
  }
  name(walk);
}

/** A name with its dots: `schema.table`, `t.*`, `master..xp_cmdshell`. */
function name(walk: Walk): void {
  let length = 1;
  while (walk.tokens[walk.index + length]?.kind === 'dot') length += 1 + partAfterDot(walk, length);
  const last = walk.tokens[walk.index + length - 1];
  const next = walk.tokens[walk.index + length];
  if (last?.kind === 'word' && next?.kind === 'open' && length > 1) {
    walk.index += length - 1;
    call(walk, last, next);
  } else took(walk, 'name', length);
}

function partAfterDot(walk: Walk, length: number): number {
  const after = walk.tokens[walk.index + length + 1];
  return after && (after.kind === 'word' || walk.text[after.start] === '*') ? 1 : 0;
}

function call(walk: Walk, token: Token, open: Token): void {
  const isAdjacent = open.start === token.end;
  if (walk.left?.kind === 'literal' && token.parts & Part.commonFunction)
    walk.does |= Does.constantComparison;
  if (token.parts & Part.attackFunction) walk.does |= Does.attackCall;
  else if (token.parts & Part.commonFunction) walk.does |= Does.commonCall;
  else if (isAdjacent) walk.does |= Does.call;
  else {
    walk.state = 'failed';
    return;
  }
  walk.depth += 1;
  walk.index += 2;
}

function select(walk: Walk): void {
  const before = walk.tokens[walk.index - 1];
  const isInside = before !== undefined && (before.kind === 'open' || (before.parts & Part.prefix) !== 0);
  if (walk.left) walk.does |= Does.comparison;
  walk.left = null;
  if (!isInside || !isSelectItem(walk.tokens, walk.index + 1)) {
    walk.state = 'failed';
    return;
  }
  walk.does |= Does.subselect;
  walk.isSelecting = true;
  pass(walk);
}

/** Whether a select list begins at an index, and not a sentence: `select the best answer`. */
export function isSelectItem(tokens: readonly Token[], index: number): boolean {
  const [item, after, later] = [tokens[index], tokens[index + 1], tokens[index + 2]];
  if (!item || item.kind !== 'word') return item?.kind !== 'other' && item?.kind !== 'close';
  if (item.parts & (Part.prefix | Part.value | Part.attackFunction)) return true;
  if (!after) return true;
  if (after.kind === 'word') return selectEnds.has(after.word) || later?.word === 'from';
  return after.kind !== 'other' && after.kind !== 'number';
}

const selectEnds = new Set(['from', 'as', 'into', 'where', 'limit', 'union']);

function operatorAt(walk: Walk, token: Token): void {
  switch (token.kind) {
    case 'close':
      return close(walk);
    case 'comma':
      walk.does |= Does.list;
      return expectOperand(walk, 1);
    case 'comparison':
      return comparison(walk, 1);
    case 'logic':
      walk.does |= Does.logic;
      return expectOperand(walk, 1);
    case 'arithmetic':
      if (walk.text.startsWith('::', token.start) && walk.tokens[walk.index + 1]?.kind === 'word') {
        walk.index += 2;
        return;
      }
      walk.does |= Does.arithmetic;
      return expectOperand(walk, 1);
    case 'dot':
      return expectOperand(walk, 1);
    case 'semicolon':
      return semicolon(walk);
    case 'word':
      return wordAsOperator(walk, token);
    case 'string':
      return adjacentString(walk);
    case 'variable':
      return walk.isSelecting ? took(walk, 'name', 1) : fail(walk);
    default:
      fail(walk);
  }
}

function fail(walk: Walk): void {
  walk.state = 'failed';
}

function expectOperand(walk: Walk, tokens: number): void {
  walk.index += tokens;
  walk.isOperandNext = true;
}

function close(walk: Walk): void {
  if (walk.depth > 0) walk.depth -= 1;
  else walk.does |= Does.foreignClose;
  if (walk.operand !== 'literal') walk.operand = 'group';
  pass(walk);
}

function comparison(walk: Walk, tokens: number): void {
  const before = walk.tokens[walk.index - 1];
  walk.left = { kind: walk.operand, start: walk.operandStart, end: before?.end ?? 0 };
  const symbol = walk.tokens[walk.index];
  if (symbol?.kind === 'comparison')
    walk.does |= isOrder(walk.text, symbol) ? Does.symbol | Does.order : Does.symbol;
  expectOperand(walk, tokens);
}

function isOrder(text: string, { start, end }: Token): boolean {
  return end - start === 1 && text[start] !== '=';
}

/** `'a' 'b'` is one string in SQL, but not before anything was understood. */
function adjacentString(walk: Walk): void {
  if (walk.tokens[walk.index - 1]?.kind === 'string' || walk.isSelecting) pass(walk);
  else fail(walk);
}

function semicolon(walk: Walk): void {
  const next = walk.tokens[walk.index + 1];
  if (!next || next.kind === 'comment') {
    walk.index += 1;
    finish(walk, Does.semicolon | (next ? Does.comment : 0));
  } else if (
    isStatementAt(walk.tokens, walk.index + 1) ||
    isExpressionStatement(walk.tokens, walk.index + 1)
  ) {
    walk.does |= Does.stacked;
    walk.index = walk.tokens.length;
    walk.state = 'complete';
  } else fail(walk);
}

/** `;(select …`, `;iif(1=1,1,1/0)`: an expression where a statement should be. */
function isExpressionStatement(tokens: readonly Token[], index: number): boolean {
  const [first, second] = [tokens[index], tokens[index + 1]];
  if (!first || !second) return false;
  if (first.kind === 'open') return second.word === 'select' || (second.parts & Part.attackFunction) !== 0;
  return second.kind === 'open' && (first.word === 'iif' || (first.parts & Part.attackFunction) !== 0);
}

const objects = new Set(
  'table database schema view index function procedure user role login trigger column sequence type extension temporary temp unique or aggregate cast constraint alias into'.split(
    ' ',
  ),
);

/** Whether a statement begins here, told from a sentence by the word after the verb. */
export function isStatementAt(tokens: readonly Token[], index: number): boolean {
  const verb = tokens[index];
  const next = tokens[index + 1];
  if (verb?.kind !== 'word' || !(verb.parts & Part.statement)) return false;
  const word = next?.kind === 'word' ? next.word : '';
  switch (verb.word) {
    case 'select':
      return (
        next !== undefined &&
        (next.parts !== 0 || next.kind !== 'word' || tokens[index + 2] !== undefined) &&
        isSelectItem(tokens, index + 1)
      );
    case 'insert':
    case 'merge':
      return word === 'into' || word === 'overwrite';
    case 'delete':
      return tokens.slice(index + 1, index + 4).some(({ word: each }) => each === 'from');
    case 'drop':
    case 'create':
    case 'alter':
      return objects.has(word) || !next;
    case 'truncate':
      return word === 'table';
    case 'update':
      return tokens.slice(index + 2, index + 6).some(({ word: each }) => each === 'set');
    case 'waitfor':
      return word === 'delay' || word === 'time';
    case 'declare':
      return next?.kind === 'variable' || tokens.slice(index + 2, index + 4).some(({ parts }) => parts !== 0);
    case 'exec':
    case 'execute':
      return next?.kind === 'open' || /^(xp_|sp_|master|immediate)/.test(word) || next?.kind === 'variable';
    case 'set':
    case 'print':
      return next?.kind === 'variable';
    case 'copy':
      return tokens.slice(index + 2, index + 12).some(({ word: each }) => each === 'from' || each === 'to');
    case 'begin':
      if (tokens[index + 2]?.kind === 'dot' || (next?.parts ?? 0) & Part.attackFunction) return true;
      return !next || next.kind === 'comment' || next.kind === 'semicolon' || blockWords.has(next.word);
    case 'shutdown':
    case 'vacuum':
      return (
        !next || next.kind === 'comment' || next.kind === 'semicolon' || (next.parts & Part.statement) !== 0
      );
    case 'call':
      return tokens[index + 2]?.kind === 'open' || tokens[index + 2]?.kind === 'dot';
    case 'if':
    case 'while':
      return isSqlBlock(tokens, index + 1);
    case 'load':
      return word === 'data' || word === 'xml';
    case 'attach':
      return word === 'database' || next?.kind === 'string';
    case 'grant':
    case 'revoke':
      return (
        grantable.has(word) &&
        tokens.slice(index + 2, index + 8).some(({ word: each }) => each === 'to' || each === 'on')
      );
    case 'do':
      return next?.kind === 'string' || (word !== '' && tokens[index + 2]?.kind === 'open');
    case 'backup':
    case 'restore':
      return word === 'database' || word === 'log';
    case 'pragma':
    case 'handler':
    case 'rename':
    case 'replace':
    case 'kill':
      return next?.kind === 'word' && tokens[index + 2] !== undefined && tokens[index + 2]?.kind !== 'word';
    default:
      return false;
  }
}

const grantable = new Set([
  'all',
  'select',
  'insert',
  'update',
  'delete',
  'execute',
  'usage',
  'connect',
  'resource',
  'dba',
  'create',
]);

const blockWords = new Set([
  'select',
  'drop',
  'waitfor',
  'exec',
  'execute',
  'begin',
  'shutdown',
  'declare',
  'insert',
]);

/** `if (1=1) select 1`, `if is_member('x') > 0 waitfor …`, and not the same words in C or in a sentence. */
function isSqlBlock(tokens: readonly Token[], from: number): boolean {
  if (tokens[from]?.kind !== 'open' && tokens[from + 1]?.kind !== 'open') return false;
  for (const { kind, parts, word } of tokens.slice(from, from + 40)) {
    if (kind === 'other') return false;
    if (parts & Part.attackFunction || blockWords.has(word)) return true;
  }
  return false;
}

function wordAsOperator(walk: Walk, token: Token): void {
  const next = walk.tokens[walk.index + 1];
  if (token.parts & Part.logic) {
    walk.does |= Does.logic;
    return expectOperand(walk, 1);
  }
  if (token.word === 'not' && next && next.parts & Part.comparison) return comparison(walk, 2);
  if (token.word === 'is' && !isAfterIs(next)) return fail(walk);
  if (token.word === 'is') return comparison(walk, next?.word === 'not' ? 2 : 1);
  if (token.word === 'in' && next?.kind !== 'open') return fail(walk);
  if (token.parts & Part.clause && clause(walk, token, next)) return;
  if (token.parts & Part.comparison)
    return comparison(walk, token.word === 'similar' || token.word === 'sounds' ? 2 : 1);
  if (token.parts & Part.statement && isAfterConstant(walk) && isStatementAt(walk.tokens, walk.index)) {
    walk.does |= walk.index === 0 ? Does.leading : Does.appended;
    walk.index = walk.tokens.length;
    walk.state = 'complete';
    return;
  }
  if (walk.isSelecting && !(token.parts & (Part.statement | Part.clause))) return took(walk, 'name', 1);
  fail(walk);
}

function isAfterIs(next: Token | undefined): boolean {
  return (
    next?.kind === 'number' ||
    ['null', 'not', 'true', 'false', 'unknown', 'distinct'].includes(next?.word ?? '')
  );
}

/** A statement without a semicolon follows a constant or a closed group; after a name it is a sentence. */
function isAfterConstant(walk: Walk): boolean {
  return walk.index === 0 || walk.tokens[walk.index - 1]?.kind !== 'word';
}

/** Clauses after an operand; false when the word is something else here. */
function clause(walk: Walk, token: Token, next: Token | undefined): boolean {
  switch (token.word) {
    case 'union':
    case 'intersect':
    case 'except':
    case 'minus':
      union(walk);
      return true;
    case 'order':
    case 'group':
      if (next?.word !== 'by') fail(walk);
      else clauseOf(walk, 2);
      return true;
    case 'where':
    case 'having':
    case 'limit':
    case 'offset':
      clauseOf(walk, 1);
      return true;
    case 'on':
    case 'using':
    case 'from':
    case 'join':
      walk.does |= Does.from;
      walk.isSelecting = true;
      expectOperand(walk, 1);
      return true;
    case 'procedure':
      if (next?.word === 'analyse') walk.does |= Does.intoFile;
      else fail(walk);
      walk.index += 2;
      walk.isOperandNext = false;
      return true;
    case 'into':
      into(walk, next);
      return true;
    case 'as':
      alias(walk, next);
      return true;
    case 'end':
    case 'asc':
    case 'desc':
    case 'rows':
    case 'only':
      pass(walk);
      return true;
    case 'when':
      if (walk.isCase) walk.does |= Does.caseWhen;
      expectOperand(walk, 1);
      return true;
    case 'then':
    case 'else':
    case 'values':
    case 'returning':
      expectOperand(walk, 1);
      return true;
    case 'left':
    case 'right':
    case 'inner':
    case 'outer':
    case 'cross':
    case 'natural':
      if (walk.isSelecting) pass(walk);
      else fail(walk);
      return true;
    default:
      return false;
  }
}

function clauseOf(walk: Walk, tokens: number): void {
  walk.does |= Does.clause;
  expectOperand(walk, tokens);
}

function union(walk: Walk): void {
  let ahead = 1;
  for (;;) {
    const each = walk.tokens[walk.index + ahead];
    if (each?.kind === 'open') walk.depth += 1;
    else if (!each || !['all', 'distinct', 'distinctrow'].includes(each.word)) break;
    ahead += 1;
  }
  const verb = walk.tokens[walk.index + ahead];
  const isSelect = verb?.word === 'select' && isSelectItem(walk.tokens, walk.index + ahead + 1);
  const isBareSelect = verb?.word === 'select' && !walk.tokens[walk.index + ahead + 1];
  if (!isSelect && !isBareSelect && verb?.word !== 'values') return fail(walk);
  walk.does |= Does.union;
  walk.isSelecting = true;
  expectOperand(walk, ahead + 1);
}

function into(walk: Walk, next: Token | undefined): void {
  if (next?.word === 'outfile' || next?.word === 'dumpfile') {
    walk.does |= Does.intoFile;
    walk.index = walk.tokens.length;
    walk.state = 'complete';
  } else if (walk.isSelecting) expectOperand(walk, 1);
  else fail(walk);
}

function alias(walk: Walk, next: Token | undefined): void {
  if (next?.kind !== 'word' && next?.kind !== 'string') return fail(walk);
  walk.index += 2;
}
