import type { Match } from './finding.ts';
import { mayHold, type Holds, type Need } from './pieces.ts';

type Form = readonly [rule: string, strength: Match['strength'], needs: readonly Need[], pattern: RegExp];

/** Every way to write what one of some beginnings, one of some middles and one of some ends make. */
function eachOf(...parts: readonly (readonly string[])[]): readonly string[] {
  return parts.reduce((before, part) => before.flatMap((start) => part.map((end) => start + end)), ['']);
}

const quotes = ["'", '"'];
const digits = [...'0123456789'];
/** Up to so many blanks, each of any kind. */
const gaps = (most: number): readonly string[] =>
  Array.from({ length: most + 1 }, (_, count) => ' '.repeat(count));
const operators = 'or and xor mod div not like rlike regexp sounds < ! > ^ & |'.split(' ');

/**
 * Pieces of SQL that are an attack by their spelling, wherever they stand, with what each cannot be without in lower
 * case: looking for that costs next to nothing. Bounded repeats only: each is linear.
 */
const forms: readonly Form[] = [
  // Nobody asks for it in a sentence.
  ['sql/attack-function', 'certain', ['waitfor'], /\bwaitfor\s{1,8}(?:delay|time)\s{0,8}['"(@]/i],
  // A quote closed for a union, where no quotation ends soon after.
  [
    'sql/union-select',
    'certain',
    ['union', 'select'],
    /['"]\s{0,4}\)*\s{0,4}union\s{1,8}(?:all\s{1,8}|distinct\s{1,8})?select\b(?![^'"]{0,60}['"])/i,
  ],
  // The oldest of all: `' or 1=`, `'or'1'='1`.
  [
    'sql/quote-condition',
    'likely',
    ['=', eachOf(quotes, gaps(4), ['or', 'and'], [' ', ...quotes, ...digits])],
    /['"]\s{0,4}(?:or|and)\s{0,4}['"]?\d{1,6}\s{0,3}['"]?\s{0,2}=\s{0,2}['"]?\d/i,
  ],
  // An operator between blanks between quotes, ` ' or ' `: a writer who quotes a word leaves no blanks around it.
  [
    'sql/quote-operator',
    'likely',
    [eachOf(quotes, [' ', '  '], operators), eachOf([' '], quotes)],
    /(?:^|\s)(['"]) {1,2}(?:x?or|and|mod|div|(?:not )?(?:r?like|regexp)|sounds like|<=>|!=|<>|>=|<=|<<|>>|\^|&&|\|\|) {1,2}\1(?=\s|$)/i,
  ],
  [
    'sql/quote-operator',
    'likely',
    [eachOf(["''", '""'], ['-', '^', '&', '*', '|', '+', '='])],
    /['"]\s{0,2}(?:or|and)\s{0,2}(['"])\1[-^&*|+=]/i,
  ],
  // An operator with nothing around it between two quotes of one word: `foo'or'bar`, `1"OR-"1`.
  [
    'sql/quote-operator',
    'likely',
    [eachOf(quotes, ['or', 'xor', 'like', 'rlike', '||', '&&'], [...quotes, '-', '+', '!', '~'])],
    /\w(['"])(?:x?or|r?like|\|\||&&)[-+!~]?\1\w/i,
  ],
  // What a call answers, joined to the string on either side: ` ' || f(1) || '`.
  [
    'sql/quote-operator',
    'likely',
    ['(', eachOf(quotes, ['||', ' ||', '  ||', '+', ' +', '  +'])],
    /(?:^|\s)(['"]) {0,2}(?:\|\||\+) {0,2}[\w.]{1,60}\([^()\n]{0,60}\) {0,2}(?:\|\||\+) {0,2}\1(?=\s|$)/,
  ],
  // A pattern for any text, or one spelt by its characters: `or name like '%'`.
  [
    'sql/quote-condition',
    'likely',
    [eachOf(['like', 'regexp'], gaps(4).slice(1), [...quotes, 'ch'])],
    /\b(?:or|and)\s{1,4}\w{1,30}\s{1,4}(?:not\s{1,4})?(?:r?like|ilike|regexp)\s{1,4}(?:['"][%.^_]|cha?r\s{0,2}\()/i,
  ],
  // Comments where blanks would do, and MySQL's that are none.
  [
    'sql/union-select',
    'certain',
    ['union', '/*', 'select'],
    /\bunion(?:\s{0,4}\/\*[^*]{0,40}\*\/)+\s{0,4}(?:all\s{0,4}(?:\/\*[^*]{0,40}\*\/)*\s{0,4})?select\b/i,
  ],
  ['sql/union-select', 'certain', ['/*!'], /\/\*!\d{0,6}\s{0,2}(?:union|select|from)\s{0,2}(?:\*\/|\/\*)/i],
  ['sql/stacked-statement', 'likely', ['exec', '@'], /\bexec(?:ute)?\s{0,2}\(\s{0,2}@\w/i],
  [
    'sql/case-when',
    'likely',
    ['case', 'when', 'end'],
    /\bcase\s{1,4}(?:\d{1,9}|'[^'\n]{0,20}'|\w{1,20}\([^()\n]{0,40}\))\s{1,4}when\s{1,4}\S{1,20}\s{1,4}then\s{1,4}\S{1,20}\s{1,4}(?:else\s{1,4}\S{1,20}\s{1,4})?end\b/i,
  ],
  // A statement inside an expression, or right behind a value, that begins as no sentence does.
  [
    'sql/subselect',
    'likely',
    ['select', '('],
    /\(\s{0,4}select\s{1,8}(?:@{1,2}\w|top\s{1,4}\d|\*\s{1,8}from\b)/i,
  ],
  [
    'sql/appended-statement',
    'likely',
    ['update', 'set', '='],
    /(?:^|\s)\d{1,9}\s{1,8}update\s{1,8}\w{1,40}\s{1,8}set\s{1,8}\w{1,40}\s{0,4}=/i,
  ],
  [
    'sql/appended-statement',
    'likely',
    ['select', 'from', '--'],
    /['"]\s{0,4}select\b[^'"]{1,80}\bfrom\s{1,8}[\w.]{1,60}--/i,
  ],
  // A comparison of two numbers decides what the server answers: `iif(2=2,1,1/0)`.
  [
    'sql/case-when',
    'likely',
    ['(', [...eachOf(['if'], gaps(2), ['('], gaps(2), digits), 'isnull']],
    /\bi?if\s{0,2}\(\s{0,2}\d{1,9}\s{0,2}[=<>]{1,2}\s{0,2}\d{1,9}\s{0,2}(?:,|\)\s{0,4}select\b)|\bisnull\s{0,2}\(\s{0,2}1\s{0,2}\/\s{0,2}0/i,
  ],
  // One character of a value as a number, as blind attacks read it.
  [
    'sql/server-function',
    'likely',
    [
      '(',
      [
        ...eachOf(['ascii', 'ord', 'unicode'], gaps(2), ['('], gaps(2), ['substr', 'mid', 'left', 'right']),
        ...eachOf([')'], gaps(2), ['||']),
      ],
    ],
    /\b(?:ascii|ord|unicode)\s{0,2}\(\s{0,2}(?:substr|substring|mid|left|right)\s{0,2}\(|\bcha?r\(\d{1,3}\)\s{0,2}\|\|\s{0,2}cha?r\(/i,
  ],
  [
    'sql/server-function',
    'likely',
    ['@@'],
    /[(,=+|]\s{0,2}@@(?:version|hostname|servername|datadir|basedir|global\.)|@@version\s{0,2}(?:--|#|\/\*)|^\s{0,8}@@(?:version|hostname|servername|datadir|basedir)\s{0,8}$/i,
  ],
];

/** What {@link sqlForm} asks a text about. */
export const sqlPieces: readonly string[] = forms.flatMap(([, , needs]) => needs.flat());

/** The first form found in a text. */
export function sqlForm(text: string, holds: Holds): Match | null {
  for (const [rule, strength, needs, pattern] of forms) {
    if (!mayHold(text, needs, holds)) continue;
    const found = pattern.exec(text);
    if (found)
      return { attack: 'sqli', rule, start: found.index, end: found.index + found[0].length, strength };
  }
  return null;
}
