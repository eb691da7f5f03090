/** What a later step may take out of a text, and how it is told that there is any: cheaply where there is none. */
export interface Stripping {
  readonly name: string;
  readonly applies: { test(text: string): boolean };
  readonly taken: RegExp;
}

/** Readings that take something out which a later step may take out: tried last, each on its own. */
export const strippings: readonly Stripping[] = [
  {
    name: 'markup-comment',
    applies: {
      // What ends one is looked for first: where there is none, each of many beginnings would be read on from.
      test: (text) =>
        (text.includes('!--') || text.includes(']]>')) &&
        /-->|\]\]>/.test(text) &&
        /<!--(?!\s*#)[^]{0,80}?-->|\]\]>\s*<!\[cdata\[/i.test(text),
    },
    taken: /<!--(?!\s*#)[\s\S]{0,80}?-->|\]\]>\s*<!\[cdata\[/gi,
  },
  {
    name: 'comment-in-word',
    applies: { test: (text) => text.includes('*/') && /[a-z]\/\*[^*]{0,20}\*\/[a-z]/i.test(text) },
    taken: /\/\*[^*]{0,20}\*\//g,
  },
  {
    name: 'percent-sign',
    applies: { test: (text) => text.includes('%') && /(?:%[A-Za-z][^%\n]{0,4}){4}/.test(text) },
    taken: /%/g,
  },
];

/** Of a text; cut off when something stood before it. */
interface Piece {
  readonly text: string;
  readonly isCutOff: boolean;
}

/** Up to this length all of a text is read again, of a longer one what stands so near to what is taken out: the rest was read before. */
export const wholeLength = 4096;
const reach = 512;

/** A text without what a stripping takes out, in pieces where it is long. */
export function* stripped(text: string, { taken }: Stripping): Generator<Piece> {
  const ranges = text.length <= wholeLength ? [[0, text.length] as const] : around(text, taken);
  for (const [from, to] of ranges)
    yield { text: text.slice(from, to).replace(taken, ''), isCutOff: from > 0 };
}

/** The ranges around all places that a pattern finds, joined where they meet; the last may reach beyond the text. */
function* around(text: string, pattern: RegExp): Generator<readonly [from: number, to: number]> {
  let from = 0;
  let to = -1;
  for (const { index, 0: found } of text.matchAll(pattern)) {
    const start = Math.max(0, index - reach);
    if (start > to) {
      if (to >= 0) yield [from, to];
      from = start;
    }
    to = index + found.length + reach;
  }
  if (to >= 0) yield [from, to];
}
