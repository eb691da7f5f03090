import { Does } from './sql-does.ts';
import { isSelectItem } from './sql-statements.ts';
import type { Token } from './sql-tokens.ts';
import { finish, pass, took, type Walk } from './sql-walk.ts';
import { Part } from './sql-words.ts';

/** Reads what stands where an operand is due. */
export function operandAt(walk: Walk, token: Token): void {
  switch (token.kind) {
    case 'number':
    case 'string':
      return took(walk, 'literal', 1);
    case 'variable':
      return variable(walk, token);
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
  if (token.parts & Part.value) {
    if (tellingValues.has(token.word)) walk.does |= Does.serverVariable;
    return took(walk, everydayValues.has(token.word) ? 'name' : 'literal', 1);
  }
  if (token.parts & (Part.logic | Part.clause) || token.parts === Part.comparison) {
    walk.state = 'failed';
    return;
  }
  name(walk);
}

/** Who and where the server is. */
const tellingValues = new Set(
  'current_user session_user system_user utc_date utc_time localtime current_date'.split(' '),
);
/** Values that are words of a sentence too: `where user -- the`. */
const everydayValues = new Set(['user', 'default', 'dual', 'unknown']);
const tellingCalls = new Set(
  'version user database current_database current_user user_name db_name schema'.split(' '),
);

/** `@@version` is the server's; `@id` may be a name, as in XPath. */
function variable(walk: Walk, token: Token): void {
  const isServers = walk.text[token.start + 1] === '@';
  walk.does |= isServers ? Does.serverVariable : Does.variable;
  took(walk, isServers ? 'literal' : 'name', 1);
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
    return;
  }
  const first = walk.tokens[walk.index];
  if (length > 1 && first && first.parts & Part.attackFunction) walk.does |= Does.attackCall;
  took(walk, 'name', length);
}

function partAfterDot(walk: Walk, length: number): number {
  const after = walk.tokens[walk.index + length + 1];
  return after && (after.kind === 'word' || walk.text[after.start] === '*') ? 1 : 0;
}

function call(walk: Walk, token: Token, open: Token): void {
  const isAdjacent = open.start === token.end;
  if (walk.left?.kind === 'literal' && token.parts & Part.commonFunction)
    walk.does |= Does.constantComparison;
  if (tellingCalls.has(token.word) && walk.tokens[walk.index + 2]?.kind === 'close')
    walk.does |= Does.serverVariable;
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
