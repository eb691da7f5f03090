/** A place within a text where SQL may go on, and what stands there. */
export interface Anchor {
  readonly index: number;
  readonly what: string;
}

const anchors =
  /(?:\b|(?<=\d))(?:union|and|or|xor|having|order|group|procedure|into|rlike|like|where)\b|\|\||&&|\/\*m?!\d{0,6}|\)\s*(?=or|and|union|;|,|waitfor|from\s+\w+\s+where)|\(\s*(?:select|case)\b|\bcase\s+when\b|\b(?:benchmark(?=\(|\s*\([^()]{1,40},)|pg_sleep|extractvalue|updatexml|load_file|xp_\w+|lo_import|utl_\w+|dbms_\w+|sleep\s*\(\s*\d+\s*\)\s*(?=#|--|\)|or|and|[=+*|-]\s*['"]))\s*\(?/iy;

/** The next place from an offset on where a statement may be continued: a quote, a separator, a word that joins. */
export function nextAnchor(text: string, from: number): Anchor | null {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const kind = code < 128 ? kinds[code] : code === 0x2019 ? mark : 0;
    if (kind === 0 || kind === undefined) continue;
    if (kind === letter && !beginsWord(text, at, code)) continue;
    if (kind === quote && isInRun(text, at, code)) continue;
    if (kind === pair && !isPair(text, at, code)) continue;
    if (kind === quote || code === 59 || code === 0x2019) return { index: at, what: text.charAt(at) };
    anchors.lastIndex = at;
    const found = anchors.exec(text);
    if (found) return { index: at, what: found[0] };
  }
  return null;
}

const letter = 1;
const mark = 2;
const quote = 3;
const pair = 4;
/** What a character can be for an anchor: a loop over these is quicker than the pattern, which most places fail at. */
const kinds = new Uint8Array(128);
for (const each of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ') kinds[each.charCodeAt(0)] = letter;
for (const each of ';)(') kinds[each.charCodeAt(0)] = mark;
for (const each of '|&/') kinds[each.charCodeAt(0)] = pair;
for (const each of '\'"`') kinds[each.charCodeAt(0)] = quote;

/** The first two letters of every word that is an anchor, one bit each. */
const beginnings = new Uint8Array(32 * 32);
for (const [
  first = '',
  second = '',
] of 'un an or xo ha gr pr in rl li wh ca be pg ex up lo xp ut db sl'.split(' '))
  beginnings[indexOf(first.charCodeAt(0), second.charCodeAt(0))] = 1;

function indexOf(first: number, second: number): number {
  return (first & 31) * 32 + (second & 31);
}

/** Whether a word begins here, at once or behind a digit, and as an anchor does. */
function beginsWord(text: string, at: number, code: number): boolean {
  if (beginnings[indexOf(code, text.charCodeAt(at + 1))] !== 1) return false;
  const before = at > 0 ? text.charCodeAt(at - 1) : 32;
  return !((before >= 97 && before <= 122) || (before >= 65 && before <= 90) || before === 95);
}

/** `||`, `&&`, and the beginning of a versioned comment. */
function isPair(text: string, at: number, code: number): boolean {
  if (code !== 47) return text.charCodeAt(at + 1) === code;
  const third = text.charCodeAt(at + 2);
  return text.charCodeAt(at + 1) === 42 && (third === 33 || (third | 32) === 109);
}

/** Whether a quote stands between others of its kind, where none opens or closes anything. */
function isInRun(text: string, at: number, code: number): boolean {
  return text.charCodeAt(at - 1) === code && text.charCodeAt(at + 1) === code;
}
