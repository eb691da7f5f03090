/** A range of a text. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The first place where one pattern is followed, on its line and within so many characters, by another. Both patterns
 * need the flag `g`. Linear however often the first one comes, since neither is looked for in the same place twice,
 * where one pattern with a gap in it would read on from each beginning.
 */
export function near(text: string, first: RegExp, second: RegExp, reach: number): Range | null {
  first.lastIndex = 0;
  second.lastIndex = 0;
  let later = second.exec(text);
  for (let found = first.exec(text); found && later; found = first.exec(text)) {
    const end = found.index + found[0].length;
    if (later.index < end) {
      second.lastIndex = end;
      later = second.exec(text);
    }
    if (!later) return null;
    if (later.index - end <= reach && !text.slice(end, later.index).includes('\n'))
      return { start: found.index, end: later.index + later[0].length };
  }
  return null;
}
