import { clause } from './sql-clauses.ts';
import { Does } from './sql-does.ts';
import { isExpressionStatement, isStatementAt } from './sql-statements.ts';
import type { Token } from './sql-tokens.ts';
import { expectOperand, fail, finish, pass, took, type Walk } from './sql-walk.ts';
import { Part } from './sql-words.ts';

/** Reads what follows an operand. */
export function operatorAt(walk: Walk, token: Token): void {
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
      walk.isReckoned = false;
      return expectOperand(walk, 1);
    case 'arithmetic':
      if (walk.text.startsWith('::', token.start) && walk.tokens[walk.index + 1]?.kind === 'word') {
        walk.index += 2;
        return;
      }
      walk.does |= Does.arithmetic;
      if (walk.operand === 'name') walk.isReckoned = true;
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
  return end - start === 1 && (text[start] === '<' || text[start] === '>');
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
  } else {
    walk.does |= Does.semicolon;
    fail(walk);
  }
}

function wordAsOperator(walk: Walk, token: Token): void {
  const next = walk.tokens[walk.index + 1];
  if (token.parts & Part.logic) {
    walk.does |= Does.logic;
    walk.isReckoned = false;
    return expectOperand(walk, 1);
  }
  if (token.word === 'not' && next && next.parts & Part.comparison)
    return comparison(walk, next.word === 'similar' ? 3 : 2);
  if (token.word === 'is' && !isAfterIs(next?.word === 'not' ? walk.tokens[walk.index + 2] : next))
    return fail(walk);
  if (token.word === 'is') {
    const length = next?.word === 'not' ? 2 : 1;
    const operand = walk.tokens[walk.index + length];
    if (operand?.word === 'null' || operand?.kind === 'number') walk.does |= Does.symbol;
    return comparison(walk, length);
  }
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
    next?.kind === 'number' || ['null', 'true', 'false', 'unknown', 'distinct'].includes(next?.word ?? '')
  );
}

/** A statement without a semicolon follows a constant or a closed group; after a name it is a sentence. */
function isAfterConstant(walk: Walk): boolean {
  return walk.index === 0 || walk.tokens[walk.index - 1]?.kind !== 'word';
}
