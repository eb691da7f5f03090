import { Does } from './sql-does.ts';
import { isSelectItem } from './sql-statements.ts';
import type { Token } from './sql-tokens.ts';
import { expectOperand, fail, pass, type Walk } from './sql-walk.ts';

/** Clauses after an operand; false when the word is something else here. */
export function clause(walk: Walk, token: Token, next: Token | undefined): boolean {
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
    case 'returning':
      clauseOf(walk, 1);
      return true;
    case 'for':
      // `mid(version() from 1 for 1)`
      if (walk.depth > 0) expectOperand(walk, 1);
      else fail(walk);
      return true;
    case 'fetch':
      if (next?.word === 'next' || next?.word === 'first') clauseOf(walk, 2);
      else fail(walk);
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
  const item = walk.tokens[walk.index + ahead + 1];
  const isValues = verb?.word === 'values' && (item?.kind === 'open' || item?.word === 'row');
  if (!isSelect && !isBareSelect && !isValues && !isTable(walk, ahead)) return fail(walk);
  walk.does |= Does.union;
  walk.isSelecting = true;
  expectOperand(walk, ahead + 1);
}

/** `union table users`: all rows, in MySQL; nothing but a comment or the end follows. */
function isTable({ tokens, index }: Walk, ahead: number): boolean {
  const [verb, name, after] = tokens.slice(index + ahead, index + ahead + 3);
  if (verb?.word !== 'table' || name?.kind !== 'word') return false;
  return !after || after.kind === 'comment' || after.word === 'limit' || after.word === 'order';
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
