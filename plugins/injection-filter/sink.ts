import type { Exchange } from '../../shared/index.ts';
import { lexemesOf, type Lexeme } from './statement-lexer.ts';

/** A value of a request that stands in a statement's text and is more than one token there. */
export interface Reached {
  readonly field: string;
  readonly part: string;
  readonly value: string;
  /** Where it stands in the statement. */
  readonly start: number;
  readonly end: number;
}

/** Values of the requests in flight that could change a statement, for the check at the sink. */
export interface Sink {
  /** Remembers a value; only those with something other than letters, digits and underscores matter. */
  remember(exchange: Exchange, value: string, part: string, field: () => string): void;
  /** The first remembered value of an exchange that changes the tokens of a statement. */
  reached(exchangeId: string, statement: string): Reached | null;
  forget(exchangeId: string): void;
}

interface Kept {
  readonly value: string;
  readonly part: string;
  readonly field: () => string;
}

/** Values kept for one exchange, and exchanges at once: what lies above is not confirmed, only judged. */
const mostValues = 64;
const mostExchanges = 8192;
const longestValue = 8192;

export function createSink(): Sink {
  const kept = new Map<string, Kept[]>();
  return {
    remember(exchange, value, part, field) {
      if (value.length < 3 || value.length > longestValue || !/\W/.test(value)) return;
      const values = kept.get(exchange.id);
      if (values) {
        if (values.length < mostValues) values.push({ value, part, field });
      } else if (kept.size < mostExchanges) {
        kept.set(exchange.id, [{ value, part, field }]);
        exchange.onFinished(() => kept.delete(exchange.id));
      }
    },
    reached(exchangeId, statement) {
      for (const { value, part, field } of kept.get(exchangeId) ?? []) {
        const range = changedRange(statement, value);
        if (range) return { field: field(), part, value, start: range[0], end: range[1] };
      }
      return null;
    },
    forget: (exchangeId) => void kept.delete(exchangeId),
  };
}

/**
 * Where a value stands in a statement as more than a part of one token; null when it does not, or when it is the whole
 * statement, as in a tool that runs the SQL it is given.
 */
export function changedRange(statement: string, value: string): readonly [start: number, end: number] | null {
  const trimmed = value.trim();
  if (trimmed.length < 3 || trimmed.length >= statement.trim().length) return null;
  let lexemes: readonly Lexeme[] | null = null;
  for (let at = statement.indexOf(trimmed); at >= 0; at = statement.indexOf(trimmed, at + trimmed.length)) {
    lexemes ??= lexemesOf(statement);
    if (crosses(lexemes, at, at + trimmed.length)) return [at, at + trimmed.length];
  }
  return null;
}

/** Whether a range is neither inside one token nor a single one. */
function crosses(lexemes: readonly Lexeme[], start: number, end: number): boolean {
  const first = lexemeAround(lexemes, start);
  if (!first) return true;
  return !(first.start <= start && first.end >= end);
}

function lexemeAround(lexemes: readonly Lexeme[], at: number): Lexeme | null {
  let low = 0;
  let high = lexemes.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const each = lexemes[middle];
    if (!each) return null;
    if (each.end <= at) low = middle + 1;
    else if (each.start > at) high = middle - 1;
    else return each;
  }
  return null;
}
