import { overBudget, type Match } from './finding.ts';
import { endOfLeads, mayBeCommand, readCommand, wordStart, type Command } from './shell-command.ts';
import { isMeant } from './shell-evidence.ts';
import { heldIn, type Holds } from './pieces.ts';
import { fixedForm, formPieces, wholeForm } from './shell-forms.ts';
import { callPieces, findExecution } from './shell-executions.ts';
import { nextSeparator } from './shell-separators.ts';
import { continuesOwnLine, isListed, isPlace, isPlainBreak, placeAt } from './shell-place.ts';
import { codesOf } from './text-codes.ts';
import { cost, nothingSpent, type Spent } from './work.ts';
import { isScouting } from './shell-words.ts';

/** Commands looked at in one text: more of them than any prose, list or table has by its length. */
const mostSeparators = (length: number): number => 200 + length / 600;

/** Finds shell commands that a value adds to a command line it did not begin. */
export function findShell(
  text: string,
  spent: Spent = nothingSpent(text),
  holds: Holds = heldIn(text),
): Match | null {
  return (
    fixedForm(text, holds) ?? afterSeparators(text, spent) ?? wholeForm(text) ?? findExecution(text, holds)
  );
}

/** What {@link findShell} asks a text about. */
export const shellPieces: readonly string[] = [...formPieces, ...callPieces];

function afterSeparators(text: string, spent: Spent): Match | null {
  const most = mostSeparators(spent.length);
  const hasProof = text.includes('/etc/') || text.includes('.ini');
  const codes = codesOf(text);
  let from = 0;
  let leadsEnd = 0;
  // Separators in a row have their word in common.
  let wordAt = -1;
  let mayRun = false;
  while (spent.separators < most && spent.left >= 0) {
    spent.left -= cost.separator;
    const found = nextSeparator(text, codes, from);
    if (!found) return null;
    const { at, what } = found;
    from = at + what.length;
    if (isPlainBreak(text, at, what, hasProof)) continue;
    const start = behindBlanks(codes, from);
    if (leadsEnd < start) leadsEnd = endOfLeads(codes, start);
    const word = wordStart(start, leadsEnd);
    if (word !== wordAt) {
      mayRun = mayBeCommand(text, codes, word);
      spent.left -= cost.word;
      wordAt = word;
    }
    const hit =
      (mayRun && commandAfter(text, at, what, counted(readCommand(text, start), spent))) ||
      programAfter(text, at, what, start);
    if (hit) return hit;
  }
  return overBudget(from);
}

/** Where the last of the blanks stands, however many there are: a shell skips them all. */
function behindBlanks(codes: Uint16Array, from: number): number {
  let at = from;
  while (isBlank(codes[at]) && isBlank(codes[at + 1])) at += 1;
  return at;
}

function isBlank(code: number | undefined): boolean {
  return code === 32 || code === 9;
}

/** A separator that no command follows after all counts what reading took. */
function counted(command: Command, spent: Spent): Command {
  const work = command.kind === 'none' ? command.work : 1;
  spent.separators += work;
  spent.left -= cost.command * work;
  return command;
}

/** Up to this length a text is hardly one that talks about programs. */
const shortText = 160;
/**
 * A name with what only a program is given, an option, a file of the system, a redirection; a script, or a file where everybody may
 * write, that is run by its path; a redirection by itself.
 */
const programCall = new RegExp(
  [
    String.raw`^ ?[a-z][\w.+-]{1,24}(?: {1,4}-{1,2}[a-z][\w-]{0,24}(?=[\s=;|&"'\x60)]|$)| {1,4}\/(?:etc|tmp|var|bin|usr|home|root|proc|dev)\b| {0,4}[<>]{1,2} {0,2}\/(?:etc|tmp|var|home|root|dev)\b)`,
    String.raw`^ ?(?:~|\.{1,2})?\/(?:(?:tmp|var\/tmp|dev\/shm)\/[\w.-]{1,40}|[\w./-]{1,60}\.(?:sh|py|pl|rb|elf))(?=[\s;|&"'\x60)]|$)`,
    String.raw`^ ?>{1,2} ?\/(?:etc|tmp|var|home|root|dev)\/\w`,
  ].join('|'),
);

/** A program that no list knows, told by what it is given and by a separator set as no writer sets it. */
function programAfter(text: string, at: number, separator: string, start: number): Match | null {
  if (text.length > shortText || /[\n\r\\(<]/.test(separator)) return null;
  const call = programCall.exec(text.slice(start, start + 80));
  if (!call) return null;
  const place = placeAt(text, at, separator);
  if ((place.left === 'loose' && !place.isSpaced) || !isPlace(text, place, false) || isListed(text, place))
    return null;
  if (continuesOwnLine(text, place, call[0])) return null;
  const end = start + call[0].length;
  return { attack: 'command', rule: `command/${ruleOf(separator)}`, start: at, end, strength: 'likely' };
}

function commandAfter(text: string, at: number, separator: string, command: Command): Match | null {
  if (command.kind === 'none') return null;
  const place = placeAt(text, at, separator);
  if (!isPlace(text, place, command.kind === 'path')) return null;
  if (!isMeant(text, place, command)) return null;
  if (!isScouting(command.word) && !command.isDisguised && continuesOwnLine(text, place, command.rest))
    return null;
  return {
    attack: 'command',
    rule: `command/${ruleOf(separator)}`,
    start: at,
    end: command.end,
    strength: 'certain',
  };
}

function ruleOf(separator: string): string {
  if (separator === '`' || separator.startsWith('$(')) return 'substitution';
  return /[\n\r\\]/.test(separator) ? 'new-line' : 'separator';
}
