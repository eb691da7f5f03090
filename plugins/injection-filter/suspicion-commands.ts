import {
  byteAt,
  isDigit,
  isHex,
  isLetter,
  isUpTo,
  isWordPart,
  none,
  Suspect,
  type Walk,
} from './suspicion-walk.ts';

/** A pattern for a path of the system, `/e?c/passwd`, `/etc/pa*wd`: not the query of an address. */
export function patternAt(walk: Walk, at: number, code: number, next: number): void {
  if (walk.mark !== 47 || at - walk.markAt > 12 || walk.found & Suspect.shell) return;
  if (!isWordPart(next) && !isWordPart(byteAt(walk, at - 1)) && (code !== 63 || next !== 63)) return;
  let start = walk.markAt;
  while (at - start < 32 && (isWordPart(byteAt(walk, start - 1)) || byteAt(walk, start - 1) === 47))
    start -= 1;
  const before = byteAt(walk, start - 1);
  if (byteAt(walk, start) === 47 && before !== 58 && before !== 46) walk.found |= Suspect.shell;
}

/** Up to this length a text hardly talks about programs: see `programAfter`. */
const shortText = 160;

/** An option or a path behind a word that a separator precedes: `;frob -x`, `|frob /etc/a`. */
export function argumentAt(walk: Walk, at: number): void {
  const { mark, markAt, wordEnd } = walk;
  if (mark !== 59 && mark !== 124 && mark !== 38 && mark !== 96 && mark !== 40) return;
  if (wordEnd > markAt && wordEnd < at && at - markAt < 40 && isUpTo(walk, shortText))
    walk.found |= Suspect.shell;
}

/** A quote, an escape or a caret within the word right after a separator: `;c'a't`, `& w^hoami`, `$(i\d)`. */
export function disguiseAt(walk: Walk, at: number): void {
  const { mark, markAt, found } = walk;
  if (mark !== 59 && mark !== 124 && mark !== 38 && mark !== 96 && mark !== 40) return;
  if (found & Suspect.shell) return;
  let start = at;
  while (start > markAt + 1 && at - start < 24 && isWordPart(byteAt(walk, start - 1))) start -= 1;
  while (start > markAt + 1 && byteAt(walk, start - 1) === 32) start -= 1;
  if (start === markAt + 1 && (mark !== 40 || byteAt(walk, markAt - 1) === 36)) walk.found |= Suspect.shell;
}

export function percentAt(walk: Walk, at: number, next: number): void {
  if (isHex(next) || (next | 32) === 117 || byteAt(walk, at + 2) === 37) walk.found |= Suspect.encoded;
  else if (next === 120) walk.found |= Suspect.shell;
}

/** `;` with a statement or a command behind it, or a disguise of one. */
export function separatorAt(walk: Walk, at: number, code: number, next: number): void {
  let to = at + 1;
  while (byteAt(walk, to) === 32) to += 1;
  const behind = byteAt(walk, to);
  if (
    code === 38 &&
    !(walk.found & Suspect.encoded) &&
    (next === 35 || isLetter(next)) &&
    hasEntity(walk, at)
  )
    walk.found |= Suspect.encoded;
  if (code === 59 && (behind === 40 || behind === 47 || behind === 35 || behind === 45))
    walk.found |= Suspect.sql;
  if (behind === none) {
    if (isUpTo(walk, 200)) walk.found |= Suspect.shell | Suspect.sql;
  } else if (disguises[behind] === 1) walk.found |= Suspect.shell;
}

/** What may begin a command word and is no letter. */
const disguises = new Uint8Array(257);
for (const each of '/.~$`\'"\\{<>@!(%?*') disguises[each.charCodeAt(0)] = 1;

function hasEntity(walk: Walk, at: number): boolean {
  for (let end = at + 1; end < at + 16; end += 1) {
    const code = byteAt(walk, end);
    if (code === 59 || code === 35) return true;
    if (!isLetter(code) && !isDigit(code))
      return /^(?:lt|gt|amp|quot|apos)/i.test(ascii(walk, at + 1, at + 6));
  }
  return false;
}

/** `$IFS`, `${IFS}`, `${print(…)}`, `${a}b`, and not the `${name}` of a template. */
export function isExpansion(walk: Walk, at: number): boolean {
  const start = byteAt(walk, at + 1) === 123 ? at + 2 : at + 1;
  if (byteAt(walk, start) === 73 && byteAt(walk, start + 1) === 70 && byteAt(walk, start + 2) === 83)
    return true;
  if (start === at + 1) return false;
  const first = byteAt(walk, start);
  if (!isWordPart(first) && first > 32) return first !== none;
  for (let end = start; end < at + 40; end += 1) {
    const code = byteAt(walk, end);
    if (code === 40) return true;
    if (code === 125) return isWordPart(byteAt(walk, end + 1));
  }
  return false;
}

/** A few bytes as text. */
function ascii({ bytes, to }: Walk, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end && at < to; at += 1) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}

export function hasComma(walk: Walk, from: number): boolean {
  for (let at = from; at < from + 13; at += 1) if (byteAt(walk, at) === 44) return true;
  return false;
}
