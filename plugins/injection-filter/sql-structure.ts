import { Does, type Continuation } from './sql-does.ts';
import { operandAt } from './sql-operands.ts';
import { operatorAt } from './sql-operators.ts';
import type { Token } from './sql-tokens.ts';
import { finish, type Walk } from './sql-walk.ts';

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
    isReckoned: false,
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
