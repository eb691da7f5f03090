/** What a later step may take out of a text, and how it is told that there is any: cheaply where there is none. */
export interface Stripping {
  readonly name: string;
  readonly applies: { test(text: string): boolean };
  readonly taken: RegExp;
  /** Where that is worth looking at, if not wherever something is taken out. */
  readonly places?: RegExp;
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
    places: /(?:%[A-Za-z][^%\n]{0,4}){4,}/g,
  },
];
