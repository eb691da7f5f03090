import { appendedTagsAt } from '../../shared/index.ts';
import { Tokenizer, tokenKind } from './tokenizer.ts';

interface Piece {
  readonly kind: number;
  readonly text: string;
}

/** The rules of `ShapeText`, written down token by token and list by list: what it must give, without its haste. For tests. */
export function plainShapeText(text: string): string {
  const pieces = piecesOf(text);
  const last = pieces.at(-1);
  const isQuoted = last?.kind === tokenKind.literal || last?.kind === tokenKind.quotedName;
  const tagsAt = isQuoted && /[/;\s]$/.test(text) ? appendedTagsAt(text) : -1;
  if (tagsAt >= 0) return plainShapeText(text.slice(0, tagsAt));
  const joined = withoutContinuations(pieces.map(standingFor));
  return withoutRows(withoutItems(joined))
    .map((each) => each.text)
    .join('')
    .replace(/^[ ]+|[; ]+$/g, '');
}

function piecesOf(text: string): readonly Piece[] {
  const tokens = new Tokenizer(text);
  const pieces: Piece[] = [];
  while (tokens.next()) pieces.push({ kind: tokens.kind, text: text.slice(tokens.start, tokens.end) });
  return pieces;
}

function standingFor({ kind, text }: Piece): Piece {
  if (kind === tokenKind.space) return { kind, text: ' ' };
  if (kind === tokenKind.parameter) return { kind, text: '$1' };
  if (kind === tokenKind.literal) return { kind, text: /^[\d.]/.test(text) ? '0' : "''" };
  return { kind, text };
}

/** `'a' 'b'` on two lines is one string (PostgreSQL manual §4.1.2.1). */
function withoutContinuations(pieces: readonly Piece[]): readonly Piece[] {
  return pieces.reduce<readonly Piece[]>((before, piece) => {
    const upToString = before.at(-1)?.text === ' ' ? before.slice(0, -1) : before;
    return isString(piece) && isString(upToString.at(-1)) ? upToString : [...before, piece];
  }, []);
}

const isString = (piece: Piece | undefined): boolean =>
  piece?.kind === tokenKind.literal && piece.text === "''";
const isValue = ({ kind }: Piece): boolean => kind === tokenKind.literal || kind === tokenKind.parameter;
const isWord = ({ kind, text }: Piece, word: string): boolean =>
  kind === tokenKind.word && text.toLowerCase() === word;
const isSymbol = ({ kind, text }: Piece, symbol: string): boolean =>
  kind === tokenKind.symbol && text === symbol;

/** Of each `IN` list the first value, up to what is no value. */
function withoutItems(pieces: readonly Piece[]): readonly Piece[] {
  const kept: Piece[] = [];
  for (let at = 0; at < pieces.length; at++) {
    const piece = pieces[at];
    if (!piece) continue;
    kept.push(piece);
    if (isSymbol(piece, '(') && followsIn(pieces, at)) at = keepList(pieces, at + 1, kept) - 1;
  }
  return kept;
}

/** Whether an `IN` comes last before a place; names in quotes and white space between do not count. */
function followsIn(pieces: readonly Piece[], at: number): boolean {
  const before = pieces
    .slice(0, at)
    .findLast(({ kind }) => kind !== tokenKind.space && kind !== tokenKind.quotedName);
  return before !== undefined && isWord(before, 'in');
}

/** Keeps what a list begins with; answers where it, or its being plain, ends. */
function keepList(pieces: readonly Piece[], from: number, kept: Piece[]): number {
  let end = -1;
  let at = from;
  for (; at < pieces.length; at++) {
    const piece = pieces[at];
    if (!piece || !isOfPlainList(piece)) break;
    if (isValue(piece) && end >= 0) kept.length = end;
    else kept.push(piece);
    if (isValue(piece) && end < 0) end = kept.length;
  }
  return at;
}

const isOfPlainList = (piece: Piece): boolean =>
  isValue(piece) ||
  piece.kind === tokenKind.space ||
  piece.kind === tokenKind.quotedName ||
  isSymbol(piece, ',') ||
  isSymbol(piece, '-');

/** Of each `VALUES` list one of each row. */
function withoutRows(pieces: readonly Piece[]): readonly Piece[] {
  const kept: Piece[] = [];
  let depth = 0;
  let valuesDepth = -1;
  let rowStart = 0;
  let rowsEnd = 0;
  let rows: string[] = [];
  for (const piece of pieces) {
    if (piece.kind === tokenKind.word && depth === valuesDepth) valuesDepth = -1;
    if (isSymbol(piece, '(') && depth++ === valuesDepth) rowStart = kept.length;
    kept.push(piece);
    if (isWord(piece, 'values')) {
      valuesDepth = depth;
      rows = [];
    }
    if (!isSymbol(piece, ')')) continue;
    depth = Math.max(0, depth - 1);
    if (depth < valuesDepth) valuesDepth = -1;
    if (depth !== valuesDepth) continue;
    const row = kept
      .slice(rowStart)
      .map((each) => each.text)
      .join('');
    if (rows.includes(row)) kept.length = rowsEnd;
    else if (rows.length < 8) rows.push(row);
    rowsEnd = kept.length;
  }
  return kept;
}
