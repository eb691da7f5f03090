import { Does, type Operand } from './sql-does.ts';
import type { Token } from './sql-tokens.ts';

/** Where a walk over tokens stands. */
export interface Walk {
  readonly text: string;
  readonly tokens: readonly Token[];
  index: number;
  depth: number;
  does: number;
  /** True where an operand must follow. */
  isOperandNext: boolean;
  operand: Operand;
  operandStart: number;
  /** True once a name was reckoned with on this side of a comparison: `a / 2`. */
  isReckoned: boolean;
  /** The left side of a comparison whose right side is still to come. */
  left: { readonly kind: Operand; readonly start: number; readonly end: number } | null;
  /** After CASE, so that WHEN means something. */
  isCase: boolean;
  /** Inside a select list or a from clause, where aliases and stars are allowed. */
  isSelecting: boolean;
  state: 'going' | 'complete' | 'failed';
}

export function finish(walk: Walk, does: number): void {
  walk.does |= does;
  walk.index += 1;
  walk.state = 'complete';
}

export function took(walk: Walk, operand: Operand, tokens: number): void {
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
  const isConstant = left.kind === 'literal' && walk.operand === 'literal' && !walk.isReckoned;
  walk.isReckoned = false;
  const isSame =
    left.kind !== 'literal' &&
    left.kind !== 'none' &&
    walk.text.slice(left.start, left.end) === walk.text.slice(walk.operandStart, end);
  walk.does |=
    (isConstant && !isColumn(walk, left.start)) || isSame ? Does.constantComparison : Does.comparison;
}

/** `"price" = 5`: a quoted name beside a value of another kind. */
function isColumn({ text, operandStart }: Walk, start: number): boolean {
  return (
    text[start] === '"' && text[operandStart] !== '"' && /^"[A-Za-z_]\w*"/.test(text.slice(start, start + 66))
  );
}

export function pass(walk: Walk): void {
  walk.index += 1;
}

export function fail(walk: Walk): void {
  walk.state = 'failed';
}

export function expectOperand(walk: Walk, tokens: number): void {
  walk.index += tokens;
  walk.isOperandNext = true;
}
