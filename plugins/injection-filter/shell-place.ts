import { characterSet, isWhite } from './character-set.ts';
import { commandWord, standsAlone } from './shell-words.ts';
import { isWordPart } from './suspicion-walk.ts';

/** A mark after which a shell looks for a command, and how it stands in its text. */
export interface Place {
  readonly at: number;
  /** `;`, `&&`, `$(`, a line break … */
  readonly separator: string;
  /**
   * `open`: nothing, a quote or a closing bracket stands before it; `tight`: it touches what stands on both sides;
   * `odd`: a blank before and none behind, as nobody types; `loose`: as in a sentence or a list.
   */
  readonly left: 'open' | 'tight' | 'odd' | 'loose';
  /** A blank before `;`, `&&` or `||`, as a shell's user types and a writer does not. */
  readonly isSpaced: boolean;
}

export function placeAt(text: string, at: number, separator: string): Place {
  return {
    at,
    separator,
    left: leftOf(text, at, separator),
    isSpaced: /^(?:;|&&|\|\|)$/.test(separator) && /\s/.test(text[at - 1] ?? ' '),
  };
}

function leftOf(text: string, at: number, separator: string): Place['left'] {
  const before = text[at - 1] ?? ' ';
  const after = text[at + separator.length] ?? ' ';
  if (/^[\s'"`({[]*$/.test(text.slice(Math.max(0, at - 8), at)) && at <= 8) return 'open';
  if (/['")}\]`]/.test(before)) return 'open';
  if (/\S/.test(before) && /\S/.test(after)) return 'tight';
  return /\s/.test(before) && /\S/.test(after) ? 'odd' : 'loose';
}

/** Files that are only read to prove that a command ran. */
export const proofFiles = /^\s*\S{0,12}\s*\/etc\/(?:passwd|shadow|hosts|issue|group)|\b(?:win|boot)\.ini/;

/** A line break or backtick of a longer text, which separates no commands: told without reading on. */
export function isPlainBreak(text: string, at: number, separator: string, hasProof: boolean): boolean {
  if (separator === '`') return at > 300 && !isJoined(text, at);
  if (separator !== '\n' && separator !== '\r') return false;
  return text.length >= 300 && at > 200 && !(hasProof && readsProof(text, at));
}

/** Whether a word or an operator stands before a place, at most four characters of blanks and all back. */
function isJoined(text: string, at: number): boolean {
  let before = at - 1;
  while (before > at - 4 && isWhite(text.charCodeAt(before))) before -= 1;
  const code = text.charCodeAt(before);
  return isWordPart(code) || joints[code] === 1;
}

const joints = characterSet('=;|&');

function readsProof(text: string, at: number): boolean {
  const behind = text.slice(at + 1, at + 60);
  return (
    (behind.includes('/etc/') || behind.includes('.ini')) && proofFiles.test(behind.replace(/^\s*\w+/, ''))
  );
}

/** Whether a separator can be one where it stands: a line break or a backtick within prose or markdown is not. */
export function isPlace(text: string, { at, separator }: Place, isPath: boolean): boolean {
  const before = text.slice(Math.max(0, at - 200), at);
  if (separator === '`') return isSubstitution(text, at, before);
  if (isQuotedSeparator(text, at)) return false;
  if (separator === '|' && (isTable(text, at) || isBlockScalar(text, at))) return false;
  if (separator === '\n' || separator === '\r' || separator.startsWith('\\')) {
    if (
      before.trim() === '' ||
      (isPath && (separator.startsWith('\\') || text.length < 300)) ||
      (text.length <= 80 && !/\s/.test(before.trim()))
    )
      return true;
    return readsProof(text, at);
  }
  return true;
}

/** A separator that inline code begins with: within backticks no shell takes one there. */
function isQuotedSeparator(text: string, at: number): boolean {
  if (text[at - 1] !== '`' || !/[\s(]/.test(text[at - 2] ?? '')) return false;
  return /^[^`\n]{1,120}`(?:[\s.,:;?!)]|$)/.test(text.slice(at, at + 124));
}

/** A backtick that opens a substitution, not inline code of markdown, which a sentence goes on after. */
function isSubstitution(text: string, at: number, before: string): boolean {
  if (text[at + 1] === '`' || text[at - 1] === '`') return false;
  if (/[=;|&]$/.test(before)) return true;
  if (before.endsWith('"')) return /^[^`]{1,60}`"/.test(text.slice(at + 1, at + 64));
  const isOpening = (before.match(/`/g)?.length ?? 0) % 2 === 0;
  const close = text.slice(at + 1, at + 300).indexOf('`');
  if (/[\w/.:@-]$/.test(before)) return isOpening && close > 0;
  const after = close < 0 ? '' : text.slice(at + close + 2, at + close + 40);
  if (/^[.,:;]?\s+[a-z\u00c0-\uffff]/i.test(after)) return false;
  if (/[=;|&]\s+$/.test(before)) return !before.includes('`');
  return !/\s/.test(before) && !/^\s*[|&]+\s*`/.test(after);
}

/** A row of a table: three bars or more on a line that is long or begins and ends with one. */
function isTable(text: string, at: number): boolean {
  const line = text.slice(Math.max(0, at - 120), at + 120);
  if ((line.match(/(?:^|[^|])\|(?!\|)/g)?.length ?? 0) < 3) return false;
  const start = text.lastIndexOf('\n', at) + 1;
  return line.length > 60 || /^\s*\|[^\n]*\|[ \t]*(?:\n|$)/.test(text.slice(start, start + 240));
}

/** `run: |` of YAML, whose lines follow. */
function isBlockScalar(text: string, at: number): boolean {
  return /:\s*$/.test(text.slice(Math.max(0, at - 4), at)) && /^\|[ \t]*\n/.test(text.slice(at, at + 8));
}

/** How far to either side of a separator the items of a list are looked for, and how many. */
const listReach = 48;
const mostItems = 10;

/** Whether a separator only parts the words of a list, a table or a group of a pattern: `cat|dog|who`, `Python; Ruby; Go`. */
export function isListed(text: string, { at, separator }: Place): boolean {
  if (!/^[;|&]$/.test(separator)) return false;
  if (separator === '|' && isInGroup(text, at)) return true;
  const items = text
    .slice(Math.max(0, at - listReach), at + listReach)
    .split(separator, mostItems)
    .map((each) => each.trim());
  if (items.length < 3) return false;
  const plain = items.filter((each) => /^[A-Za-z][\w.+-]{0,16}(?: [\w.+-]{1,16})?$/.test(each));
  const names = plain.filter((each) => !isRun(each));
  return names.length >= 2 || (items.length >= 4 && plain.length === items.length && names.length >= 1);
}

/** A command that stands alone, rather than the name of a field or a tool. */
function isRun(item: string): boolean {
  return /^\w+$/.test(item) && standsAlone(item) === 'clear';
}

/** Inside parentheses that no substitution opened: alternatives of a pattern. */
function isInGroup(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 80), at);
  const open = before.lastIndexOf('(');
  return open >= 0 && !before.slice(open).includes(')') && !/[$<>`;|&]/.test(before[open - 1] ?? ' ');
}

/** Up to this length a value is no document. */
const shortText = 120;

/** Whether the text began the command line itself, as in a README: `cat log | grep 404`, `npm install && npm start`. */
export function continuesOwnLine(text: string, { at, separator, left }: Place, rest: string): boolean {
  if (text.length < shortText && /\/etc\/(?:passwd|shadow)|\/dev\/tcp/.test(rest)) return false;
  if (separator === ';' && left === 'tight' && text.length < shortText) return false;
  const before = text.slice(Math.max(0, at - 300), at);
  const line = before.slice(before.lastIndexOf('\n') + 1);
  return (
    beginsWithCommand(line) || beginsWithCommand(line.slice(lastOpener(line) + 1)) || mentionsCommand(line)
  );
}

/** Where inline code, a quotation or an example begins; -1 when none does. */
function lastOpener(line: string): number {
  const example = /^[\s\S]*(?:[$>#]|:) /.exec(line);
  return Math.max(line.lastIndexOf('`'), line.lastIndexOf('"'), example ? example[0].length - 1 : -1);
}

function beginsWithCommand(span: string): boolean {
  const found = /^\s*(?:sudo\s+)?([\w./-]+)(?=\s|[;|&]|$)/.exec(span);
  const first = found?.[1] ?? '';
  if (first.length < 2) return false;
  if (/^\.{1,2}\/\w/.test(first)) return true;
  const kind = commandWord(first);
  if (kind !== 'ordinary') return kind !== 'none';
  const rest = span.slice(found?.[0].length ?? 0);
  return starters.has(first) || (/^\s+[-\w/.~"'$*]/.test(rest) && !/^\s+[;|&]/.test(rest));
}

/** Everyday words that begin a line of commands without an argument. */
const starters = new Set('make history env date yes'.split(' '));

/** A command with a flag, a path or a word of its own inside a sentence: `first run git pull && npm ci`. */
function mentionsCommand(line: string): boolean {
  for (const { 1: word = '', 2: next = '' } of line.matchAll(
    /(?:^|\s)([a-z][\w-]{1,16})(?= +([^\s]{1,40}))/g,
  )) {
    const kind = commandWord(word);
    if (kind === 'technical' && (/^[-~./$"'{<]|[./:]/.test(next) || /^[a-z]{2,12}$/.test(next))) return true;
    if (kind === 'ordinary' && /^(?:-[a-z]|\.{0,2}\/|~|\$|\w+=)/i.test(next)) return true;
  }
  return false;
}
