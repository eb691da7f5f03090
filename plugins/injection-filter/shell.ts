import { overBudget, type Match } from './finding.ts';
import { mayBeCommand, readCommand, type Command } from './shell-command.ts';
import { isMeant } from './shell-evidence.ts';
import { fixedForm, wholeForm } from './shell-forms.ts';
import { findExecution } from './shell-executions.ts';
import { continuesOwnLine, isListed, isPlace, isPlainBreak, placeAt } from './shell-place.ts';
import { isScouting } from './shell-words.ts';

/** Separators looked at in one text: more of them than any program has by its length. */
const mostSeparators = (length: number): number => 220 + length / 600;

/** What a separator counts that no command follows after all. */
const noCommandWork = 0.2;

/** Finds shell commands that a value adds to a command line it did not begin. */
export function findShell(text: string): Match | null {
  return fixedForm(text) ?? afterSeparators(text) ?? wholeForm(text) ?? findExecution(text);
}

const separators = /\$\(`?|\$\{(?=[\s`])`?|[<>]\(|\|\||&&|\\[nr](?=[\s/\w])|[;|&\n\r`]/g;

function afterSeparators(text: string): Match | null {
  separators.lastIndex = 0;
  const most = mostSeparators(text.length);
  const hasProof = text.includes('/etc/') || text.includes('.ini');
  for (let count = 0; count < most;) {
    const found = separators.exec(text);
    if (!found) return null;
    if (isPlainBreak(text, found.index, found[0], hasProof)) continue;
    if (!mayBeCommand(text, found.index + found[0].length)) {
      const unknown = programAfter(text, found.index, found[0]);
      if (unknown) return unknown;
      continue;
    }
    const command = readCommand(text, found.index + found[0].length);
    count += command.kind === 'none' ? noCommandWork : 1;
    const hit = commandAfter(text, found.index, found[0], command);
    if (hit) return hit;
  }
  return overBudget(separators.lastIndex);
}

/** Up to this length a text is hardly one that talks about programs. */
const shortText = 160;
/** A name with what only a program is given: an option, a file of the system, a redirection. */
const programCall =
  /^ ?[a-z][\w.+-]{1,24}(?: {1,4}-{1,2}[a-z][\w-]{0,24}(?=[\s=;|&"'`)]|$)| {1,4}\/(?:etc|tmp|var|bin|usr|home|root|proc|dev)\b| {0,4}[<>]{1,2} {0,2}\/(?:etc|tmp|var|home|root|dev)\b)/;

/** A program that no list knows, told by what it is given and by a separator set as no writer sets it. */
function programAfter(text: string, at: number, separator: string): Match | null {
  if (text.length > shortText || /[\n\r\\(<]/.test(separator)) return null;
  const call = programCall.exec(text.slice(at + separator.length, at + separator.length + 80));
  if (!call) return null;
  const place = placeAt(text, at, separator);
  if ((place.left === 'loose' && !place.isSpaced) || !isPlace(text, place, false) || isListed(text, place))
    return null;
  if (continuesOwnLine(text, place, call[0])) return null;
  const end = at + separator.length + call[0].length;
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
