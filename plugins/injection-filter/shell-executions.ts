import type { Match } from './finding.ts';
import { longText, type Holds } from './pieces.ts';
import { commandWord } from './shell-words.ts';

const calls =
  /(?:^|[^\w$>])(?:system|exec|passthru|shell_exec|popen|proc_open|pcntl_exec|eval|assert|os\.(?:system|popen|execute)|io\.popen|subprocess\.\w{2,12}|getruntime\(\)\.exec|child_process['"]?\)?\.\w{2,12}|\.\s?(?:popen|system|execsync|spawnsync|check_output|check_call|getoutput))\s{0,8}\(\s{0,8}["'`[\\]{0,3}/gi;

const names =
  'system exec passthru popen proc_open eval assert execute subprocess. child_process execsync spawnsync check_output check_call getoutput';
/** What one of is in every text with such a call; a call by a module's name may go by any other behind that. */
export const callPieces: readonly string[] = names
  .split(' ')
  .flatMap((name) => (/[.]|child/.test(name) ? [name] : [`${name}(`, `${name} `]));

/** Enough calls for any text that is no program. */
const mostCalls = 50;
const longestArgument = 60;

/** `system('id')`, `exec("whoami")`: a call of the language with a command line in it. */
export function findExecution(text: string, holds: Holds): Match | null {
  if (text.length >= longText && !callPieces.some(holds)) return rubyCommand(text);
  calls.lastIndex = 0;
  for (let count = 0; count < mostCalls; count += 1) {
    const found = calls.exec(text);
    if (!found) return rubyCommand(text);
    const end = found.index + found[0].length;
    const argument = /^[^"'`\n]*/.exec(text.slice(end, end + longestArgument))?.[0] ?? '';
    const word = /^[\s"'(]*([\w./-]+)/.exec(argument)?.[1] ?? '';
    if (
      (/["'`]/.test(found[0].slice(-3)) && commandWord(word) !== 'none') ||
      /\$_(?:GET|POST|REQUEST|SERVER)/.test(argument)
    )
      return execution(found.index, end + argument.length);
  }
  return null;
}

const rubyLiterals = /%x\s?[({[|!]\s?([\w./-]{1,24})/g;

/** `%x(id)`, a command literal of Ruby. */
function rubyCommand(text: string): Match | null {
  rubyLiterals.lastIndex = 0;
  for (let count = 0; count < mostCalls; count += 1) {
    const found = rubyLiterals.exec(text);
    if (!found) return null;
    const end = found.index + found[0].length;
    const rest = /^[^\n)}\]|!]{0,60}[)}\]|!]/.exec(text.slice(end, end + longestArgument + 1));
    if (rest && commandWord(found[1] ?? '') !== 'none') return execution(found.index, end + rest[0].length);
  }
  return null;
}

function execution(start: number, end: number): Match {
  return { attack: 'command', rule: 'command/execution', start, end, strength: 'likely' };
}
