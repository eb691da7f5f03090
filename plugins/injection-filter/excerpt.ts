interface Size {
  /** Characters before and after the match. */
  readonly context: number;
  readonly longestMatch: number;
}

/** For lists. */
const short: Size = { context: 24, longestMatch: 160 };
/** For whoever opens one attempt, and for trying other rules on it. */
const wide: Size = { context: 400, longestMatch: 400 };

export interface Excerpt {
  readonly text: string;
  /** Where the matched part lies in it. */
  readonly marked: readonly [start: number, end: number];
}

/** The matched part with a little around it; whatever looks like a secret, an address or a number of a person is masked. */
export function excerptOf(text: string, start: number, end: number): Excerpt {
  return cut(text, start, end, short);
}

/** The same with more around it. */
export function wideExcerptOf(text: string, start: number, end: number): Excerpt {
  return cut(text, start, end, wide);
}

function cut(text: string, start: number, end: number, { context, longestMatch }: Size): Excerpt {
  const matchedEnd = Math.min(end, start + longestMatch);
  const before = redacted(text.slice(Math.max(0, start - context), start));
  const matched = redacted(text.slice(start, matchedEnd));
  const after = redacted(text.slice(matchedEnd, matchedEnd + context));
  return { text: before + matched + after, marked: [before.length, before.length + matched.length] };
}

/** With everything masked that looks like a secret, an address or a number of a person. */
export function redacted(text: string): string {
  return text
    .replace(/[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{2,64}/g, '[email]')
    .replace(/\b(?=[A-Za-z0-9_-]*\d)(?=[A-Za-z0-9_-]*[A-Za-z])[A-Za-z0-9_-]{20,}\b/g, '[masked]')
    .replace(/\d{7,}/g, '[number]');
}
