import { binary, binaryText } from './binary.ts';
import type { Mark } from './hidden-values.ts';
import { redacted, type Hidden } from './redact.ts';

/** The values of a Bind, still as bytes: nothing is decoded until somebody asks. */
export interface BoundValues {
  readonly bytes: Buffer;
  /** Where the count of parameter formats lies. */
  readonly start: number;
  readonly end: number;
}

export type ParameterTexts = readonly (string | null)[];

export const noParameters: ParameterTexts = [];

/** Parameters of one statement that are shown; PostgreSQL allows 65,535. */
const parametersMax = 1000;
const charactersMax = 256;
/** Enough bytes for `charactersMax` characters of UTF-8. */
const shownBytesMax = 1024;

/**
 * Parameters as text, in order, each cut at 256 characters; null is SQL NULL, `[binary]` a binary value of a type
 * that is not known. Bind, https://www.postgresql.org/docs/current/protocol-message-formats.html.
 * Of a malformed Bind, which PostgreSQL refuses, those before the fault.
 */
export function parameterTexts(values: BoundValues, typeOids: readonly number[]): ParameterTexts {
  const { bytes, start, end } = values;
  const formatCount = start + 2 > end ? 0 : bytes.readUInt16BE(start);
  const countAt = start + 2 + formatCount * 2;
  const count = countAt + 2 > end ? 0 : Math.min(bytes.readUInt16BE(countAt), parametersMax);
  const texts: (string | null)[] = [];
  for (let i = 0, at = countAt + 2; i < count && at + 4 <= end; i++) {
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length < -1 || at + length > end) break;
    const formatAt = start + 2 + (formatCount === 1 ? 0 : i * 2);
    const isBinary = formatCount === 1 || i < formatCount ? bytes.readUInt16BE(formatAt) === 1 : false;
    texts.push(length < 0 ? null : valueText(bytes, at, length, isBinary, typeOids[i] ?? 0));
    at += Math.max(0, length);
  }
  return texts;
}

/** Parameters with marks for those that the statement's rules name. */
export function shownParameters(
  texts: ParameterTexts,
  hidden: Hidden | null,
  mark: Mark = () => redacted,
): ParameterTexts {
  if (!hidden) return texts;
  const { parameters } = hidden;
  return texts.map((text, index) =>
    text !== null && (parameters === 'all' || parameters.has(index + 1)) ? mark(text) : text,
  );
}

function valueText(bytes: Buffer, at: number, length: number, isBinary: boolean, typeOid: number): string {
  const text = isBinary
    ? binaryText(bytes, at, length, typeOid)
    : bytes.toString('utf8', at, at + Math.min(length, shownBytesMax));
  return text.length > charactersMax ? text.slice(0, charactersMax) : text;
}

/** What a guard sees: `undefined` for a value that was not decoded. */
export function guardParameters(texts: ParameterTexts): readonly (string | null | undefined)[] {
  return texts.map((text) => (text === binary ? undefined : text));
}
