import type { FieldKind } from './config.ts';
import type { Match } from './finding.ts';

/** Words of prose before a quotation: fewer may be the beginning of a value that is an attack. */
const fewestWords = 3;
/** As much of a text as is looked at before a match, and behind it. */
const reach = 400;

/**
 * Whether a match is what a text talks about. In a field known to hold text or prompts a piece of SQL or of a command line
 * behind prose is. Elsewhere it is so only where the text names the subject and the piece could not act: nothing cuts
 * off the prose behind it, which no statement can end in. Whoever adds such words to an attack takes its effect away.
 */
export function isTalk(text: string, match: Match, kind: FieldKind | null): boolean {
  if (match.attack !== 'sqli' && match.attack !== 'command') return false;
  const before = text.slice(Math.max(0, match.start - reach), match.start);
  if (kind === 'text' || kind === 'prompt')
    return wordsIn(before) >= fewestWords || (match.attack === 'command' && isInlineCode(text));
  return match.attack === 'sqli' && subject.test(text.slice(0, subjectReach)) && isInert(text, match);
}

/** `` `ls -la` ``: a value that is inline code of markdown and nothing else. */
function isInlineCode(text: string): boolean {
  return /^\s*`[^`\n]+`\s*$/.test(text);
}

const subjectReach = 4096;
/** What people call it. */
const subject =
  /\b(?:sql|code|command)[\s-]{0,2}inject|\binject(?:ion|ed|ing)?\b|\bsqli\b|인젝션|注入|インジェクション|\binyecci[oó]n|\binjektion|\bprepared statement|\bparameteri[sz]ed/i;

/** Whether prose follows that no comment, no further statement and no quote takes away. */
function isInert(text: string, { start, end }: Match): boolean {
  const rest = text.slice(start, end + reach);
  if (/--|#|\/\*|;|\bunion\b|\bsleep\b|\bselect\b/i.test(rest)) return false;
  return /^[\s"'`).,:!?\w=]{0,24}(?:\s*\p{L}{2,}[,.:!?'")]{0,2}\s+){2}/u.test(text.slice(end, end + reach));
}

/** Words of letters only, each with a blank behind it. */
function wordsIn(before: string): number {
  return before.match(/(?<![\p{L}\d_'"=;|&(])\p{L}{2,}[,.:!?]{0,2}\s/gu)?.length ?? 0;
}
