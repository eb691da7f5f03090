import { overBudget, type Match } from './finding.ts';
import { commandWord } from './shell-words.ts';
import { isLetter } from './suspicion-walk.ts';

/** Ways to write a command or a file so that its name cannot be read, which a shell undoes: nobody needs them. */
export function disguiseIn(text: string): Match | null {
  return braceExpansion(text) ?? emptyExpansion(text) ?? globbedPath(text);
}

/** `{cat,/etc/passwd}`: a command line without a blank, where `{ts,tsx}` is a pattern for names. */
function braceExpansion(text: string): Match | null {
  if (!text.includes('{')) return null;
  for (const found of text.matchAll(/(?:^|[;|&`(\s])\{([\w-]{2,12}),([^}\s]{0,80})\}/g)) {
    const kind = commandWord(found[1] ?? '');
    if (kind === 'technical' || (kind === 'ordinary' && /^[-/.~$\d]|[/.]/.test(found[2] ?? '')))
      return disguise('brace-expansion', found);
  }
  return null;
}

/** Expansions that are always empty where a request is read: `$@`, `$*`, `$()`, and within a word two backticks, which else close code. */
const variable = String.raw`(?:[@*]|[a-z](?![\w.{[(])|\(\s{0,4}\))`;
const empty = String.raw`(?:\$${variable}|\x60\x60(?=[a-z]))`;
/** One behind a letter, which is looked at last since few marks are one, and the word it is in from its beginning on. */
const inWord = new RegExp(String.raw`\$(?<=[a-z]\$)${variable}|\x60\x60(?<=[a-z]\x60\x60)(?=[a-z])`, 'gi');
const hidden = new RegExp(
  String.raw`(?<![\w\x60$-])([a-z]{1,12})${empty}([a-z]{0,12})(?:${empty}([a-z]{0,12}))?(?![\w\x60])`,
  'iy',
);

/** Expansions in words that are no commands: more of them than a text has that is about shells. */
const mostExpansions = (length: number): number => 200 + length / 300;

/** `cu$@rl`, `ping$() 127.0.0.1`: the name of a command with nothing in it, in any place. */
function emptyExpansion(text: string): Match | null {
  if (!text.includes('$') && !text.includes('``')) return null;
  let left = mostExpansions(text.length);
  let readTo = 0;
  for (const { index } of text.matchAll(inWord)) {
    const start = startOfWord(text, index);
    if (start < readTo) continue;
    if ((left -= 1) < 0) return overBudget(index);
    hidden.lastIndex = start;
    const found = hidden.exec(text);
    if (!found) continue;
    readTo = hidden.lastIndex;
    const word = `${found[1] ?? ''}${found[2] ?? ''}${found[3] ?? ''}`;
    if (commandWord(word) !== 'none') return disguise('empty-expansion', found);
  }
  return null;
}

/** Where the letters before an offset begin, as far back as a command's name is long. */
function startOfWord(text: string, end: number): number {
  let start = end;
  while (end - start < longestName && isLetter(text.charCodeAt(start - 1))) start -= 1;
  return start;
}

const longestName = 12;

const globs = /\/(?<![\w/:.*?)\]}>-]\/)((?:[\w?*]|\[\w{1,8}\]){1,12})\/((?:[\w?*]|\[\w{1,8}\]){1,16})/g;
/** What an attack spells by a pattern so that its name is not read: directories of the system, files that prove a break-in. */
const directories = ['bin', 'etc', 'usr', 'sbin', 'dev', 'tmp', 'var', 'home', 'root', 'proc', 'opt'];
const proofs = ['passwd', 'shadow', 'group', 'hosts', 'issue', 'sudoers'];
/** A pattern with more stars than these is none that anybody writes, and would cost more to try. */
const mostStars = 3;

/** Patterns for paths that stand for no file of the system: more of them than a text has that lists any. */
const mostPatterns = (length: number): number => 200 + length / 600;

/** `/???/c?t`, `/e?c/passwd`, `/etc/pa?swd`: a pattern that a shell fills in with a file of the system. */
function globbedPath(text: string): Match | null {
  if (!/[?*[]/.test(text)) return null;
  let left = mostPatterns(text.length);
  for (const found of text.matchAll(globs)) {
    const [, directory = '', name = ''] = found;
    if (!/[?*[]/.test(found[0])) continue;
    if ((left -= 1) < 0) return overBudget(found.index);
    const isDirectory = standsFor(directory, directories) && (/[?*[]/.test(name) || isKnown(name));
    if (isDirectory || (directory === 'etc' && standsFor(name, proofs)))
      return disguise('globbed-path', found);
  }
  return null;
}

function isKnown(name: string): boolean {
  return proofs.includes(name) || commandWord(name) !== 'none';
}

/** Whether a pattern that says something, as `*` alone does not, fits one of some names. */
function standsFor(pattern: string, names: readonly string[]): boolean {
  const stars = pattern.match(/\*+/g)?.length ?? 0;
  if (!/[?*[]/.test(pattern) || /^\*+$/.test(pattern) || stars > mostStars) return false;
  return names.some((each) => fits(pattern.toLowerCase(), 0, each, 0));
}

/** Whether a pattern of a shell, from an offset on, fits a name from one on; its few stars bound the work. */
function fits(pattern: string, at: number, name: string, from: number): boolean {
  if (at >= pattern.length) return from === name.length;
  const char = pattern[at];
  if (char === '*')
    return fits(pattern, at + 1, name, from) || (from < name.length && fits(pattern, at, name, from + 1));
  const close = char === '[' ? pattern.indexOf(']', at) : -1;
  const is = name[from];
  if (is === undefined) return false;
  if (close < 0) return (char === '?' || char === is) && fits(pattern, at + 1, name, from + 1);
  return pattern.slice(at + 1, close).includes(is) && fits(pattern, close + 1, name, from + 1);
}

function disguise(rule: string, { index, 0: hiding }: RegExpExecArray): Match {
  return {
    attack: 'command',
    rule: `command/${rule}`,
    start: index,
    end: index + hiding.length,
    strength: 'certain',
  };
}
