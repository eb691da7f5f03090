const contextLength = 24;
const longestMatch = 160;

export interface Excerpt {
  readonly text: string;
  /** Where the matched part lies in it. */
  readonly marked: readonly [start: number, end: number];
}

/** The matched part with a little around it; whatever looks like a secret, an address or a number of a person is masked. */
export function excerptOf(text: string, start: number, end: number): Excerpt {
  const before = redacted(text.slice(Math.max(0, start - contextLength), start));
  const matched = redacted(text.slice(start, Math.min(end, start + longestMatch)));
  const after = redacted(
    text.slice(Math.min(end, start + longestMatch), Math.min(end, start + longestMatch) + contextLength),
  );
  return { text: before + matched + after, marked: [before.length, before.length + matched.length] };
}

function redacted(text: string): string {
  return text
    .replace(/[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{2,64}/g, '[email]')
    .replace(/\b(?=[A-Za-z0-9_-]*\d)(?=[A-Za-z0-9_-]*[A-Za-z])[A-Za-z0-9_-]{20,}\b/g, '[masked]')
    .replace(/\d{7,}/g, '[number]');
}
