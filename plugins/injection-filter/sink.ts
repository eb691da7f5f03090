import { ChurnMap, appendedTagsAt, type Exchange } from '../../shared/index.ts';
import { lexemeAt, lexemesOf, type Lexeme } from './statement-lexer.ts';

/** A value of a request that stands in a statement's text and is more than one token there. */
export interface Reached {
  readonly field: string;
  readonly part: string;
  readonly value: string;
  /** The request it is of: several may be in flight under one id that their client chose. */
  readonly exchange?: Exchange;
  /** Where it stands in the statement. */
  readonly start: number;
  readonly end: number;
}

/** Values of the requests in flight that could change a statement, for the check at the sink. */
export interface Sink {
  /** The first value of an exchange that changes the tokens of a statement. */
  reached(exchangeId: string, statement: string): Reached | null;
}

/** Keeps a value of a request; answers true when no more are wanted. */
export type Keep = (value: string, part: string, field: () => string) => boolean;

/** Where the values are read from, once a statement asks for them. */
export interface SinkSource {
  /** Every exchange in flight that a statement of this id may belong to. */
  sharing(exchangeId: string): readonly Exchange[];
  /** Walks every value of a request. */
  readValues(exchange: Exchange, keep: Keep): void;
}

interface Kept {
  readonly value: string;
  readonly part: string;
  readonly field: () => string;
}

/** Values kept for one exchange, and exchanges at once: what lies above is not confirmed, only judged. */
const mostValues = 512;
const mostExchanges = 8192;
const longestValue = 8192;

/** Reads the values of a request when its first statement comes, so that a request without one pays nothing. */
export function createSink(source: SinkSource): Sink {
  const kept = new ChurnMap<Exchange, readonly Kept[]>();
  const valuesOf = (exchange: Exchange): readonly Kept[] => {
    const known = kept.get(exchange);
    if (known) return known;
    if (kept.size >= mostExchanges) return [];
    const values = tellingValues(source, exchange);
    kept.set(exchange, values);
    exchange.onFinished(() => kept.delete(exchange));
    return values;
  };
  return {
    reached(exchangeId, statement) {
      for (const exchange of source.sharing(exchangeId)) {
        for (const { value, part, field } of valuesOf(exchange)) {
          const range = changedRange(statement, value);
          if (range) return { field: field(), part, value, exchange, start: range[0], end: range[1] };
        }
      }
      return null;
    },
  };
}

/** Only values with something other than letters, digits and underscores can change a statement. */
function tellingValues(source: SinkSource, exchange: Exchange): readonly Kept[] {
  const values: Kept[] = [];
  source.readValues(exchange, (value, part, field) => {
    if (value.length >= 3 && value.length <= longestValue && /\W/.test(value))
      values.push({ value, part, field });
    return values.length === mostValues;
  });
  return values;
}

/**
 * Where a value stands in a statement as more than a part of one token; null when it does not, or when it is the whole
 * statement, as in a tool that runs the SQL it is given; instrumentation may have put its tags behind it.
 */
export function changedRange(statement: string, value: string): readonly [start: number, end: number] | null {
  const trimmed = value.trim();
  if (trimmed.length < 3 || trimmed.length >= statement.trim().length) return null;
  const tagsAt = appendedTagsAt(statement);
  if (tagsAt >= 0 && trimmed === statement.slice(0, tagsAt).trim()) return null;
  let lexemes: readonly Lexeme[] | null = null;
  let looks = /['"\\$*/-]/.test(trimmed) ? mostLooks : 0;
  for (let at = statement.indexOf(trimmed); at >= 0; at = statement.indexOf(trimmed, at + trimmed.length)) {
    const end = at + trimmed.length;
    lexemes ??= lexemesOf(statement);
    const around = lexemeAround(lexemes, at);
    if (!around || around.start > at || around.end < end) return [at, end];
    if (looks-- > 0 && movesEnd(statement, around, at, end)) return [at, end];
  }
  return null;
}

/** Places in a statement at which one value is looked at more closely. */
const mostLooks = 64;

/** Whether the token around a value would end elsewhere without it: a quote or a backslash of the value took its end. */
function movesEnd(statement: string, token: Lexeme, start: number, end: number): boolean {
  const without = `${statement.slice(token.start, start)}x${statement.slice(end, token.end + 1)}`;
  return lexemeAt(without, 0).end !== token.end - token.start - (end - start) + 1;
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
