import { characterSet, isWhite } from './character-set.ts';
import { beginningsOf, mayBegin } from './beginnings.ts';

/** A place within a text where SQL may go on, and what stands there. */
export interface Anchor {
  readonly index: number;
  readonly what: string;
}

const anchors =
  /(?:\b|(?<=\d))(?:union|and|or|xor|having|order|group|procedure|into|rlike|like|where)\b|\|\||&&|\/\*m?!\d{0,6}|\)\s*(?=or|and|union|;|,|waitfor|from\s+\w+\s+where)|\(\s*(?:select|case)\b|\bcase\s+when\b|\b(?:benchmark(?=\(|\s*\([^()]{1,40},)|pg_sleep|extractvalue|updatexml|load_file|xp_\w+|lo_import|utl_\w+|dbms_\w+|sleep\s*\(\s*\d+\s*\)\s*(?=#|--|\)|or|and|[=+*|-]\s*['"]))\s*\(?/iy;

/** The next place from an offset on where a statement may be continued: a quote, a separator, a word that joins. */
export function nextAnchor(text: string, codes: Uint16Array, from: number): Anchor | null {
  let before = from > 0 ? kinds[codes[from - 1] ?? 0] : 0;
  let code = codes[from] ?? 0;
  // Of the letters only the first two of a word are looked up: the loop is one of the hottest.
  for (let at = from; at < text.length; at += 1) {
    const next = codes[at + 1] ?? 0;
    const kind = kinds[code];
    if (kind !== 0 && (kind !== letter || (before !== letter && mayBegin(beginnings, code, next)))) {
      const anchor = anchorAt(text, codes, at, code, kind);
      if (anchor) return anchor;
    }
    before = kind;
    code = next;
  }
  return null;
}

function anchorAt(
  text: string,
  codes: Uint16Array,
  at: number,
  code: number,
  kind: number | undefined,
): Anchor | null {
  if (kind === quote && codes[at - 1] === code && codes[at + 1] === code) return null; // in a run, where none opens or closes anything
  if (kind === pair && !isPair(codes, at, code)) return null;
  if (kind === quote || code === 59 || code === 0x2019) return { index: at, what: text.charAt(at) };
  if (kind === mark && !mayGoOn(codes, at, code)) return null;
  anchors.lastIndex = at;
  const found = anchors.exec(text);
  return found && { index: at, what: found[0] };
}

const letter = 1;
const mark = 2;
const quote = 3;
const pair = 4;
/** What a character can be for an anchor: a loop over these is quicker than the pattern, which most places fail at. */
const kinds = new Uint8Array(65_536);
for (const each of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_')
  kinds[each.charCodeAt(0)] = letter;
for (const each of ';)(\u2019') kinds[each.charCodeAt(0)] = mark;
for (const each of '|&/') kinds[each.charCodeAt(0)] = pair;
for (const each of '\'"`') kinds[each.charCodeAt(0)] = quote;

/** How every word begins that is an anchor. */
const beginnings = beginningsOf('un an or xo ha gr pr in rl li wh ca be pg ex up lo xp ut db sl'.split(' '));

/** Whether what stands behind a parenthesis, blanks aside, begins as what makes it an anchor does. */
function mayGoOn(codes: Uint16Array, at: number, code: number): boolean {
  let next = at + 1;
  while (isWhite(codes[next] ?? 0)) next += 1;
  return (code === 40 ? behindOpening : behindClosing)[codes[next] ?? 0] === 1;
}

const behindOpening = characterSet('scSC');
const behindClosing = characterSet('oauwfOAUWF;,');

/** `||`, `&&`, and the beginning of a versioned comment. */
function isPair(codes: Uint16Array, at: number, code: number): boolean {
  if (code !== 47) return codes[at + 1] === code;
  const third = codes[at + 2] ?? 0;
  return codes[at + 1] === 42 && (third === 33 || (third | 32) === 109);
}
