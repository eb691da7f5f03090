import { Hot, hotBits } from './hot-words.ts';
import { byteAt, isLetter, isUpTo, isWordPart, Seen, Suspect, type Walk } from './suspicion-walk.ts';

/** A text up to this long may be one expression from start to end. */
const longestExpression = 512;
const shortText = 200;
const shortScript = 300;

/** What only the whole text tells, once the walk over it has ended. */
export function conclude(walk: Walk): number {
  const { words, marks } = walk;
  let { found } = walk;
  if (marks & Seen.comparison && (words & (Hot.logic | Hot.clause) || marks & (Seen.open | Seen.close)))
    found |= Suspect.sql;
  if (marks & Seen.attachedComment && words & (Hot.logic | Hot.clause)) found |= Suspect.sql;
  if (marks & Seen.earlyComment && !isSentence(walk)) found |= Suspect.sql;
  if (words & Hot.union && words & Hot.select) found |= Suspect.sql;
  if (words & Hot.rareSql) found |= Suspect.sql;
  if (words & Hot.rareShell) found |= Suspect.shell;
  if (marks & Seen.braces && words & Hot.climb) found |= Suspect.xss;
  if (marks & Seen.dollar && marks & Seen.equals && (marks & Seen.separator || isUpTo(walk, shortText)))
    found |= Suspect.shell;
  if (words & (Hot.script | Hot.object) && walk.markAt >= walk.from && isUpTo(walk, shortText))
    found |= Suspect.xss;
  if (mayBeExpression(walk)) found |= Suspect.sql;
  if (marks & Seen.quote && marks & Seen.open && isUpTo(walk, shortScript)) found |= Suspect.xss;
  if (marks & Seen.quote && mayOperate(words, marks) && isUpTo(walk, shortText)) found |= Suspect.sql;
  if (marks & Seen.separator && words & Hot.command && isUpTo(walk, shortText)) found |= Suspect.shell;
  if (words & Hot.batchTest && words & Hot.statement && isUpTo(walk, longestExpression))
    found |= Suspect.shell;
  if (marks & Seen.plus && !(marks & Seen.blank)) found |= Suspect.encoded;
  if (!(marks & (Seen.blank | Seen.notBase64)) && isBase64Like(walk)) found |= Suspect.encoded;
  if (marks & Seen.doubleQuote && marks & Seen.brace && mayBeGraphql(walk)) found |= Suspect.document;
  return found;
}

/** Whether operators stand in a text with a quote. */
function mayOperate(words: number, marks: number): boolean {
  return (marks & (Seen.comparison | Seen.arithmetic)) !== 0 || (words & Hot.logic) !== 0;
}

/** Whether a condition or a clause may be all of a short text. */
function mayBeExpression(walk: Walk): boolean {
  const { words, marks } = walk;
  const isCondition = words & Hot.comparison && words & (Hot.clause | Hot.logic);
  const isClause = words & Hot.clause && (words & Hot.logic || marks & Seen.close);
  return (isCondition || isClause) !== 0 && isUpTo(walk, longestExpression) && !isSentence(walk);
}

/** Whether the text may begin as a GraphQL document does, after what is ignored there (October 2021 §2.1.7). */
function mayBeGraphql(walk: Walk): boolean {
  let start = walk.from;
  while (byteAt(walk, start) <= 32 || byteAt(walk, start) === 44) start += 1;
  const first = byteAt(walk, start);
  // A brace, a comment, a byte-order mark, or query, mutation, subscription, fragment.
  return [123, 35, 0xef, 113, 109, 115, 102].includes(first);
}

/** Whether the text begins with two ordinary words side by side, and so cannot be one SQL expression from its start. */
function isSentence(walk: Walk): boolean {
  const last = walk.from + mostLeads;
  let start = walk.from;
  while (start < last && isLead(byteAt(walk, start))) start += 1;
  const first = endOfPlainWord(walk, start);
  let next = first;
  while (byteAt(walk, next) <= 32) next += 1;
  return next > first && first > start && endOfPlainWord(walk, next) > next;
}

/** More of them than any sentence has before it; this is asked several times of a long text. */
const mostLeads = 256;

/** Blanks, parentheses and the marks of a list or heading. */
function isLead(code: number): boolean {
  return code <= 32 || code === 40 || code === 35 || code === 45;
}

/** Where a word that SQL does not know ends; the start itself when none stands there. */
function endOfPlainWord(walk: Walk, start: number): number {
  if (!isLetter(byteAt(walk, start)) && byteAt(walk, start) !== 95) return start;
  let end = start + 1;
  while (isWordPart(byteAt(walk, end))) end += 1;
  return hotBits(walk.bytes, start, end) & Hot.known ? start : end;
}

/** Letters of both cases, long enough, and nothing that Base64 has not. */
function isBase64Like(walk: Walk): boolean {
  const { bytes, from, to } = walk;
  if (to - from < 16 || to - from > 8192) return false;
  let hasUpper = false;
  let hasLower = false;
  for (let at = from; at < to; at += 1) {
    const code = bytes[at] ?? 0;
    if (isWordPart(code)) {
      hasLower ||= code >= 97;
      hasUpper ||= code >= 65 && code <= 90;
    }
  }
  return hasUpper && hasLower;
}
