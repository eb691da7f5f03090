import { characterSet } from './character-set.ts';
import {
  commandWord,
  isRunner,
  isWrapper,
  mayBeginCommand,
  standsAlone,
  type CommandWord,
} from './shell-words.ts';

/** A command as it stands at a place where a shell looks for one. */
export interface Command {
  /** Freed of quotes, escapes and empty expansions. */
  readonly word: string;
  readonly kind: CommandWord;
  /** True when it had to be freed of them: nobody writes `c''at`. */
  readonly isDisguised: boolean;
  readonly end: number;
  /** What follows the word, up to 120 characters. */
  readonly rest: string;
  /** What reading it took, as a share of judging a command. */
  readonly work: number;
}

const longestWord = 100;
const restLength = 120;
/** `sudo nice env id`: more words that run a command than anybody writes in a row. */
const mostWrappers = 4;

/** A word in quotes, escapes and expansions of sh, PowerShell and cmd, up to a blank or an operator. */
const rawWord =
  /^(?:\$\((?=[\s)])\s*\)|``|\$\{\w*[^}\s]{0,16}\}|\$'(?:[^'\\]|\\.){0,40}'|[^\s;|&<>()`"'\\]|\\[^\n]|'[^'\s]{0,20}'|"[^"\s]{0,20}"|['"\\])+/;

/** Reads the command that begins at an offset: past blanks, groups, assignments and words that run the command behind them. */
export function readCommand(text: string, from: number): Command {
  let command = readWord(text, from);
  for (let count = 0; count < mostWrappers; count += 1) {
    const inner = innerCommand(text, command);
    if (!inner) break;
    command = inner;
  }
  return command;
}

/** The command that a wrapper or an assignment runs, or null. */
function innerCommand(text: string, outer: Command): Command | null {
  const isAssignment = /^\w+=[^=]*$/.test(outer.word) && /^[ \t]+[\w/$'"\\]/.test(outer.rest);
  if (!isAssignment && !isWrapper(outer.word)) return null;
  const options = /^(?:[ \t]+(?:-\w+|\d+|\w+=[\w/.:-]*))*(?=[ \t])/.exec(outer.rest)?.[0].length ?? 0;
  const inner = readWord(text, outer.end + options);
  const isRun =
    inner.kind === 'technical' ||
    inner.kind === 'path' ||
    (inner.kind === 'ordinary' && (isAssignment || standsAlone(inner.word) === 'clear'));
  return isRun ? { ...inner, isDisguised: inner.isDisguised || outer.isDisguised } : null;
}

function readWord(text: string, from: number): Command {
  return readName(text, from) ?? readRaw(text, from);
}

/** A word of letters, digits, points and hyphens up to a blank or an operator, which most are: what it says is what stands there. */
function readName(text: string, from: number): Command | null {
  let start = from;
  while (start < from + 16 && text.charCodeAt(start) === 32) start += 1;
  let end = start;
  while (end - start < longestWord && isNamePart(text.charCodeAt(end))) end += 1;
  if (end === start || (end < text.length && wordEnds[text.charCodeAt(end)] !== 1)) return null;
  const word = text.slice(start, end);
  const rest = text.slice(end, end + restLength);
  return { word, kind: commandWord(word), isDisguised: false, end, rest, work: nameWork };
}

/** A name costs a look into a table, a knot of marks its length besides. */
const nameWork = 0.1;
const rawWork = (length: number): number => 0.4 + length / 100;

const wordEnds = characterSet(' \t\r\n;|&()>');

function readRaw(text: string, from: number): Command {
  const lead =
    /^(?:[\s({@!]|\$(?![\w{('])|\$\w{1,3}[ \t]|["'\\](?!["']))*/.exec(text.slice(from, from + 16))?.[0]
      .length ?? 0;
  const start = from + lead;
  const raw = rawWord.exec(text.slice(start, start + longestWord))?.[0] ?? '';
  const trimmed = raw.replace(
    /(?:\$IFS|\$\{IFS|,|<).*$|(?<=.)(?:\+(?!\+)|#).*$|(?<=\w)(?:\\[nr]|\/[a-z?])$/s,
    '',
  );
  const word = plainWord(trimmed);
  const end = start + trimmed.length;
  return {
    word,
    kind: commandWord(trimmed) === 'path' ? 'path' : commandWord(word),
    isDisguised: word !== trimmed && disguise.test(trimmed),
    end,
    rest: text.slice(end, end + restLength),
    work: rawWork(raw.length),
  };
}

/** Something within a word, or an escape before it, that a shell takes out; an apostrophe alone is prose. */
const disguise = /[\w/](?:\$|\\\w|''|""|``|\^|'[^']*'|"[^"]*")|^\$'|^(?:''|""|\\\w|\$[@*{])|^(['"])\w+\1\w/;

/** Without what a shell takes out of a word before it looks the command up. */
function plainWord(raw: string): string {
  return raw
    .replace(/\$'((?:[^'\\]|\\.)*)'/g, (_, inner) => unescaped(String(inner)))
    .replace(/\$\{(?:PATH|HOME|PWD|SHELL|OLDPWD)(?::0:1|%%[^}]*)\}/g, '/')
    .replace(/\$\(\s*\)|\$(?:[@*?!#\d$_-]|\{[^}]{0,16}\}|\w+(?=[\w/+]|$))|['"`\\^]/g, '')
    .replace(/\/{2,}/g, '/');
}

/** ANSI-C quoting (bash manual, 3.1.2.4): `\x63`, `\143`. */
function unescaped(text: string): string {
  return text.replace(/\\(?:x([0-9a-f]{1,2})|([0-7]{1,3})|.)/gi, (whole, hex, octal) => {
    if (hex === undefined && octal === undefined) return whole.slice(1);
    return String.fromCharCode(
      hex === undefined ? Number.parseInt(String(octal), 8) : Number.parseInt(String(hex), 16),
    );
  });
}

/** Where the marks end that a shell skips before a command word. */
export function endOfLeads(codes: Uint16Array, from: number): number {
  let at = from;
  while (leads[codes[at] ?? 0] === 1) at += 1;
  return at;
}

/** How many such marks are skipped. */
const mostLeads = 12;

/** Where the word begins that may be a command: behind the marks that a shell skips, which end at `leadsEnd`. */
export function wordStart(from: number, leadsEnd: number): number {
  return Math.min(leadsEnd, from + mostLeads);
}

/**
 * Whether a command or a disguise of one can begin there: a table and a look at a few characters, since most separators end
 * a sentence.
 */
export function mayBeCommand(text: string, codes: Uint16Array, at: number): boolean {
  let end = at;
  while (end < at + 24 && isNamePart(codes[end] ?? 0)) end += 1;
  const next = codes[end] ?? 0;
  const before = codes[at - 1];
  if (disguises[next] === 1 || before === 36 || (before === 123 && codes[at - 2] === 36)) return true;
  if (next === 58 && codes[end + 1] === 92) return true;
  if (end === at) return false;
  if (next === 61) return true;
  if (!mayBeginCommand(codes[at] ?? 0, end - at > 1 ? (codes[at + 1] ?? 0) : 0)) return false;
  const word = text.slice(at, end);
  return commandWord(word) !== 'none' || isRunner(word);
}

/** Skipped before a command word. */
const leads = characterSet(' \t\r\n({"\'@!$\\');
/** Within a word: it may be another word than it looks. */
const disguises = characterSet('\'"\\$?*[^`/%~+,<{');

function isNamePart(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 45 ||
    code === 46
  );
}
